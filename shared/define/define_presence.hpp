// define_presence<State>(room, options): the states that sessions set in a room, for those who watch it. The type is described
// by describe<T>.
//
//   constexpr auto document = define_room("doc-{id}", edit);
//   constexpr auto cursors  = define_presence<Cursor>(document, {.rate = 20});
//   constexpr auto app      = define_app(document, cursors);
//
// Constants. Safe from any thread.
#pragma once
#include <cstdint>
#include <string_view>

#include "shared/define/define_room.hpp"
#include "shared/define/define_schema.hpp"

namespace dialogue {

// Every member has a default, so that g++ does not warn about those that an author leaves out.
struct PresenceOptions {
  std::uint64_t rate = 10;         ///< maximum reports per second to each watcher: 1 to 50
  std::string_view grace = "15s";  ///< how long the state of a lost session stays: at most "5m"
  bool sessions = false;           ///< watchers receive the states of all sessions of a user; else the newest state
};

template <class StateType>
struct PresencePart {
  using State = StateType;
  std::string_view room_id;  ///< or pattern
  PresenceOptions options;
};

namespace define_detail {
template <class T>
inline constexpr bool is_presence = false;
template <class State>
inline constexpr bool is_presence<PresencePart<State>> = true;
}  // namespace define_detail

/// `room` is part of the same define_app.
template <class State, class... Events>
consteval PresencePart<State> define_presence(const Room<Events...>& room, const PresenceOptions& options = {}) {
  if (options.rate == 0 || options.rate > kStatesRateMax) definition_error("a rate of presence is 1 to 50 a second");
  if (define_detail::duration_or_error(options.grace) > kStatesGraceMaxMs)
    definition_error("a grace of presence is at most 5 minutes");
  return {room.id, options};
}

}  // namespace dialogue
