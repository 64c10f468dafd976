// WATCH, UNWATCH, STATE and what comes of them, over several shards.
#include <catch2/catch.hpp>

#include <memory>
#include <string>

#include "server/core/presence/state_watches.hpp"
#include "server/replay/replay.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/define/define.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {
struct Pointer {
  int x = 0;
};
}  // namespace

}  // namespace dialogue::testing

template <>
inline constexpr auto dialogue::describe<dialogue::testing::Pointer> =
    dialogue::fields(dialogue::field<&dialogue::testing::Pointer::x>("x", dialogue::minimum(0)));

namespace dialogue::testing {

namespace {

constexpr auto kRemark = define_event<Pointer>("remark");
constexpr auto kDocument = define_room("doc-{id}", {}, kRemark);
constexpr auto kStaffOnly = define_room("staff", {.access = {.presence = {"user:ann"}}}, kRemark);
constexpr auto kPlain = define_room("plain", {}, kRemark);
constexpr auto kStatesApp =
    define_app(kDocument, kStaffOnly, kPlain, define_presence<Pointer>(kDocument, {.rate = 10, .grace = "1s"}),
               define_presence<Pointer>(kStaffOnly));

struct States {
  explicit States(std::uint32_t shards, ShardLimits limits = {}) : cluster(shards, config(limits)) {}
  static std::unique_ptr<ShardConfig> config(const ShardLimits& limits) {
    auto made = std::make_unique<ShardConfig>();
    made->definitions = make_definitions(kStatesApp);
    made->catalogue_bytes = make_catalogue(made->definitions).bytes;
    made->catalogue = CatalogueView::parse(made->catalogue_bytes).value();
    made->session_secret = "secret";
    made->limits = limits;
    return made;
  }
  Client in_room(std::string_view user_id, std::string_view more = {}) {
    Client client = cluster.greeted(user_id, more);
    client.join("doc-1");
    cluster.advance(1000);
    client.take();
    return client;
  }
  /// The room's number.
  std::uint64_t watch(Client& client, std::string_view room = "doc-1", std::string_view options = "{}") {
    client.send(watching(1, room, options));
    const std::string answer = client.only();
    INFO(answer);
    REQUIRE(begins(answer, {FrameType::watched, 1, 0}));
    return std::stoull(answer.substr(8));
  }
  static std::string watching(std::uint64_t req, std::string_view room, std::string_view options = "{}") {
    return frame({FrameType::watch, req}, '"' + std::string(room) + "\"," + std::string(options));
  }
  static std::string state(std::string_view state, std::uint64_t req = 9, std::string_view room = "doc-1") {
    return frame({FrameType::state, req}, '"' + std::string(room) + "\"," + std::string(state));
  }
  static std::string report(std::uint64_t room, std::uint64_t clock, std::string_view changes) {
    return frame({FrameType::states, room, clock}, changes);
  }

  Cluster cluster;
};

}  // namespace

TEST_CASE("a watcher receives a page, then what changes: at once, then together at the rate") {
  States states(GENERATE(1u, 3u, 5u));
  Client ann = states.in_room("ann"), bob = states.in_room("bob"), cleo = states.cluster.greeted("cleo");
  ann.send(States::state(R"({"x":1})"));
  const std::uint64_t room = states.watch(cleo);  // not joined
  states.watch(bob);
  states.cluster.advance(1000);
  ann.take();  // who joined
  bob.send(States::state(R"({"x":2})"));
  states.cluster.advance(1);
  const std::string first = States::report(room, 1, R"({"states":[{"userId":"bob","state":{"x":2}}]})");
  CHECK(cleo.take() == Frames{first});
  CHECK(bob.take() == Frames{first});
  CHECK(ann.take().empty());  // it does not watch
  for (int x = 3; x < 8; ++x) ann.send(States::state("{\"x\":" + std::to_string(x) + '}'));
  states.cluster.advance(98);
  CHECK(cleo.take().empty());
  states.cluster.advance(2);
  CHECK(cleo.take() == Frames{States::report(room, 2, R"({"states":[{"userId":"ann","state":{"x":7}}]})")});
  cleo.send(States::watching(2, "doc-1"));
  CHECK(cleo.only() == frame({FrameType::watched, 2, 0, room, 2},
                             R"({"rate":10,"members":[{"userId":"ann","state":{"x":7}},{"userId":"bob","state":{"x":2}}]})"));
}

TEST_CASE("null clears a state, and LEAVE ends it") {
  States states(GENERATE(1u, 3u, 5u));
  Client ann = states.in_room("ann"), bob = states.in_room("bob"), cleo = states.cluster.greeted("cleo");
  const std::uint64_t room = states.watch(cleo);
  ann.send(States::state(R"({"x":1})"));
  bob.send(States::state(R"({"x":1})"));
  states.cluster.advance(200);
  cleo.take();
  ann.send(States::state("null"));
  bob.send(frame({FrameType::leave, 5, room}));
  states.cluster.advance(200);
  std::string changes;
  for (const std::string& text : cleo.take()) changes += text;
  CHECK(changes.find("\"ann\"") != std::string::npos);
  CHECK(changes.find("\"bob\"") != std::string::npos);
  CHECK(changes.find("left") != std::string::npos);
  CHECK(changes.find("\"states\"") == std::string::npos);
}

TEST_CASE("a lost connection's state stays for the grace, and a resumed session has it without a leave") {
  States states(GENERATE(1u, 3u, 5u));
  Client cleo = states.cluster.greeted("cleo");
  states.watch(cleo);
  Client ann = states.in_room("ann"), bob = states.in_room("bob");
  ann.send(States::state(R"({"x":1})"));
  bob.send(States::state(R"({"x":1})"));
  states.cluster.advance(200);
  cleo.take();
  ann.lose();
  bob.vanish();  // a page that is reloaded says good-bye
  states.cluster.advance(900);
  CHECK(cleo.take().empty());
  Client again = states.in_room("bob");  // a second passes
  const Frames frames = cleo.take();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].find("left") != std::string::npos);
}

TEST_CASE("F-J5 a lost session's state ends at once when its place is given back") {
  States states(GENERATE(1u, 3u, 5u));
  const auto greeted = [&](const std::string& resume) {
    Client client = states.cluster.connect();
    client.send(frame({FrameType::hello, 1, 0, states.cluster.config().catalogue.fingerprint()},
                      R"({"identity":{"userId":"ann"},"resume":")" + resume + "\"}"));
    return client;
  };
  Client cleo = states.cluster.greeted("cleo"), ann = greeted({});
  const std::string welcome = ann.only();
  const std::size_t at = welcome.find("\"resume\":\"") + 10;
  ann.join("doc-1");
  const std::uint64_t room = states.watch(cleo);
  ann.send(States::state(R"({"x":1})"));
  states.cluster.advance(200);
  cleo.take();
  ann.lose();
  Client back = greeted(welcome.substr(at, welcome.find('"', at) - at));
  back.send(frame({FrameType::join, 1, kReleasePlace, 0, 0}, R"("doc-1",{})"));
  states.cluster.advance(100);
  CHECK(cleo.take() == Frames{States::report(room, 2, R"({"left":["ann"]})")});
}

TEST_CASE("a kicked user's state ends at once") {
  States states(GENERATE(1u, 3u, 5u));
  Client ann = states.in_room("ann"), cleo = states.cluster.greeted("cleo");
  const std::uint64_t room = states.watch(cleo);
  ann.send(States::state(R"({"x":1})"));
  states.cluster.advance(200);
  cleo.take();
  std::size_t kicked = 0;
  states.cluster.ask(KickUser{"ann", "enough"}, [&](std::size_t count) { kicked = count; });
  states.cluster.advance(1);
  CHECK(kicked == 1);
  CHECK(cleo.take() == Frames{States::report(room, 2, R"({"left":["ann"]})")});
}

TEST_CASE("what may not be watched or set is refused with its reason, and the connection goes on") {
  States states(GENERATE(1u, 3u, 5u));
  Client ann = states.in_room("ann"), bob = states.cluster.greeted("bob");
  const auto answer = [](Client& client, const std::string& text) {
    client.send(text);
    return client.only();
  };
  const auto is = [](const std::string& text, ErrorCode code) { return begins(text, {FrameType::watched, 7, number(code)}); };
  CHECK(is(answer(bob, States::watching(7, "staff")), ErrorCode::forbidden));
  CHECK(is(answer(bob, States::watching(7, "nowhere")), ErrorCode::room_unknown));
  CHECK(is(answer(bob, States::watching(7, "plain")), ErrorCode::request_invalid));
  CHECK(is(answer(bob, States::watching(7, "doc-1", "[]")), ErrorCode::request_invalid));
  CHECK(is(answer(bob, R"([18,7,"doc-1",{"after":1}])"), ErrorCode::request_invalid));
  CHECK(is(answer(bob, R"([18,7,"doc-1"])"), ErrorCode::request_invalid));
  CHECK(is(answer(bob, States::state(R"({"x":1})", 7)), ErrorCode::not_joined));
  const std::string invalid = answer(ann, States::state(R"({"x":-1})", 7));
  CHECK(begins(invalid, {FrameType::watched, 7, number(ErrorCode::too_small)}));
  CHECK(invalid.find(R"("path":"$.x")") != std::string::npos);
  CHECK(is(answer(ann, States::state('"' + std::string(kStateBytesMax, 'x') + '"', 7)), ErrorCode::payload_too_large));
  CHECK(is(answer(ann, R"([20,7,"doc-1",{"x":1)"), ErrorCode::request_invalid));
  ann.send("[19,12345]");  // of no watch
  CHECK(ann.take().empty());
  CHECK(begins(answer(ann, R"([18,0,"doc-1",{}])"), {FrameType::bye, number(ErrorCode::frame_malformed)}));
}

TEST_CASE("a connection sets states at no more than twice the rate") {
  States states(1);
  Client ann = states.in_room("ann");
  for (int i = 0; i < 20; ++i) ann.send(States::state(R"({"x":1})"));
  CHECK(ann.take().empty());
  ann.send(States::state(R"({"x":1})"));
  const std::string refused = ann.only();
  CHECK(begins(refused, {FrameType::watched, 9, number(ErrorCode::rate_limited)}));
  CHECK(refused.find("retryAfterMs") != std::string::npos);
  states.cluster.advance(50);
  ann.send(States::state(R"({"x":2})"));
  CHECK(ann.take().empty());
}

TEST_CASE("a connection has as many watches as it may have rooms") {
  States states(GENERATE(1u, 3u, 5u), {.rooms_per_connection_max = 2});
  Client ann = states.cluster.greeted("ann");
  const std::uint64_t first = states.watch(ann, "doc-1");
  states.watch(ann, "doc-2");
  states.watch(ann, "doc-1");  // the same again
  ann.send(States::watching(7, "doc-3"));
  CHECK(begins(ann.only(), {FrameType::watched, 7, number(ErrorCode::too_many_states)}));
  ann.send(frame({FrameType::unwatch, first}));
  states.watch(ann, "doc-3");
}

TEST_CASE("a watcher whose queue is full misses reports, and is notified when it has shrunk") {
  States states(GENERATE(1u, 3u, 5u));
  Client ann = states.in_room("ann"), cleo = states.cluster.greeted("cleo");
  const std::uint64_t room = states.watch(cleo);
  const std::size_t full = states.cluster.config().limits.lag_bytes_max;
  cleo.backlog(full, 0);
  ann.send(States::state(R"({"x":1})"));
  states.cluster.advance(1000);
  CHECK(cleo.take().empty());
  cleo.backlog(0, 0);
  states.cluster.advance(kWatchRetryMs);
  CHECK(cleo.only() == States::report(room, 0, "{}"));
  ann.send(States::state(R"({"x":2})"));
  states.cluster.advance(100);
  CHECK(begins(cleo.only(), {FrameType::states, room}));
}

TEST_CASE("a watch ends with its room and with its connection; a watched room is not freed") {
  States states(GENERATE(1u, 3u, 5u), {.room_idle_ms = 1000});
  Client ann = states.cluster.greeted("ann"), bob = states.cluster.greeted("bob");
  const std::uint64_t room = states.watch(ann);
  CHECK(states.watch(bob) == room);
  states.cluster.advance(3000);
  CHECK(states.watch(bob) == room);
  ann.vanish();
  ErrorCode code{};
  states.cluster.ask(DeleteRoom{"doc-1"}, [&](ErrorCode result) { code = result; });
  states.cluster.settle();
  CHECK(code == ErrorCode::ok);
  CHECK(begins(bob.only(), {FrameType::watched, 0, number(ErrorCode::room_deleted), room}));
  CHECK(states.watch(bob) != room);
}

TEST_CASE("F-V2 a further page that crosses the end of its room begins a watch of the room that has followed") {
  States states(GENERATE(3u, 5u));
  const std::uint32_t home = shard_of("doc-1", states.cluster.shard_count());
  Client ann = states.cluster.greeted("ann");
  while (ann.shard() == home) ann = states.cluster.greeted("ann");
  const std::uint64_t first = states.watch(ann);
  states.cluster.hold_mail(ann.shard(), true);
  states.cluster.post(DeleteRoom{"doc-1"}, home);
  ann.send(States::watching(2, "doc-1", R"({"after":"a"})"));
  states.cluster.hold_mail(ann.shard(), false);
  states.cluster.settle();
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(begins(frames[0], {FrameType::watched, 0, number(ErrorCode::room_deleted), first}));
  CHECK(begins(frames[1], {FrameType::watched, 2, 0}));
  Client bob = states.in_room("bob");
  bob.send(States::state(R"({"x":1})"));
  states.cluster.advance(1000);
  CHECK(begins(ann.only(), {FrameType::states}));
}

TEST_CASE("F-V2 further pages of a watch count once, and not at all behind UNWATCH") {
  States states(GENERATE(1u, 3u, 5u), {.room_idle_ms = 1000});
  Client ann = states.cluster.greeted("ann");
  const std::uint64_t room = states.watch(ann);
  for (int i = 0; i < 3; ++i) CHECK(states.watch(ann, "doc-1", R"({"after":"a"})") == room);
  const std::uint32_t home = shard_of("doc-1", states.cluster.shard_count());
  states.cluster.hold_mail(home, true);
  ann.send(States::watching(2, "doc-1", R"({"after":"a"})"));
  ann.send(frame({FrameType::unwatch, room}));
  states.cluster.hold_mail(home, false);
  states.cluster.settle();
  CHECK(begins(ann.only(), {FrameType::watched, 2, 0, room}));
  states.cluster.advance(3000);
  CHECK(states.watch(ann) != room);  // nobody watched it, so it was freed
}

TEST_CASE("F-V7 a WATCH without an answer is refused in time, and what is granted later is given back") {
  States states(3, {.room_idle_ms = 1000});
  Client ann = states.cluster.greeted("ann");
  const std::uint32_t home = shard_of("doc-1", 3);
  while (ann.shard() == home) ann = states.cluster.greeted("ann");
  states.cluster.hold_mail(home, true);
  ann.send(States::watching(2, "doc-1"));
  for (std::uint64_t ms = 0; ms < kRequestTimeoutMs; ms += 5'000, ann.pong()) states.cluster.advance(5'000);
  Frames frames = ann.take();
  std::erase_if(frames, [](const std::string& text) { return begins(text + ",", {FrameType::ping}) || text.starts_with("[46"); });
  REQUIRE(frames.size() == 1);
  CHECK(begins(frames[0], {FrameType::watched, 2, number(ErrorCode::store_unavailable)}));
  states.cluster.hold_mail(home, false);
  states.cluster.settle();
  CHECK(ann.take().empty());
  const std::uint64_t room = states.watch(ann);
  ann.send(frame({FrameType::unwatch, room}));
  states.cluster.advance(3000);
  CHECK(states.watch(ann) != room);
}

TEST_CASE("states are repeated by a replay") {
  States states(2);
  states.cluster.record({});
  Client ann = states.in_room("ann"), cleo = states.cluster.greeted("cleo");
  states.watch(cleo);
  ann.send(States::state(R"({"x":1})"));
  states.cluster.advance(1000);
  ann.lose();
  states.cluster.advance(2000);
  const auto report = replay::verify(states.cluster.recording(), [](const auto&) {});
  CHECK(report.sentence == "The same decisions as recorded.");
}

}  // namespace dialogue::testing
