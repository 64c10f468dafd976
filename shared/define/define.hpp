// Definitions in C++: the events of rooms, written once and compiled into both ends.
//
//   struct Message { std::string text; std::optional<std::string> reply_to; };
//   constexpr auto message = define_event<Message>("message", field<&Message::text>("text", min_length(1), max_length(2000)),
//                                                             field<&Message::reply_to>("reply_to"));
//   constexpr auto chat    = define_room("chat", {.name = "Support chat", .max_size = 50}, message);
//   constexpr auto app     = define_app(chat);          // converts to Definitions
//   to_json(message, Message{"Hi", {}})                 // {"text":"Hi"}
//
// Errors do not compile; the compiler's message ends in a sentence with the reason. The guide: docs/guides/definitions.md.
// Constants and pure functions; safe from any thread.
#pragma once
#include "shared/define/define_app.hpp"       // define_app, make_definitions
#include "shared/define/define_call.hpp"      // define_call, define_stream, define_duplex, call_error
#include "shared/define/define_event.hpp"     // define_event, delivery policies, to_json, from_json
#include "shared/define/define_fields.hpp"    // field, fields, tag, open
#include "shared/define/define_options.hpp"   // min_length, max_length, pattern, minimum, values, items, description ...
#include "shared/define/define_presence.hpp"  // define_presence
#include "shared/define/define_room.hpp"      // define_room
#include "shared/define/define_types.hpp"     // bytes, nullable, any_json, describe
