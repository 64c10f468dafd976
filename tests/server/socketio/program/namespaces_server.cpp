// A program with a namespace "/custom" for tests from outside (tests/server/app/socketio): each event does one thing of the C++
// library. Prints where it listens; SIGTERM ends it.
#include <dialogue/dialogue.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace sio = dialogue::socketio;
using namespace std::chrono_literals;

struct Note {
  std::string text;
  int stars = 0;
};
constexpr auto note_event =
    dialogue::define_event<Note>("note", dialogue::field<&Note::text>("text"), dialogue::field<&Note::stars>("stars"));
constexpr auto chat = dialogue::define_room("chat", {}, note_event);
constexpr auto app = dialogue::define_app(chat);

/// What middleware has kept and never answers.
struct Kept {
  std::mutex mutex;
  std::vector<sio::Next> all;
};

std::string text_of(const sio::Event& event, std::size_t index) { return event.arguments.get<std::string>(index).value_or(""); }

std::string_view name_of(sio::AckResult::Outcome outcome) {
  constexpr std::string_view kNames[] = {"answered", "timed_out", "disconnected", "busy", "closed", "invalid"};
  return kNames[static_cast<std::size_t>(outcome)];
}

void add_middleware(sio::Namespace& io, Kept& kept) {
  io.use([](sio::Socket& socket) {
    const std::string& auth = socket.handshake().auth;
    if (auth.find("\"throw\"") != std::string::npos) throw std::runtime_error("as asked");
    socket.set_data(auth);
    return auth.find("\"no\"") != std::string::npos ? sio::Admission::refuse("not allowed", R"({"status":401})")
                                                    : sio::Admission::allow();
  });
  io.use([&kept](sio::Socket& socket, const sio::Next& next) {
    const std::string& auth = socket.handshake().auth;
    if (auth.find("\"forget\"") != std::string::npos) return;
    if (auth.find("\"never\"") != std::string::npos) {
      const std::lock_guard lock(kept.mutex);
      return kept.all.push_back(next);
    }
    socket.join("lobby");
    if (auth.find("\"later\"") == std::string::npos) return next.allow();
    std::thread([next] { next.allow(); }).detach();
  });
}

void add_rooms(sio::Namespace& io) {
  io.on("join", [](sio::Socket& socket, const sio::Event& event) {
    socket.join(text_of(event, 0));
    event.ack(socket.rooms());
  });
  io.on("leave", [](sio::Socket& socket, const sio::Event& event) {
    socket.leave(text_of(event, 0));
    event.ack(socket.rooms());
  });
  io.on("say", [](sio::Socket& socket, const sio::Event& event) {
    socket.to(text_of(event, 0)).emit("said", text_of(event, 1));
    event.ack();
  });
  io.on("shout", [io](sio::Socket&, const sio::Event& event) { io.emit_all("shouted", event.arguments); });
  io.on("tell", [io](sio::Socket&, const sio::Event& event) {
    io.to(text_of(event, 0)).except(text_of(event, 1)).emit("told", text_of(event, 2));
    event.ack();
  });
  io.on("move", [io](sio::Socket&, const sio::Event& event) {
    io.to(text_of(event, 0)).join(text_of(event, 1));
    io.to(text_of(event, 1)).emit("moved", text_of(event, 1));
  });
  io.on("fill", [](sio::Socket& socket, const sio::Event& event) {
    for (int i = 0; i < 1100; ++i) socket.join("fill-" + std::to_string(i));
    event.ack(socket.rooms().size());
  });
}

void add_questions(sio::Namespace& io) {
  io.on("who", [io](sio::Socket&, const sio::Event& event) {
    const sio::SocketPage page{text_of(event, 1), event.arguments.get<std::size_t>(2).value_or(100)};
    io.to(text_of(event, 0)).fetch_sockets(page, [ack = event.ack](const std::vector<sio::Socket>& sockets) {
      std::vector<std::string> ids;
      for (const sio::Socket& each : sockets) ids.push_back(each.id());
      ack(ids);
    });
  });
  io.on("ask", [io](sio::Socket&, const sio::Event& event) {
    const auto wait = std::chrono::milliseconds(event.arguments.get<int>(1).value_or(0));
    io.to(text_of(event, 0)).fetch_sockets({}, [wait, ack = event.ack](const std::vector<sio::Socket>& sockets) {
      if (sockets.empty()) return ack("nothing");
      sockets.front().emit_with_ack(wait, "question", sio::arguments("?"), [ack](const sio::AckResult& result) {
        sio::Arguments answer = sio::arguments(name_of(result.outcome));
        for (std::size_t i = 0; i < result.arguments.size(); ++i)
          if (const auto bytes = result.arguments.bytes(i))
            answer.add_binary(std::string(*bytes));
          else
            answer.add_json(std::string(result.arguments.json(i)));
        ack.send(answer);
      });
    });
  });
}

void add_ends(sio::Namespace& io) {
  io.on("quit",
        [](sio::Socket& socket, const sio::Event& event) { socket.disconnect(event.arguments.get<bool>(0).value_or(false)); });
  io.on("kick", [io](sio::Socket&, const sio::Event& event) { io.to(text_of(event, 0)).disconnect(); });
  io.on("throw", [](sio::Socket&, const sio::Event&) { throw std::runtime_error("as asked"); });
  io.on("flood", [](sio::Socket& socket, const sio::Event& event) {
    const std::string text(10'000, 'x');
    for (int i = event.arguments.get<int>(0).value_or(0); i > 0; --i) socket.emit("drop", text);
  });
  io.on("reserved", [](sio::Socket& socket, const sio::Event& event) {
    event.ack(sio::name_of(socket.emit("connect_error", 1)), sio::name_of(socket.emit("x", dialogue::any_json{"{"})),
              sio::name_of(socket.emit("x", "\xff")));
  });
  io.on_disconnect([io](sio::Socket& socket, std::string_view reason) { io.to("watchers").emit("left", socket.id(), reason); });
}

void add_namespace(sio::Namespace io, Kept& kept) {
  add_middleware(io, kept);
  io.on_connect([](sio::Socket& socket) { socket.emit("welcome", socket.id(), dialogue::any_json{socket.data()}); });
  io.on("echo", [](sio::Socket& socket, const sio::Event& event) {
    socket.emit_all("echo", event.arguments);
    event.ack.send(event.arguments);
    event.ack("only the first counts");
  });
  io.on(note_event, [](sio::Socket&, const Note& note, const sio::Event& event) { event.ack(note.text, note.stars + 1); });
  add_rooms(io);
  add_questions(io);
  add_ends(io);
}

}  // namespace

int main(int argc, char** argv) try {
  dialogue::Config config;
  config.definitions = app;
  config.listen = argc > 1 ? argv[1] : "127.0.0.1:0";
  config.shards = 3;
  config.drain_ms = 0;
  if (const char* key = std::getenv("API_KEY")) config.api_keys = {std::string("test publish ") + key};
  if (const char* ping_ms = std::getenv("PING_MS")) config.socketio_ping_interval_ms = std::strtoull(ping_ms, nullptr, 10);
  config.logger = [](const dialogue::LogLine& line) { std::cout << line.event << " " << line.fields << std::endl; };
  dialogue::Instance server = dialogue::create_dialogue(std::move(config));
  Kept kept;
  add_namespace(server.socketio("/custom"), kept);
  server.socketio("/other").on_connect([](sio::Socket& socket) { socket.emit("other"); });
  server.run_until_signal();
  return 0;
} catch (const dialogue::SetupError& fault) {
  std::cerr << fault.what() << "\n";
  return 1;
}
