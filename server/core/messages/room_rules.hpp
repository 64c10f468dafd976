// A room's definition as running code wants it: event names resolved to catalogue indices, default subscriptions as bits.
// Immutable once made and shared by all shards; safe from any thread.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/core/messages/event_mask.hpp"
#include "server/core/messages/observation.hpp"
#include "server/metrics/label_domains.hpp"
#include "shared/base/errors.hpp"
#include "shared/base/transports.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

struct RoomRules {
  RoomDefinition definition;
  std::vector<std::uint32_t> events;  ///< catalogue indices, ascending; an event's place here is its slot
  EventMask default_subscription;
  std::optional<RateLimit> rate_limit;   ///< of each client's publications
  TransportSet transports;               ///< that JOIN may come by: the definition's channels, or all
  std::uint32_t state_entry = kNoEvent;  ///< the catalogue index of its sessions' states; kNoEvent: they have none
  bool is_pattern = false;               ///< rooms are made with their first member and freed when idle
  /// The metric series of its rooms, and of its first event: "other" if the definitions before it have used up the series, and
  /// for rooms that were created at run time.
  std::uint32_t metric_room = metrics::kRoomSeriesMax, metric_pair = metrics::kPairSeriesMax;

  /// The event's place in the room's list, or nothing when the room does not list it.
  [[nodiscard]] std::optional<std::size_t> slot_of(std::uint32_t event) const;
  /// The series of the event in a slot.
  [[nodiscard]] std::uint32_t metric_pair_of(std::size_t slot) const {
    return std::min(metric_pair + static_cast<std::uint32_t>(slot), static_cast<std::uint32_t>(metrics::kPairSeriesMax));
  }
  /// The first of `events` (catalogue indices) that the room does not list, and that therefore cannot be subscribed to.
  [[nodiscard]] std::optional<std::uint32_t> first_unlisted(const std::vector<std::uint32_t>& wanted) const;
  [[nodiscard]] EventMask subscription_of(const std::vector<std::uint32_t>& wanted) const;
};

using RulesPtr = std::shared_ptr<const RoomRules>;

/// The metric series in which a definition's rooms and events are counted.
struct MetricPlace {
  std::uint32_t room = metrics::kRoomSeriesMax, pair = metrics::kPairSeriesMax;
};

/// Resolves a definition against the catalogue. event_unknown when it names an event that the catalogue lacks.
[[nodiscard]] std::variant<RulesPtr, ErrorCode> make_room_rules(const CatalogueView& catalogue, RoomDefinition definition,
                                                                std::optional<RateLimit> rate_limit, MetricPlace place = {});

/// The names of the series of the definitions' rooms and of their events, in the order of the definitions.
[[nodiscard]] metrics::MetricNames metric_names(const CatalogueView& catalogue, const std::vector<RoomDefinition>& rooms);

}  // namespace dialogue::core
