// What stores on database servers know of a room's producers: a row for each, and news, in which a write adds what is new of all
// producers together: a producer's own row, with all of its receipts, would cost several times the event. When a room's news have
// come to some size they are folded into the rows; both are read together. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/log/room_log_types.hpp"

namespace dialogue::store {

/// If a room's news exceed this size in bytes, they are folded into the rows.
inline constexpr std::uint64_t kNewsBytesMax = 65'536;

/// Combines a room's rows and news.
class ProducerRows {
 public:
  void add_row(std::string key, std::uint64_t expected, std::uint64_t used_ms, std::string_view receipts);
  void add_news(std::uint64_t number, std::string_view bytes);
  /// Returns the keys of the producers that the news concern; no value if the news are damaged.
  [[nodiscard]] std::optional<std::vector<std::string>> keys_of_news() const;
  /// Returns the producers, with the news applied to their rows; no value if a row or the news are damaged. Evicted producers are
  /// omitted unless `with_evicted`.
  [[nodiscard]] std::optional<std::vector<core::ProducerState>> take(bool with_evicted = false) &&;

 private:
  std::map<std::string, core::ProducerState> known_;
  std::map<std::uint64_t, std::string> news_;
  bool is_damaged_ = false;
};

/// The sequence of a producer's newest record; 0: none.
[[nodiscard]] std::uint64_t newest_record_of(const core::ProducerState& producer);

}  // namespace dialogue::store
