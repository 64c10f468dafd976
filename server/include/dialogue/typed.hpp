// Concepts and helpers for the typed calls: the name, id and payload of define_event and define_room.
// Applications do not use these names directly.
#pragma once
#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>

#include "server/core/messages/hooks.hpp"
#include "shared/define/define.hpp"

namespace dialogue {

using core::Publication;

/// An event made by define_event, with the C++ type of its payload.
template <typename EventType>
concept TypedEvent = define_detail::is_event<EventType>;

template <TypedEvent EventType>
using PayloadOf = typename EventType::Payload;

/// A room made by define_room, or a room id as text.
template <typename RoomType>
concept RoomName = define_detail::is_room<RoomType> || std::convertible_to<const RoomType&, std::string_view>;

/// A handler of the payload, optionally with the publication.
template <typename Handler, typename EventType>
concept TypedHandler = std::invocable < Handler&,
        const PayloadOf<EventType>
&, const Publication& > || std::invocable<Handler&, const PayloadOf<EventType>&>;

/// A room made by define_room.
template <typename RoomType>
concept DefinedRoom = define_detail::is_room<RoomType>;

template <RoomName RoomType>
[[nodiscard]] std::string_view room_id_of(const RoomType& room) {
  if constexpr (define_detail::is_room<RoomType>) {
    return room.id;
  } else {
    return room;
  }
}

/// Calls a typed handler with a publication's payload. Throws when the payload, although it fits the schema, does not fit the C++
/// type: a number beyond an int, for instance.
template <TypedEvent EventType, TypedHandler<EventType> Handler>
void call_typed(const EventType& event, Handler& handler, const Publication& publication) {
  const auto payload = from_json(event, publication.payload);
  if (!payload) throw std::range_error("the payload does not fit the C++ type of the event");
  if constexpr (std::invocable<Handler&, const PayloadOf<EventType>&, const Publication&>) {
    handler(*payload, publication);
  } else {
    handler(*payload);
  }
}

}  // namespace dialogue
