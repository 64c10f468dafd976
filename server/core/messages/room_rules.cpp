// Resolving a room's names once, so that no publication compares strings.
#include "server/core/messages/room_rules.hpp"

#include <algorithm>
#include <utility>

namespace dialogue::core {
namespace {

std::optional<std::vector<std::uint32_t>> resolve(const CatalogueView& catalogue, const std::vector<std::string>& names) {
  std::vector<std::uint32_t> indices;
  for (const std::string& name : names) {
    const auto index = catalogue.find_event(name);
    if (!index) return std::nullopt;
    indices.push_back(*index);
  }
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  return indices;
}

}  // namespace

std::optional<std::size_t> RoomRules::slot_of(std::uint32_t event) const {
  const auto found = std::lower_bound(events.begin(), events.end(), event);
  if (found == events.end() || *found != event) return std::nullopt;
  return static_cast<std::size_t>(found - events.begin());
}

std::optional<std::uint32_t> RoomRules::first_unlisted(const std::vector<std::uint32_t>& wanted) const {
  const auto found = std::find_if(wanted.begin(), wanted.end(), [this](std::uint32_t event) { return !slot_of(event); });
  if (found == wanted.end()) return std::nullopt;
  return *found;
}

EventMask RoomRules::subscription_of(const std::vector<std::uint32_t>& wanted) const {
  EventMask subscription(events.size(), false);
  for (const std::uint32_t event : wanted)
    if (const auto slot = slot_of(event)) subscription.set(*slot, true);
  return subscription;
}

std::variant<RulesPtr, ErrorCode> make_room_rules(const CatalogueView& catalogue, RoomDefinition definition,
                                                  std::optional<RateLimit> rate_limit, MetricPlace place) {
  auto rules = std::make_shared<RoomRules>();
  auto events = resolve(catalogue, definition.events);
  if (!events) return ErrorCode::event_unknown;
  rules->events = std::move(*events);
  rules->default_subscription = EventMask(rules->events.size(), true);
  if (definition.default_subscriptions) {
    const auto wanted = resolve(catalogue, *definition.default_subscriptions);
    if (!wanted) return ErrorCode::event_unknown;
    rules->default_subscription = rules->subscription_of(*wanted);
  }
  rules->rate_limit = rate_limit;
  rules->metric_room = place.room;
  rules->metric_pair = place.pair;
  rules->transports = TransportSet::of(definition.channels);
  rules->is_pattern = definition.id.find('{') != std::string::npos;
  if (definition.states) rules->state_entry = catalogue.find_entry(state_entry(definition.id)).value_or(kNoEvent);
  rules->definition = std::move(definition);
  return RulesPtr(std::move(rules));
}

metrics::MetricNames metric_names(const CatalogueView& catalogue, const std::vector<RoomDefinition>& rooms) {
  metrics::MetricNames names;
  for (const RoomDefinition& room : rooms) {
    if (names.rooms.size() < metrics::kRoomSeriesMax) names.rooms.push_back(room.id);
    for (const std::uint32_t event : resolve(catalogue, room.events).value_or(std::vector<std::uint32_t>()))
      if (names.pairs.size() < metrics::kPairSeriesMax) names.pairs.emplace_back(room.id, catalogue.event(event).name);
  }
  return names;
}

}  // namespace dialogue::core
