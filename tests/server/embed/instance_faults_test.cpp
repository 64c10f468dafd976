// What an application or its store does wrong, at a whole instance: nothing hangs, ends the process or reaches the clients.
#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

#include "server/embed/instance/instance_state.hpp"
#include "tests/patience.hpp"
#include "tests/server/embed/faulty_store.hpp"
#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"
#include "tests/server/net/temporary_directory.hpp"

using namespace dialogue;
using namespace dialogue::test;
using Wrong = FaultyStore::Wrong;

namespace {

struct FaultyServer {
  explicit FaultyServer(bool has_store = true) {
    config.logger = lines.logger();
    config.drain_timeout_ms = 200;
    if (has_store) config.store = store;
  }
  Lines lines;
  std::shared_ptr<FaultyStore> store = std::make_shared<FaultyStore>();
  Config config = test_config();
};

Revocation of_ann() {
  Revocation what;
  what.user_id = "ann";
  return what;
}

std::string answer_of(std::uint16_t port, const std::string& request) {
  boost::asio::ip::tcp::iostream stream("127.0.0.1", std::to_string(port));
  stream << request << " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" << std::flush;
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Whether a thread of its own has ended; one that hangs is left behind, and the test fails.
template <typename Work>
bool ends(Work work) {
  auto done = std::make_shared<std::promise<void>>();
  auto ended = done->get_future();
  std::thread([work = std::move(work), done]() mutable {
    work();
    done->set_value();
  }).detach();
  return ended.wait_for(testing::kPatience) == std::future_status::ready;
}

}  // namespace

TEST_CASE("F-E01 a store that throws at a revocation, answers it twice or never does not hold up the end") {
  FaultyServer world;
  const Wrong fault = GENERATE(Wrong::throws, Wrong::answers_twice, Wrong::keeps, Wrong::lets_go);
  auto server = std::make_shared<Instance>(create_dialogue(world.config));
  server->listen();
  world.store->set("put_kept", fault);
  auto revoked = server->revoke(of_ann());
  REQUIRE(ends([server] { server->stop(); }));
  const RevokeResult result = value_of(std::move(revoked));
  // The shards may end before they are asked, or before all have answered.
  const bool is_cut = result.code == ErrorCode::closed || result.code == ErrorCode::store_unavailable;
  if (fault == Wrong::answers_twice) CHECK((result.ok() || is_cut));
  if (fault == Wrong::keeps) CHECK(world.lines.has("revocations_unanswered"));
  world.store->let_go();
}

TEST_CASE("a server refuses to start on an incomplete copy of a store until the mark of the copy is removed") {
  FaultyServer world;
  const auto mark = [&world](std::optional<std::string> from) {
    world.store->put_kept({{{store::KeptKind::copying, {}, std::move(from)}}}, [](core::StoreStatus) {});
  };
  mark("sqlite:old.db");
  CHECK_THROWS_WITH(create_dialogue(world.config).listen(), Catch::Contains("an incomplete copy of sqlite:old.db"));
  mark(std::nullopt);
  Instance server = create_dialogue(world.config);
  CHECK_NOTHROW(server.listen());
  server.stop();
}

TEST_CASE("F-E03 a store that throws when a server starts is a set-up error, and the audit does not hinder another start") {
  const TemporaryDirectory directory;
  FaultyServer world;
  world.config.audit = directory.path() + "/audit.db";
  world.store->set("list_kept", Wrong::throws);
  Instance server = create_dialogue(world.config);
  CHECK_THROWS_AS(server.listen(), SetupError);
  world.store->set("list_kept", Wrong::none);
  server.listen();  // it may be tried again
  CHECK(server.port() != 0);
}

TEST_CASE("F-E03 a store that throws at an append ends the server in order: on_failure is called, and it is logged") {
  FaultyServer world;
  std::promise<std::string> failed;
  world.config.on_failure = [&](const std::string& reason) { failed.set_value(reason); };
  Instance server = create_dialogue(world.config);
  server.listen();
  REQUIRE(value_of(server.trigger(chat, message, Message{"kept"})).ok());
  world.store->set("append", Wrong::throws);
  CHECK_FALSE(value_of(server.trigger(chat, message, Message{"not kept"})).ok());
  CHECK_FALSE(value_of(failed.get_future()).empty());
  CHECK(world.lines.has("store_threw", "append"));
  CHECK(world.lines.has("store_failed"));
}

TEST_CASE("F-E03 a store that never answers counts as failed after store_timeout_ms", "[timed]") {
  FaultyServer world;
  world.config.store_timeout_ms = 1500;
  Instance server = create_dialogue(world.config);
  server.listen();
  REQUIRE(value_of(server.trigger(chat, message, Message{"kept"})).ok());
  world.store->set("append", Wrong::keeps);
  CHECK_FALSE(value_of(server.trigger(chat, message, Message{"not kept"})).ok());
  CHECK(world.lines.has("store_silent", "append"));
  world.store->let_go();
}

TEST_CASE("house 9.6 an instance has no way to its store past the guard") {
  FaultyServer world;
  world.store->throws_sizes = true;
  Instance server = create_dialogue(world.config);
  server.listen();
  const std::string metrics = answer_of(server.port(), "GET /metrics");
  CHECK(metrics.find("dialogue_connections") != std::string::npos);
  CHECK(metrics.find("dialogue_store_size_bytes{file=\"database\"}") == std::string::npos);  // unknown, so not reported
  CHECK(world.lines.has("store_threw", "sizes"));
}

TEST_CASE("F-E10 what a store makes up does not reach the clients") {
  FaultyServer world;
  world.store->change_opened = [](RoomOpened& opened) { opened.state.epoch = ~std::uint64_t{0}; };
  Instance server = create_dialogue(world.config);
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.send(json::array({2, 1, 0, 0, 0, "chat", json::object()}));
  CHECK(ann.wait_for(FrameType::reply)[2] == static_cast<int>(ErrorCode::history_damaged));
  world.store->change_opened = nullptr;
  const json joined = ann.join("chat", 2);
  REQUIRE(value_of(server.trigger(chat, message, Message{"Hi"})).ok());
  static_cast<void>(ann.wait_for(FrameType::event));
  world.store->change_page = [](LogPage& page) { page.records.at(0).payload = "1]\n[35,0]"; };
  ann.send(json::array({7, 3, joined[2], 1, 10, 1}));
  CHECK(ann.wait_for(FrameType::reply)[3]["damaged"] == json::array({json::array({1, 1})}));
}

TEST_CASE("F-E05 a callback never runs in the caller's thread, which may hold a lock") {
  FaultyServer world(false);
  Instance server = create_dialogue(world.config);
  server.listen();
  server.stop();
  std::mutex mutex;
  std::promise<std::thread::id> answered;
  {
    const std::lock_guard lock(mutex);
    server.trigger(chat, message, Message{"Hi"}, [&](const TriggerResult& result) {
      const std::lock_guard own(mutex);
      CHECK(result.code == ErrorCode::closed);
      answered.set_value(std::this_thread::get_id());
    });
  }
  CHECK(value_of(answered.get_future()) != std::this_thread::get_id());
}

TEST_CASE("F-E11 the callback of a revocation that is too late may call the instance") {
  FaultyServer world(false);
  Instance server = create_dialogue(world.config);
  server.listen();
  server.stop();
  std::promise<ErrorCode> answered;
  server.revoke(of_ann(), 0, [&](const RevokeResult& result) {
    CHECK(server.port() == 0);
    answered.set_value(result.code);
  });
  CHECK(value_of(answered.get_future()) == ErrorCode::closed);
}

TEST_CASE("F-E06 a logger may call the instance whose lines it receives") {
  Config config = test_config();
  Instance* made = nullptr;
  std::atomic<std::uint16_t> port{0};
  config.logger = [&](const LogLine& line) {
    if (made != nullptr && line.event == "listening") port = made->port();
  };
  Instance server = create_dialogue(std::move(config));
  made = &server;
  server.listen();
  CHECK(port == server.port());
  CHECK(port != 0);
}

TEST_CASE("F-E08 what is triggered has a bound: more is refused as busy, and nothing of it happens") {
  FaultyServer world;
  constexpr std::size_t kFit = 100, kMore = 50;
  const std::string payload = R"({"text":")" + std::string(100, 'x') + R"("})";
  world.config.trigger_bytes_max = kFit * (payload.size() + 4 + 7 + TriggerLoad::kOverheadBytes);
  Instance server = create_dialogue(world.config);
  server.listen();
  REQUIRE(value_of(server.trigger("chat", "message", payload)).ok());  // the log is open
  world.store->set("append", Wrong::keeps);
  std::vector<std::future<TriggerResult>> asked;
  for (std::size_t i = 0; i < kFit + kMore; ++i) asked.push_back(server.trigger("chat", "message", payload));
  const TriggerResult last = value_of(std::move(asked.back()));
  asked.pop_back();
  CHECK(last.busy);
  CHECK(last.code_name() == "rate_limited");
  CHECK_THAT(last.message, Catch::Matchers::StartsWith("Busy: "));
  server.stop();
  std::size_t busy = 1;
  for (auto& each : asked) busy += value_of(std::move(each)).busy ? 1 : 0;
  CHECK((busy == kMore || busy == kMore + 1));  // the share of the first may have been counted still
  world.store->let_go();
}

TEST_CASE("F-E08 answers release capacity, and 0 is unbounded", "[timed]") {
  FaultyServer world(false);
  world.config.trigger_bytes_max = GENERATE(0u, 1u);
  Instance server = create_dialogue(world.config);
  server.listen();
  for (int i = 0; i < 20; ++i) {
    TriggerResult result = value_of(server.trigger(chat, message, Message{"Hi"}));
    for (int again = 0; result.busy && again < 1000; ++again) {  // the answer is given before its share is
      std::this_thread::yield();
      result = value_of(server.trigger(chat, message, Message{"Hi"}));
    }
    CHECK(result.ok());
  }
}

TEST_CASE("F-E08 refusals that wait for their callbacks have a bound as well") {
  CallbackThread calls;
  std::promise<void> begun, go_on;
  calls.run([&] {
    begun.set_value();
    go_on.get_future().wait();
  });
  value_of(begun.get_future());
  std::atomic<std::size_t> made{0};
  for (std::size_t i = 0; i < CallbackThread::kWaitingMax; ++i) calls.run([&] { ++made; });
  CHECK(made == 0);
  calls.run([&] { ++made; });  // one more is made here
  CHECK(made == 1);
  go_on.set_value();
  calls.end();
  CHECK(made == CallbackThread::kWaitingMax + 1);
}

TEST_CASE("F-E12 stop, run and the rest report immediately that a handler cannot wait for its own server") {
  FaultyServer world(false);
  Instance server = create_dialogue(world.config);
  std::promise<std::vector<std::string>> said;
  server.on(chat, message, [&](const Message&) {
    std::vector<std::string> faults;
    const auto note = [&](auto call) {
      try {
        call();
        faults.emplace_back("nothing");
      } catch (const SetupError& fault) { faults.push_back(fault.where()); }
    };
    note([&] { server.stop(); });
    note([&] { server.run(); });
    note([&] { server.listen(); });
    note([&] { server.write_recording(); });
    said.set_value(faults);
  });
  server.listen();
  REQUIRE(value_of(server.trigger(chat, message, Message{"Hi"})).ok());
  CHECK(value_of(said.get_future()) == std::vector<std::string>{"stop", "run", "listen", "write_recording"});
  CHECK(world.lines.count("called_from_server_thread") == 4);
  std::promise<std::string> late;
  server.stop();
  server.trigger(chat, message, Message{"Hi"}, [&](const TriggerResult&) {
    try {
      server.stop();
      late.set_value("nothing");
    } catch (const SetupError& fault) { late.set_value(fault.where()); }
  });
  CHECK(value_of(late.get_future()) == "stop");
}

TEST_CASE("F-E12 an instance that its own handler destroys ends after that handler, with a line in the log") {
  FaultyServer world(false);
  std::promise<void> stopped;
  world.config.logger = [&, log = world.lines.logger()](const LogLine& line) {
    log(line);
    if (line.event == "stopped") stopped.set_value();
  };
  auto server = std::make_shared<std::optional<Instance>>(create_dialogue(world.config));
  (*server)->on(chat, message, [server](const Message&) { server->reset(); });
  (*server)->listen();
  FrameClient ann((*server)->port(), "ann");
  const json joined = ann.join("chat");
  ann.send(json::array({4, joined[2], 2, 1, 0, {{"text", "Hi"}}}));
  CHECK(ann.wait_for(FrameType::bye)[1] == static_cast<int>(ErrorCode::draining));
  CHECK(stopped.get_future().wait_for(testing::kPatience) == std::future_status::ready);
  CHECK(world.lines.has("called_from_server_thread"));
}

TEST_CASE("F-E13 sockets that are adopted before listen are served after it, up to a bound") {
  FaultyServer world(false);
  world.config.listen = "";
  world.config.dev = true;
  Instance server = create_dialogue(world.config);
  std::vector<int> ours;
  const auto adopt = [&] {
    int pair[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    server.adopt(pair[0], "GET /dialogue HTTP/1.1\r\nHost: a\r\n\r\n");
    ours.push_back(pair[1]);
  };
  const auto is_closed = [](int descriptor) {
    char byte = 0;
    return ::recv(descriptor, &byte, 1, MSG_DONTWAIT) == 0;
  };
  for (std::size_t i = 0; i < kEarlySocketsMax; ++i) adopt();
  CHECK_FALSE(is_closed(ours.front()));
  CHECK_FALSE(world.lines.has("adopt_refused"));
  adopt();
  CHECK(is_closed(ours.back()));
  CHECK(world.lines.has("adopt_refused", "too many"));
  server.adopt(-1, "");
  CHECK(world.lines.has("adopt_refused", "closed already"));
  server.stop();
  CHECK(is_closed(ours.front()));
  adopt();
  CHECK(is_closed(ours.back()));
  CHECK(world.lines.has("adopt_refused", "stopped"));
  for (const int each : ours) ::close(each);
}

TEST_CASE("F-E18 a logger that throws ends nothing") {
  Config config = test_config();
  config.logger = [](const LogLine&) { throw std::runtime_error("the disk is full"); };
  Instance server = create_dialogue(std::move(config));
  server.on(chat, message, [](const Message&) { throw std::runtime_error("broken"); });
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("chat");
  REQUIRE(value_of(server.trigger(chat, message, Message{"Hi"})).ok());
  CHECK(ann.wait_for(FrameType::event)[7]["text"] == "Hi");
  ann.reset();
  server.stop();
}
