// Namespaces of an instance, with clients on loopback sockets: handlers, rooms over shards, middleware, and how sockets end.
#include <dialogue/dialogue.hpp>

#include <atomic>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "tests/server/socketio/namespace_fixture.hpp"

using namespace dialogue;
using namespace dialogue::test;
using namespace std::chrono_literals;

TEST_CASE("an event reaches its handlers with JSON and binary arguments, and is acknowledged once") {
  Fixture fixture;
  fixture.io.on("echo", [](sio::Socket& socket, const sio::Event& event) {
    socket.emit_all("back", event.arguments);
    event.ack.send(event.arguments);
    event.ack("twice");
  });
  fixture.server.listen();
  SioClient ann = fixture.connect();
  ann.send(R"(42/x,5["echo",1,"a"])");
  CHECK(ann.take() == R"(42/x,["back",1,"a"])");
  CHECK(ann.take() == R"(43/x,5[1,"a"])");
  ann.send(R"(452-/x,["echo",{"_placeholder":true,"num":1},{"b":{"_placeholder":true,"num":0}}])");
  ann.send_binary("one");
  ann.send_binary("two");
  CHECK(ann.take() == R"(452-/x,["back",{"_placeholder":true,"num":1},{"b":{"_placeholder":true,"num":0}}])");
  CHECK(ann.take() == "one");
  CHECK(ann.take() == "two");
  ann.send(R"(42/x,["nothing handles this"])");
  ann.send(R"(42/x,6["echo"])");
  CHECK(ann.take() == R"(42/x,["back"])");
  CHECK(ann.take() == R"(43/x,6[])");
}

TEST_CASE("a handler that throws is logged, and the next event is handled") {
  std::atomic<int> thrown{0};
  Config config = test_config();
  config.logger = [&](const LogLine& line) {
    if (line.event == "handler_threw") ++thrown;
  };
  Instance server = create_dialogue(std::move(config));
  sio::Namespace io = server.socketio("/x");
  io.on("bad", [](sio::Socket&, const sio::Event&) { throw std::runtime_error("bad"); });
  io.on("worse", [](sio::Socket&, const sio::Event&) { throw 1; });
  io.on("good", [](sio::Socket&, const sio::Event& event) { event.ack(1); });
  server.listen();
  SioClient ann(server.port(), "/x");
  ann.send(R"(42/x,["bad"])");
  ann.send(R"(42/x,["worse"])");
  ann.send(R"(42/x,1["good"])");
  CHECK(ann.take() == "43/x,1[1]");
  CHECK(thrown >= 1);
}

TEST_CASE("a typed handler gets the payload, and what does not fit is not handled") {
  Fixture fixture;
  fixture.io.on(move_event, [](sio::Socket&, const Move& move, const sio::Event& event) { event.ack(move.from + move.to); });
  fixture.server.listen();
  SioClient ann = fixture.connect();
  ann.send(R"(42/x,1["game.move",{"from":1,"to":"two"}])");
  ann.send(R"(42/x,2["game.move",{"from":1,"to":2}])");
  CHECK(ann.take() == "43/x,2[3]");
}

TEST_CASE("rooms, sockets by their id and exceptions hold over shards") {
  Fixture fixture;
  fixture.io.on("join", [](sio::Socket& socket, const sio::Event& event) {
    socket.join(event.arguments.get<std::string>(0).value());
    event.ack(socket.rooms());
  });
  fixture.io.on("say", [](sio::Socket& socket, const sio::Event&) { socket.to("a").emit("said"); });
  fixture.server.listen();
  std::vector<std::unique_ptr<SioClient>> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(std::make_unique<SioClient>(fixture.server.port(), "/x"));
    clients.back()->send(R"(42/x,0["join","a"])");
    CHECK(clients.back()->take() == R"(43/x,0[["a"]])");
    if (i % 2 == 0) clients.back()->send(R"(42/x,1["join","b"])");
    if (i % 2 == 0) CHECK(clients.back()->take() == R"(43/x,1[["a","b"]])");
  }
  clients[0]->send(R"(42/x,["say"])");
  for (int i = 1; i < 12; ++i) CHECK(clients[static_cast<std::size_t>(i)]->take() == R"(42/x,["said"])");
  CHECK(fixture.io.to("a").to("b").except(clients[1]->id).emit("to both", 1) == sio::Verdict::ok);
  CHECK(fixture.io.to(clients[1]->id).emit("to one") == sio::Verdict::ok);
  CHECK(fixture.io.except("b").emit("to odd") == sio::Verdict::ok);
  CHECK(fixture.io.emit("to all") == sio::Verdict::ok);
  for (std::size_t i = 0; i < 12; ++i) {
    if (i != 1) CHECK(clients[i]->take() == R"(42/x,["to both",1])");
    if (i == 1) CHECK(clients[i]->take() == R"(42/x,["to one"])");
    if (i % 2 == 1) CHECK(clients[i]->take() == R"(42/x,["to odd"])");
    CHECK(clients[i]->take() == R"(42/x,["to all"])");
  }
}

TEST_CASE("sockets are fetched in pages that are sorted by id, and all join, leave and go together") {
  Fixture fixture;
  fixture.io.on_connect([](sio::Socket& socket) { socket.set_data("mine"); });
  fixture.server.listen();
  std::vector<std::unique_ptr<SioClient>> clients;
  std::set<std::string> ids;
  for (int i = 0; i < 7; ++i) {
    clients.push_back(std::make_unique<SioClient>(fixture.server.port(), "/x"));
    ids.insert(clients.back()->id);
  }
  std::vector<std::string> seen;
  for (sio::SocketPage page{"", 3};; page.after = seen.back()) {
    const auto sockets = value_of(fixture.io.fetch_sockets(page));
    for (const sio::Socket& socket : sockets) seen.push_back(socket.id());
    if (sockets.size() < 3) break;
  }
  CHECK(seen == std::vector<std::string>(ids.begin(), ids.end()));
  CHECK(fixture.io.all().join("all") == sio::Verdict::ok);
  CHECK(fixture.io.to(seen[0]).to(seen[1]).leave("all") == sio::Verdict::ok);
  const auto rest = value_of(fixture.io.to("all").fetch_sockets({}, boost::asio::use_future));
  CHECK(rest.size() == 5);
  CHECK(rest.front().data() == "mine");
  CHECK(rest.front().rooms() == std::vector<std::string>{"all"});
  CHECK(fixture.io.to("all").disconnect() == sio::Verdict::ok);
  CHECK(value_of(fixture.io.fetch_sockets()).size() == 2);
  for (const auto& client : clients)
    if (client->id != seen[0] && client->id != seen[1]) CHECK(client->take() == "41/x,");
  CHECK_FALSE(rest.front().is_connected());
  CHECK(rest.front().emit("late") == sio::Verdict::ok);
}

TEST_CASE("an acknowledgement comes, or the time is up, or the client leaves") {
  using Outcome = sio::AckResult::Outcome;
  Fixture fixture;
  Sockets sockets;
  sockets.watch(fixture.io);
  fixture.server.listen();
  SioClient ann = fixture.connect();
  const sio::Socket socket = sockets.of(ann.id);
  auto answered = socket.emit_with_ack(20s, "q", sio::arguments(1));
  CHECK(ann.take() == R"(42/x,0["q",1])");
  ann.send("43/x,99[0]");  // a number that was never given
  ann.send(R"(43/x,0["yes",2])");
  const sio::AckResult result = value_of(std::move(answered));
  CHECK(result.ok());
  CHECK(result.arguments.joined() == R"("yes",2)");
  ann.send(R"(43/x,0["again"])");

  CHECK(value_of(socket.emit_with_ack(1ms, "q", {})).outcome == Outcome::timed_out);
  CHECK(value_of(socket.emit_with_ack(20s, "disconnect", {})).outcome == Outcome::invalid);
  auto lost = socket.emit_with_ack(20s, "q", {});
  ann.take_until(R"(42/x,2["q"])");
  ann.send("43/x,1[]");  // late
  ann.send("41/x,");
  CHECK(value_of(std::move(lost)).outcome == Outcome::disconnected);
  CHECK(value_of(socket.emit_with_ack(20s, "q", {}, boost::asio::use_future)).outcome == Outcome::disconnected);
}

TEST_CASE("middleware allows and refuses in its order, at once and later, and a forgotten or failed answer refuses") {
  Fixture fixture;
  fixture.io.use([](sio::Socket& socket) {
    if (socket.handshake().auth.find("throw") != std::string::npos) throw std::runtime_error("bad");
    return socket.handshake().auth == R"({"a":"no"})" ? sio::Admission::refuse("not you", R"({"status":401})")
                                                      : sio::Admission::allow();
  });
  fixture.io.use([](sio::Socket& socket, const sio::Next& next) {
    if (socket.handshake().auth.find("forget") != std::string::npos) return;
    std::thread([next] {
      next.allow();
      next.refuse("too late");
    }).detach();
  });
  std::atomic<int> connected{0};
  fixture.io.on_connect([&](sio::Socket&) { ++connected; });
  fixture.server.listen();
  SioClient ann(fixture.server.port());
  ann.send(R"(40/x,{"a":"no"})");
  CHECK(ann.take() == R"(44/x,{"message":"not you","data":{"status":401}})");
  ann.send(R"(40/x,{"a":"throw"})");
  CHECK(ann.take() == R"(44/x,{"message":"The server failed to handle this."})");
  ann.send(R"(40/x,{"a":"forget"})");
  CHECK(ann.take() == R"(44/x,{"message":"The server did not answer."})");
  CHECK(connected == 0);
  ann.send(R"(40/x,{"a":"yes"})");
  CHECK(ann.take().starts_with("40/x,{\"sid\""));
  CHECK(value_of(fixture.io.fetch_sockets()).size() == 1);
  CHECK(connected == 1);
  ann.send("40/unknown,");
  CHECK(ann.take() == R"(44/unknown,{"message":"Invalid namespace"})");
}

TEST_CASE("a client that sends events before it is connected is closed") {
  Fixture fixture;
  std::mutex mutex;
  std::vector<sio::Next> kept;
  fixture.io.use([&](sio::Socket&, const sio::Next& next) {
    const std::lock_guard lock(mutex);
    kept.push_back(next);
  });
  fixture.server.listen();
  SioClient ann(fixture.server.port());
  ann.send("40/x,");
  ann.send(R"(42/x,["early"])");
  ann.await_close();
  const std::lock_guard lock(mutex);
  for (const sio::Next& next : kept) next.allow();
}

TEST_CASE("handlers receive the reason and rooms of a disconnect, and their requests about others are executed") {
  Fixture fixture;
  std::mutex mutex;
  std::map<std::string, std::string> reasons;
  fixture.io.on_connect([](sio::Socket& socket) { socket.join("room"); });
  fixture.io.on_disconnect([&, io = fixture.io](sio::Socket& socket, std::string_view reason) {
    io.to("room").emit("gone", socket.id());
    const std::lock_guard lock(mutex);
    reasons[socket.id()] = std::string(reason) + " " + std::to_string(socket.rooms().size());
  });
  fixture.io.on("quit", [](sio::Socket& socket, const sio::Event& event) {
    socket.emit("bye");
    socket.disconnect(event.arguments.get<bool>(0).value());
  });
  fixture.server.listen();
  SioClient watcher = fixture.connect();
  SioClient quits = fixture.connect(), leaves = fixture.connect(), breaks = fixture.connect(), closed = fixture.connect();
  quits.send(R"(42/x,["quit",false])");
  quits.take_until(R"(42/x,["bye"])");
  quits.take_until("41/x,");
  watcher.take_until(R"(42/x,["gone",")" + quits.id + "\"]");
  leaves.send("41/x,");
  watcher.take_until(R"(42/x,["gone",")" + leaves.id + "\"]");
  breaks.raw().reset();
  watcher.take_until(R"(42/x,["gone",")" + breaks.id + "\"]");
  closed.send(R"(42/x,["quit",true])");
  closed.await_close();
  watcher.take_until(R"(42/x,["gone",")" + closed.id + "\"]");
  fixture.server.stop();
  const std::lock_guard lock(mutex);
  CHECK(reasons[quits.id] == "server namespace disconnect 1");
  CHECK(reasons[leaves.id] == "client namespace disconnect 1");
  CHECK(reasons[breaks.id] == "transport close 1");
  CHECK(reasons[closed.id] == "server namespace disconnect 1");
  CHECK(reasons[watcher.id] == "server shutting down 1");
}

TEST_CASE("emits from several threads reach all sockets in one order") {
  Fixture fixture;
  fixture.server.listen();
  SioClient ann = fixture.connect(), bob = fixture.connect(), cas = fixture.connect();
  constexpr int kThreads = 4, kEach = 200;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) static_cast<void>(fixture.io.emit("n", t, i));
    });
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kThreads * kEach; ++i) {
    const std::string first = ann.take();
    REQUIRE(bob.take() == first);
    REQUIRE(cas.take() == first);
  }
}

TEST_CASE("a program's own default namespace takes the place of the rooms") {
  Instance server = create_dialogue(test_config());
  server.socketio("/").on("hi", [](sio::Socket&, const sio::Event& event) { event.ack("own"); });
  server.listen();
  SioClient ann(server.port());
  ann.send("40");
  CHECK(ann.take().starts_with("40{\"sid\""));
  ann.send(R"(420["hi"])");
  CHECK(ann.take() == R"(430["own"])");
}
