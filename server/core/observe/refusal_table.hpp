// Counts refusals by kind. The number of rows is bounded: the least recently refused one is evicted and counts as "other", so
// that new ones are always visible. Used by its shard only.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "server/core/messages/error.hpp"
#include "server/core/messages/observation.hpp"
#include "server/core/observe/declared_path.hpp"
#include "server/core/util/whole_word.hpp"

namespace dialogue::core {

inline constexpr std::size_t kRefusalRowsMax = 256, kRefusalPathBytesMax = 128;
inline constexpr std::string_view kOtherPaths = "other";  ///< no path: those begin with "$"

class RefusalTable {
 public:
  enum class By : std::uint8_t { client, application };

  explicit RefusalTable(const CatalogueView& catalogue) : catalogue_(catalogue) {}

  /// `request` is a literal. `room`: the pattern of the room's definition, or empty. Of the fault's path, only names that the
  /// event declares are kept.
  void add(std::string_view request, const Error& fault, std::string_view room, std::uint32_t event, std::uint64_t now_ms,
           By by = By::client) {
    const std::string path = declared_path(catalogue_, event, fault.path).substr(0, kRefusalPathBytesMax);
    const auto [row, is_new] = rows_.try_emplace({fault.code, request, path, std::string(room), event, by});
    count(row->second, 1, now_ms);
    if (is_new && rows_.size() > kRefusalRowsMax) evict_oldest_but(row);
  }

  /// Counts what was refused in rooms that name the user as "other".
  void forget_user(const std::string& user_id) {
    for (auto row = rows_.begin(); row != rows_.end();)
      row = is_room_naming(std::get<3>(row->first), user_id) ? merge(row) : std::next(row);
  }

  [[nodiscard]] std::vector<RefusalCount> rows() const {
    std::vector<RefusalCount> all;
    for (const Rows* rows : {&rows_, &others_})
      for (const auto& [key, counted] : *rows) {
        const auto& [code, request, path, room, event, by] = key;
        all.push_back({code, std::string(request), path, room, event, by == By::application, counted.first, counted.second});
      }
    return all;
  }

 private:
  using Key = std::tuple<ErrorCode, std::string_view, std::string, std::string, std::uint32_t, By>;
  using Counted = std::pair<std::uint64_t, std::uint64_t>;  ///< how often, and when last
  using Rows = std::map<Key, Counted>;

  static void count(Counted& counted, std::uint64_t times, std::uint64_t at_ms) {
    counted.first += times;
    counted.second = std::max(counted.second, at_ms);
  }

  void evict_oldest_but(Rows::iterator kept) {
    auto oldest = kept == rows_.begin() ? std::next(kept) : rows_.begin();
    for (auto row = rows_.begin(); row != rows_.end(); ++row)
      if (row != kept && row->second.second < oldest->second.second) oldest = row;
    static_cast<void>(merge(oldest));
  }
  /// Into the others; the row behind it.
  Rows::iterator merge(Rows::iterator row) {
    const auto& [code, request, path, room, event, by] = row->first;
    count(others_[{code, request, std::string(kOtherPaths), {}, kNoEvent, by}], row->second.first, row->second.second);
    return rows_.erase(row);
  }

  const CatalogueView& catalogue_;
  Rows rows_, others_;  ///< others_: one for each code and request, which are few
};

}  // namespace dialogue::core
