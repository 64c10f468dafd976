// A room's definition as running code wants it: event names resolved to catalogue indices, default subscriptions as bits.
// Immutable once made and shared by all shards; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/core/messages/event_mask.hpp"
#include "shared/base/errors.hpp"
#include "shared/base/transports.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

struct RoomRules {
  RoomDefinition definition;
  std::vector<std::uint32_t> events;  ///< catalogue indices, ascending; an event's place here is its slot
  EventMask default_subscription;
  std::optional<RateLimit> rate_limit;  ///< of each client's publications
  TransportSet transports;              ///< by which it may be joined: the definition's channels, or all
  bool is_pattern = false;              ///< rooms are made with their first member and freed when idle

  /// The event's place in the room's list, or nothing when the room does not list it.
  [[nodiscard]] std::optional<std::size_t> slot_of(std::uint32_t event) const;
  /// Why nobody of `events` (catalogue indices) may be subscribed to: the first that the room does not list.
  [[nodiscard]] std::optional<std::uint32_t> first_unlisted(const std::vector<std::uint32_t>& wanted) const;
  [[nodiscard]] EventMask subscription_of(const std::vector<std::uint32_t>& wanted) const;
};

using RulesPtr = std::shared_ptr<const RoomRules>;

/// Resolves a definition against the catalogue. event_unknown when it names an event that the catalogue lacks.
[[nodiscard]] std::variant<RulesPtr, ErrorCode> make_room_rules(const CatalogueView& catalogue, RoomDefinition definition,
                                                                std::optional<RateLimit> rate_limit);

}  // namespace dialogue::core
