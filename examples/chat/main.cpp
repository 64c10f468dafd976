// The chat server: the stock program with chat.hpp compiled in, and the three things that only a server can do: sign what is
// said, greet who comes, and take a topic away. Run: build/release/bin/chat serve --static build/release/examples/chat/web
#include <dialogue/run_app.hpp>
#include <string>

#include "examples/chat/chat.hpp"

namespace {

/// What `draft` says, under the name of the user who sends it. The page's own word for the name does not count.
template <class Event>
dialogue::HookVerdict under_name(const dialogue::Draft& draft, const Event& event) {
  auto said = dialogue::from_json(event, draft.payload);
  if (!said) return dialogue::HookVerdict::deny("The payload cannot be read.");
  said->name.reset();
  if (!draft.identity.name.empty()) said->name = draft.identity.name;
  return dialogue::HookVerdict::replace(dialogue::to_json(event, *said));
}

/// Middleware: a message keeps its author's name when the author has gone, and no user can write under another's name.
dialogue::HookVerdict sign(const dialogue::Draft& draft) {
  if (draft.event == chat::message.name) return under_name(draft, chat::message);
  if (draft.event == chat::close_topic.name) return under_name(draft, chat::close_topic);
  return dialogue::HookVerdict::allow();
}

/// Welcomes the user who enters a room. No other member receives the event, and no log has it.
void greet(dialogue::Client& client, std::string_view room) {
  const std::string& name = client.name().empty() ? client.user_id() : client.name();
  client.send(room, chat::notice, chat::Notice{"Welcome to " + std::string(room) + ", " + name + "."});
}

/// Sends the members the name of the user who closes their topic, then ends it.
void end_topic(dialogue::Instance& server, const chat::CloseTopic& request, const dialogue::Publication& publication) {
  const std::string room(publication.room_id);
  const chat::Notice news{request.name.value_or(std::string(publication.from)) + " has closed this topic."};
  server.trigger(room, chat::notice, news, [&server, room](const dialogue::TriggerResult&) {
    server.delete_room(room, [](const dialogue::RequestResult&) {});
  });
}

void set_up(dialogue::Instance& server) {
  server.use(sign);
  server.on_joined(greet);
  server.on(chat::topic, chat::close_topic, [&server](const chat::CloseTopic& request, const dialogue::Publication& publication) {
    end_topic(server, request, publication);
  });
}

}  // namespace

int main(int argc, char** argv) { return dialogue::run_app(argc, argv, chat::app, {.on_setup = set_up}); }
