// LIST: a client's request, and the state that its connection keeps between pages. Values and pure functions; ShardQueries
// asks the shards.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/base/limits.hpp"

namespace dialogue::core {

struct Error;
struct RoomInfo;

/// LISTs of one connection that wait while one is under way: one message holds no more than these together.
inline constexpr std::size_t kListsWaitingMax = kBatchFramesMax - 1;
inline constexpr std::uint64_t kListRetryMs = 100;  ///< what is over that may come again after this
inline constexpr std::size_t kHiddenRoomsMax =
    1000;  ///< rooms of one shard that a page passes over, since the asker may not join them
/// The mark before the number of a place that only the server knows; room ids do not contain it.
inline constexpr char kListPlaceMark = '#';

struct ListAsked {
  std::uint64_t req = 0;
  std::string after;  ///< a room id, or the name of a place
  std::uint64_t limit = kListEntriesUsual;
};

/// The state of a connection's LISTs.
struct ListState {
  bool under_way = false;
  std::vector<ListAsked> waiting;  ///< at most kListsWaitingMax
  /// The place where the last page ended, if that is a room which the client may not see: the client knows it as `#` and this
  /// number.
  std::uint64_t place_number = 0;
  std::string place;

  [[nodiscard]] std::string place_name() const { return kListPlaceMark + std::to_string(place_number); }
};

/// Reads LIST's options. If the text is empty, all options have their defaults.
[[nodiscard]] std::variant<ListAsked, Error> read_list(std::string_view json);

/// The number of requests that a page of this size counts as.
[[nodiscard]] constexpr std::uint64_t list_weight(std::uint64_t limit) {
  return (limit + kListEntriesUsual - 1) / kListEntriesUsual;
}

/// LIST's result: as many of `rooms` as `limit` and `bytes_max` allow, at least one. `next` is where the next page begins when it
/// has them all and there are more; empty: there are not.
[[nodiscard]] std::string list_result(const std::vector<RoomInfo>& rooms, std::uint64_t limit, std::size_t bytes_max,
                                      std::string_view next);

}  // namespace dialogue::core
