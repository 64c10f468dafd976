// Every bound of a namespace, filled: acknowledgements, rooms, calls that wait, a slow client, names.
#include <dialogue/dialogue.hpp>

#include <catch2/catch.hpp>
#include <future>
#include <string>
#include <vector>

#include "server/socketio/limits.hpp"
#include "tests/server/socketio/namespace_fixture.hpp"

using namespace dialogue;
using namespace dialogue::test;
using namespace std::chrono_literals;

TEST_CASE("a socket's pending acknowledgements and rooms are limited") {
  using Outcome = sio::AckResult::Outcome;
  Fixture fixture;
  Sockets sockets;
  sockets.watch(fixture.io);
  fixture.server.listen();
  SioClient ann = fixture.connect();
  const sio::Socket socket = sockets.of(ann.id);
  std::vector<std::future<sio::AckResult>> pending;
  for (std::size_t i = 0; i < sio::kAcksPerSocketMax; ++i) pending.push_back(socket.emit_with_ack(60s, "q", {}));
  CHECK(value_of(socket.emit_with_ack(60s, "q", {})).outcome == Outcome::busy);
  for (std::size_t i = 0; i < sio::kRoomsPerSocketMax + 5; ++i) CHECK(socket.join("r" + std::to_string(i)) == sio::Verdict::ok);
  CHECK(value_of(fixture.io.to("r0").fetch_sockets()).size() == 1);
  CHECK(socket.rooms().size() == sio::kRoomsPerSocketMax);
  CHECK(socket.join("") == sio::Verdict::invalid);
  CHECK(socket.join(std::string(sio::kRoomBytesMax + 1, 'r')) == sio::Verdict::invalid);
  fixture.server.stop();
  for (auto& each : pending) CHECK(value_of(std::move(each)).outcome == Outcome::disconnected);
  CHECK(value_of(socket.emit_with_ack(60s, "q", {})).outcome == Outcome::closed);
  CHECK(socket.emit("x") == sio::Verdict::closed);
  CHECK(fixture.io.emit("x") == sio::Verdict::closed);
  CHECK(value_of(fixture.io.fetch_sockets()).empty());
}

TEST_CASE("while a handler blocks, the bytes that wait for its thread are limited; beyond that, calls are busy and do nothing") {
  Fixture fixture(1);
  std::promise<void> blocked, release;
  fixture.io.on("block", [&, wait = release.get_future().share()](sio::Socket&, const sio::Event& event) {
    blocked.set_value();
    wait.wait();
    event.ack();
  });
  fixture.server.listen();
  SioClient ann = fixture.connect();
  ann.send(R"(42/x,0["block"])");
  blocked.get_future().wait();
  const bytes megabyte{std::vector<std::uint8_t>(1024 * 1024)};
  const sio::Arguments arguments = sio::arguments(megabyte);
  std::size_t taken = 0;
  while (fixture.io.to("nobody here").emit_all("x", arguments) == sio::Verdict::ok) ++taken;
  CHECK(taken == sio::kWaitingBytesMax / (megabyte.data.size() + sio::kCallBytes));
  CHECK(fixture.io.to("nobody here").emit_all("x", arguments) == sio::Verdict::busy);
  release.set_value();
  CHECK(ann.take() == "43/x,0[]");
  CHECK(fixture.io.emit("again") == sio::Verdict::ok);
  CHECK(ann.take() == R"(42/x,["again"])");
}

TEST_CASE("a client that takes nothing is closed, and memory stays bounded") {
  Fixture fixture;
  std::promise<std::string> gone;
  fixture.io.on("flood", [](sio::Socket& socket, const sio::Event&) {
    const std::string text(100'000, 'x');
    for (int i = 0; i < 2000 && socket.is_connected(); ++i) socket.emit("x", text);
  });
  fixture.io.on_disconnect([&](sio::Socket&, std::string_view reason) { gone.set_value(std::string(reason)); });
  fixture.server.listen();
  SioClient ann = fixture.connect();
  ann.send(R"(42/x,["flood"])");
  CHECK(value_of(gone.get_future()) == "transport close");
}

TEST_CASE("invalid names, handlers and namespaces are refused") {
  Config off = test_config();
  off.serves_socketio = false;
  Instance silent = create_dialogue(std::move(off));
  CHECK_THROWS_AS(silent.socketio("/x"), SetupError);
  Fixture fixture;
  for (const std::string& name :
       {std::string("x"), std::string(), std::string("/a,b"), std::string("/a?b"), "/" + std::string(128, 'x')})
    CHECK_THROWS_AS(fixture.server.socketio(name), SetupError);
  for (std::size_t i = 1; i < sio::kNamespacesMax; ++i) static_cast<void>(fixture.server.socketio("/n" + std::to_string(i)));
  CHECK_THROWS_AS(fixture.server.socketio("/one-more"), SetupError);
  fixture.server.listen();
  CHECK(fixture.server.socketio("/x").name() == "/x");
  CHECK_THROWS_AS(fixture.server.socketio("/y"), SetupError);
  CHECK_THROWS_AS(fixture.io.on("late", [](sio::Socket&, const sio::Event&) {}), SetupError);
  sio::Namespace io = fixture.io;
  fixture.server.stop();
  CHECK_THROWS_AS(io.on_connect([](sio::Socket&) {}), SetupError);
}
