// How each event's delivery policy keeps its records: which group a record replaces others in, and how many of a group stay.
// Immutable once made; used by one shard.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

class EventRetention {
 public:
  EventRetention(const CatalogueView& catalogue, const Definitions& definitions);

  [[nodiscard]] bool is_volatile(std::uint32_t event) const { return rows_[event].delivery == Delivery::volatile_; }
  /// Returns the group that a publication's record replaces others in, empty if it replaces none; no value if the payload cannot
  /// be read.
  [[nodiscard]] std::optional<std::string> group_of(std::uint32_t event, std::string_view payload) const;
  /// Fills in a record's name and what group_of() has returned for it.
  void describe(std::uint32_t event, std::string group, LogRecord& record) const;

  /// Events whose records also grow old by a rule of their own, among these.
  struct Window {
    std::string group;
    std::uint64_t age_ms = 0;
  };
  [[nodiscard]] std::vector<Window> windows(const std::vector<std::uint32_t>& events) const;

 private:
  struct Row {
    std::string name, key;  ///< key: the property whose value makes the group; of `latest` only
    Delivery delivery = Delivery::reliable;
    std::uint64_t keep = 0, age_ms = 0;
  };
  std::vector<Row> rows_;  ///< by catalogue index
};

/// Returns one text for all equal values of a property, without U+0000, where a store may end texts: empty if the
/// payload lacks it; no value if the payload cannot be read.
[[nodiscard]] std::optional<std::string> property_text(std::string_view payload, std::string_view name);

}  // namespace dialogue::core
