// How the typed calls see what define_event and define_room made: a name, an id, and the payload's JSON.
// Nothing here needs to be named by applications.
#pragma once
#include <concepts>
#include <string>
#include <string_view>

#include "server/core/hooks.hpp"
#include "shared/define.hpp"

namespace dialogue {

/// An event made by define_event, with the C++ type of its payload.
template <typename Event>
concept TypedEvent = requires {
  typename Event::Payload;
};

template <TypedEvent Event>
using PayloadOf = typename Event::Payload;

/// A room made by define_room, or a room id as text.
template <typename Room>
concept RoomName = std::convertible_to<const Room&, std::string_view> || requires(const Room& room) {
  { room.id } -> std::convertible_to<std::string_view>;
};

template <typename Handler, typename Event>
concept TypedHandler = std::invocable < const Handler&,
        const PayloadOf<Event>
&, const Publication& > ;

template <RoomName Room>
[[nodiscard]] std::string_view room_id_of(const Room& room) {
  if constexpr (std::convertible_to<const Room&, std::string_view>) {
    return room;
  } else {
    return room.id;
  }
}

}  // namespace dialogue
