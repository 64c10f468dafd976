// What the chat can say, written once: the server enforces it, the browser checks it before anything is sent, and the page's
// TypeScript is typed by it. Change a bound here, and all three have changed.
#pragma once
#include <dialogue/define.hpp>
#include <optional>
#include <string>

namespace chat {

using namespace dialogue;

/// Display names are at most 256 bytes.
constexpr auto name_bound = max_length(256);

struct Message {
  std::string text;
  std::optional<std::string> name;  ///< the author's when it was said; the server writes it (main.cpp)
};
constexpr auto message = define_event<Message>("message", field<&Message::text>("text", min_length(1), max_length(2000)),
                                               field<&Message::name>("name", name_bound));

/// A member is writing. The event is out of date a moment later, so it is never stored.
struct Typing {};
constexpr auto typing = define_event<Typing>("typing", volatile_, fields());

/// What the server itself has to say to one person.
struct Notice {
  std::string text;
};
constexpr auto notice = define_event<Notice>("notice", volatile_, field<&Notice::text>("text", max_length(500)));

/// Asks the server to close the topic that it is sent in.
struct CloseTopic {
  std::optional<std::string> name;  ///< of the user who asks; the server writes it
};
constexpr auto close_topic = define_event<CloseTopic>("topic.close", volatile_, field<&CloseTopic::name>("name", name_bound));

/// Only the server gives notices.
constexpr AccessOptions access{.publish_event = {{"notice", nobody}}};

/// How much of what was said each room keeps, for those who come later and for those who were away.
constexpr auto history = keep(1000, "30d");

constexpr auto support = define_room("chat", {.name = "Support chat", .max_size = 50, .retention = history, .access = access},
                                     message, typing, notice);
constexpr auto lounge =
    define_room("lounge", {.name = "Lounge", .max_size = 200, .retention = history, .access = access}, message, typing, notice);
constexpr auto duo =
    define_room("duo", {.name = "Two places", .max_size = 2, .retention = history, .access = access}, message, typing, notice);
constexpr auto topic = define_room("topic-{name}", {.name = "Topic", .max_size = 50, .retention = history, .access = access},
                                   message, typing, notice, close_topic);

constexpr auto app = define_app(support, lounge, duo, topic);

}  // namespace chat
