// Numbers are counter * shard_count + shard + 1: unique in the process, never used again, and owner_of() reads the shard from
// them.
#include "server/core/room/room_registry.hpp"

#include <algorithm>
#include <utility>

#include "server/core/access/access.hpp"
#include "server/core/connection/room_list.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/room/dynamic_room.hpp"
#include "server/core/util/elapsed.hpp"
#include "server/core/util/plain_text.hpp"
#include "shared/base/names.hpp"

namespace dialogue::core {

RoomRegistry::RoomRegistry(const ShardConfig& config, std::uint32_t shard, std::uint32_t shard_count,
                           metrics::MetricCells& metrics)
    : config_(config), metrics_(metrics), shard_(shard), shard_count_(shard_count), idle_(config.limits.room_idle_ms) {
  predefined_.resize(config.catalogue.room_count());
  MetricPlace place{0, 0};
  for (const RoomDefinition& definition : config.definitions.rooms) {
    auto made = make_rules(definition, place);
    const auto* rules = std::get_if<RulesPtr>(&made);
    if (shard == 0 && rules != nullptr) count_overflow(**rules);
    place.room = std::min(place.room + 1, static_cast<std::uint32_t>(metrics::kRoomSeriesMax));
    if (rules != nullptr) place.pair = (*rules)->metric_pair_of((*rules)->events.size());
    for (std::uint32_t i = 0; rules != nullptr && i < predefined_.size(); ++i)
      if (config.catalogue.room(i).id == definition.id) predefined_[i] = *rules;
  }
  for (const RulesPtr& rules : predefined_)
    if (rules && !rules->is_pattern && shard_of(rules->definition.id, shard_count) == shard) add(rules->definition.id, rules);
  for (const KeptRoom& kept : config.made_rooms)
    if (shard_of(kept.key.room, shard_count) == shard)
      if (auto room = read_made_room(kept.definition)) static_cast<void>(create(std::move(*room)));
}

void RoomRegistry::count_overflow(const RoomRules& rules) {
  using metrics::Metric, metrics::Overflow;
  if (rules.metric_room == metrics::kRoomSeriesMax) metrics_.count(Metric::metric_overflow_total, Overflow::rooms);
  const std::size_t left = metrics::kPairSeriesMax - rules.metric_pair, wanted = rules.events.size();
  if (wanted > left) metrics_.count(Metric::metric_overflow_total, Overflow::events, wanted - left);
}

std::variant<RulesPtr, ErrorCode> RoomRegistry::make_rules(RoomDefinition definition, MetricPlace place) const {
  const auto& limits = config_.definitions.rate_limit_per_room;
  const auto limit = limits.find(definition.id);
  const auto is_document = [&](const EventDefinition& event) {
    return !event.document.empty() &&
           std::find(definition.events.begin(), definition.events.end(), event.name) != definition.events.end();
  };
  const auto& events = config_.definitions.events;
  if (std::any_of(events.begin(), events.end(), is_document)) definition.retention = {};  // it is whole with all its updates only
  const std::optional<RateLimit> own = limit == limits.end() ? std::nullopt : std::optional(limit->second);
  return make_room_rules(config_.catalogue, std::move(definition), own, place);
}

RoomsPart RoomRegistry::list(const Identity* asker, TransportKind transport, const PageRange& page) const {
  RoomsPart part;
  std::size_t hidden = 0;
  for (auto it = rooms_.upper_bound(page.after); it != rooms_.end() && part.rooms.size() < page.limit; ++it) {
    const auto& [id, room] = *it;
    const RoomRules& rules = *room.rules();
    if (asker == nullptr || (rules.transports.has(transport) && !missing_right(rules.definition, id, Right::join, *asker))) {
      part.rooms.push_back(room.info());
    } else if (++hidden == kHiddenRoomsMax) {
      part.stopped_at = id;
      break;
    }
  }
  return part;
}

Room* RoomRegistry::find(std::uint64_t number) {
  const auto found = by_number_.find(number);
  return found == by_number_.end() ? nullptr : found->second;
}

Room* RoomRegistry::find(std::string_view id) {
  const auto found = rooms_.find(id);
  return found == rooms_.end() ? nullptr : &found->second;
}

RulesPtr RoomRegistry::predefined(std::string_view id) const {
  const auto index = config_.catalogue.match_room(id);
  return index ? predefined_[*index] : nullptr;
}

RulesPtr RoomRegistry::rules_of(std::string_view id) {
  if (const Room* room = find(id)) return room->rules();
  RulesPtr rules = predefined(id);
  return rules && rules->is_pattern ? rules : nullptr;  // a room with an exact id is open already, on its owner shard
}

Room& RoomRegistry::open(std::string_view id, std::uint64_t now_ms) {
  if (Room* room = find(id)) return *room;
  Room& room = add(std::string(id), predefined(id));
  note_use(room, now_ms);
  return room;
}

ErrorCode RoomRegistry::check(const RoomDefinition& definition) const {
  if (!is_name(definition.id) || definition.name.size() > kDisplayNameBytesMax || !is_plain_text(definition.name))
    return ErrorCode::name_invalid;
  if (contains(definition.id)) return ErrorCode::room_exists;
  const auto rules = make_rules(definition);
  const ErrorCode* const fault = std::get_if<ErrorCode>(&rules);
  return fault == nullptr ? ErrorCode::ok : *fault;
}

ErrorCode RoomRegistry::create(RoomDefinition definition) {
  if (const ErrorCode code = check(definition); code != ErrorCode::ok) return code;
  const std::string id = definition.id;
  add(id, std::get<RulesPtr>(make_rules(std::move(definition))));
  if (config_.has_durable_store) kept_.insert(id);
  return ErrorCode::ok;
}

Room& RoomRegistry::add(std::string id, RulesPtr rules) {
  const std::uint64_t number = counter_++ * shard_count_ + shard_ + 1;
  Room room(id, number, std::move(rules), shard_count_, metrics_);
  if (config_.shares_store) room.presence.keep_own_changes();
  metrics_.change(metrics::Metric::rooms_active, room.rules()->metric_room, 1);
  Room& added = rooms_.emplace(std::move(id), std::move(room)).first->second;
  by_number_.emplace(number, &added);
  return added;
}

void RoomRegistry::erase(std::uint64_t number) {
  const auto found = by_number_.find(number);
  if (found == by_number_.end()) return;
  const std::string id = found->second->id();
  found->second->end_counting();
  rooms_.erase(id);
  by_number_.erase(found);
  kept_.erase(id);
  if (RulesPtr rules = predefined(id); rules && !rules->is_pattern) add(id, std::move(rules));
}

void RoomRegistry::note_use(Room& room, std::uint64_t now_ms) {
  room.used_at_ms = now_ms;
  if (!room.rules()->is_pattern || room.size() > 0 || std::exchange(room.in_idle_queue, true)) return;
  idle_.push(room.number(), now_ms);
  if (idle_.size() > kIdleRoomsMax) free_if_idle(*idle_.pop(), 0, now_ms);
}

void RoomRegistry::free_idle(std::uint64_t now_ms) {
  while (const auto number = idle_.pop_due(now_ms)) free_if_idle(*number, config_.limits.room_idle_ms, now_ms);
}

void RoomRegistry::free_if_idle(std::uint64_t number, std::uint64_t idle_ms, std::uint64_t now_ms) {
  Room* room = find(number);
  if (room == nullptr) return;
  room->in_idle_queue = false;
  if (room->size() > 0) return;
  if (!room->is_idle()) {
    room->in_idle_queue = true;
    return idle_.push(number, now_ms);
  }
  if (elapsed_ms(now_ms, room->used_at_ms) < idle_ms) return note_use(*room, room->used_at_ms);
  freed_(*room);
  erase(number);
}

}  // namespace dialogue::core
