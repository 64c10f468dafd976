// The chat server: the stock program with chat.hpp compiled in, and the two things that only a server can do:
// greet who comes, and take a topic away. Run: build/release/bin/chat serve --static build/release/examples/chat/web
#include <dialogue/run_app.hpp>
#include <string>

#include "examples/chat/chat.hpp"

namespace {

/// Says hello to whoever enters a room, and to nobody else: the event is in no log.
void greet(dialogue::Client& client, std::string_view room) {
  const std::string& name = client.name().empty() ? client.user_id() : client.name();
  client.send(room, chat::notice, chat::Notice{"Welcome to " + std::string(room) + ", " + name + "."});
}

void set_up(dialogue::Instance& server) {
  server.on_joined(greet);
  server.on(chat::topic, chat::close_topic, [&server](const chat::CloseTopic&, const dialogue::Publication& request) {
    server.delete_room(request.room_id, [](const dialogue::RequestResult&) {});
  });
}

}  // namespace

int main(int argc, char** argv) { return dialogue::run_app(argc, argv, chat::app, {.on_setup = set_up}); }
