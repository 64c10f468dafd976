// A room in which every member differs from its default, and the comparison of rooms by all their members. A new member of these
// structs stops the build here: give it a value in whole_room(), and every codec is tested with it.
#pragma once
#include <cstddef>
#include <optional>
#include <tuple>
#include <vector>

#include "shared/schema/definitions.hpp"

namespace dialogue::testing {

inline auto members(const Retention& retention) {
  const auto& [max_events, max_age_ms] = retention;
  return std::tuple(max_events, max_age_ms);
}

inline auto members(const Access& access) {
  const auto& [join, publish, history, presence, manage, publish_event] = access;
  return std::tuple(join, publish, history, presence, manage, publish_event);
}

inline auto members(const StatesDefinition& states) {
  const auto& [schema, rate, grace_ms, keeps_sessions] = states;
  return std::tuple(schema, rate, grace_ms, keeps_sessions);
}

inline auto members(const MiddlewareDefinition& step) {
  const auto& [use, texts, replacement, role, bytes_max] = step;
  return std::tuple(use, texts, replacement, role, bytes_max);
}

/// Values that compare, of all members and of theirs.
inline auto members(const RoomDefinition& room) {
  const auto& [id, name, description, max_size, events, default_subscriptions, retention, durability, sends_presence, states,
               access, channels, middleware] = room;
  const auto of_states = states ? std::optional(members(*states)) : std::nullopt;
  std::vector<decltype(members(middleware.front()))> steps;
  for (const MiddlewareDefinition& step : middleware) steps.push_back(members(step));
  return std::tuple(id, name, description, max_size, events, default_subscriptions, members(retention), durability,
                    sends_presence, of_states, members(access), channels, steps);
}

/// How many members of `value` have their default.
template <typename Struct>
std::size_t default_members(const Struct& value) {
  return std::apply(
      [](const auto&... mine) {
        return std::apply([&](const auto&... theirs) { return (static_cast<std::size_t>(mine == theirs) + ...); },
                          members(Struct()));
      },
      members(value));
}

inline RoomDefinition whole_room() {
  RoomDefinition room;
  room.id = "den";
  room.name = "D\u00e9n \"1\"";
  room.description = "a\nb";
  room.max_size = 7;
  room.events = {"message", "note"};
  room.default_subscriptions = {{"note"}};
  room.retention = {20, 5000};
  room.durability = Durability::memory;
  room.sends_presence = false;
  room.states = StatesDefinition{1, 20, 2000, true};
  room.access.join = Grants{"user:ann", "role:staff"};
  room.access.publish = Grants{"role:staff"};
  room.access.history = Grants{"token"};
  room.access.presence = Grants{"*"};
  room.access.manage = Grants{};
  room.access.publish_event = {{"note", {"*"}}};
  room.channels = {"websocket"};
  room.middleware = {{MiddlewareUse::content_filter, {"darn"}, "*", {}, 0},
                     {MiddlewareUse::required_role, {}, {}, "staff", 0},
                     {MiddlewareUse::size_guard, {}, {}, {}, 2000}};
  return room;
}

}  // namespace dialogue::testing
