// What holds for a shard as a whole: determinism, one shard like three, late calls, and what is logged.
#include "server/core/shard/shard.hpp"

#include <catch2/catch.hpp>

#include "server/core/util/seeded_random.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

/// A random conversation of five users; returns everything that each of them got, one list per user.
std::vector<Frames> converse(Cluster& cluster, std::uint64_t seed) {
  SeededRandom random(seed);
  std::vector<Client> clients;
  std::vector<Frames> got(5);
  for (int i = 0; i < 5; ++i) clients.push_back(cluster.producer("user" + std::to_string(i)));
  std::vector<std::uint64_t> rooms;
  for (const char* id : {"chat", "small", "game-1"}) rooms.push_back(clients[0].join(id).room);
  for (int step = 0; step < 200; ++step) {
    const std::size_t who = random.below(clients.size());
    Client& client = clients[who];
    const std::uint64_t room = rooms[random.below(rooms.size())];
    switch (random.below(5)) {
      case 0:
        client.ask_join(1 + random.below(9), random.below(2) == 0 ? "chat" : "game-1");
        break;
      case 1:
        client.send(frame({FrameType::leave, 1, room}));
        break;
      case 2:
        client.send(frame({random.below(2) == 0 ? FrameType::subscribe : FrameType::unsubscribe, 1, room, random.below(5)}));
        break;
      case 3:
        client.publish(room, 1 + random.below(4), 1 + random.below(3), R"({"text":"x"})");
        break;
      default:
        cluster.advance(random.below(300));
        break;
    }
    for (std::size_t i = 0; i < clients.size(); ++i)
      for (std::string& text : clients[i].take()) got[i].push_back(std::move(text));
  }
  return got;
}

/// The kinds of frames, which do not hang on the numbers and epochs that shards give. Without SKIP: each shard tells its members'
/// skips in its own time.
std::vector<Frames> kinds(const std::vector<Frames>& got) {
  std::vector<Frames> all;
  for (const Frames& frames : got) {
    all.emplace_back();
    for (const std::string& text : frames)
      if (!begins(text, {FrameType::skip})) all.back().push_back(text.substr(0, text.find(',')));
  }
  return all;
}

}  // namespace

TEST_CASE("the same seed and the same inputs give the same bytes, another seed other epochs") {
  const std::uint32_t shards = GENERATE(1u, 3u, 5u);
  Cluster first(shards, test_config(), 5), second(shards, test_config(), 5), third(shards, test_config(), 6);
  const auto got = converse(first, 1);
  CHECK(got == converse(second, 1));
  CHECK(got != converse(third, 1));
  CHECK(first.log() == second.log());
}

TEST_CASE("one shard and three answer the same conversation in the same way") {
  const std::uint64_t seed = GENERATE(range(1, 21));
  Cluster one(1), three(3);
  CHECK(kinds(converse(one, seed)) == kinds(converse(three, seed)));
}

TEST_CASE("calls about an ended connection do nothing, even when its slot is used again") {
  const auto config = test_config();
  Shard shard(*config, 0, 1, 7);
  const Time now{1000, kStartUnixMs};
  Actions actions;
  const ConnectionId first = shard.apply(ConnectionOpened{}, now, actions).opened;
  shard.apply(ConnectionClosed{first}, now, actions);
  const ConnectionId second = shard.apply(ConnectionOpened{}, now, actions).opened;
  CHECK((first & 0xFFFFFFFF) == (second & 0xFFFFFFFF));
  CHECK(first != second);
  actions.clear();
  std::string message = "[1,1,0,0,{}]";
  for (const ConnectionId stale : {first, ConnectionId{0}, ~ConnectionId{0}}) {
    shard.apply(MessageReceived{stale, message}, now, actions);
    shard.apply(ProtocolViolation{stale, ErrorCode::binary_unsupported}, now, actions);
    shard.apply(BacklogChanged{stale, 1 << 30, 1 << 30}, now, actions);
    shard.apply(PeerAlive{stale}, now, actions);
    shard.apply(ConnectionClosed{stale}, now, actions);
  }
  CHECK(actions.empty());
  CHECK(shard.connection_count() == 1);
}

TEST_CASE("a join that its owner shard grants after the connection broke is released") {
  const auto config = test_config();
  Shard here(*config, 0, 2, 7), there(*config, 1, 2, 7);
  const Time now{1000, kStartUnixMs};
  REQUIRE(shard_of("game-2", 2) + shard_of("game-3", 2) == 1);  // one of them is at home over there
  const std::string room = shard_of("game-2", 2) == 1 ? "game-2" : "game-3";
  Actions actions;
  const ConnectionId id = here.apply(ConnectionOpened{}, now, actions).opened;
  std::string message = "[1,1,0,0,{}]\n[2,1,0,0,0,\"" + room + "\",{}]";
  here.apply(MessageReceived{id, message}, now, actions);
  answer_identities(here, now, actions);
  here.apply(ConnectionClosed{id}, now, actions);
  MemoryStore store(7);
  const auto carry = [&](Actions& from, Shard& to) {
    Actions answers;
    for (Action& action : from)
      if (auto* post = std::get_if<PostMessage>(&action)) to.apply(ShardMessageReceived{std::move(post->message)}, now, answers);
    answer_store(to, store, now, answers);
    return answers;
  };
  Actions granted = carry(actions, there);
  Actions given_back = carry(granted, here);
  CHECK(given_back.size() == 1);
  carry(given_back, there);
  std::uint64_t size = 7;
  Actions asked;
  there.apply(ShardMessageReceived{RoomsQuery{.call = 5}}, now, asked);
  Actions parts = carry(asked, here);
  const Actions answered = carry(parts, there);
  REQUIRE(answered.size() == 1);
  REQUIRE(std::get<AnswerCall>(answered[0]).call == 5);
  for (const RoomInfo& info : std::get<std::vector<RoomInfo>>(*std::get<AnswerCall>(answered[0]).result))
    if (info.id == room) size = info.size;
  CHECK(size == 0);
}

TEST_CASE("at most kPublishInFlightMax publications of a member wait for their room's home") {
  const auto config = test_config();
  Shard here(*config, 0, 2, 7), there(*config, 1, 2, 7);
  const Time now{1000, kStartUnixMs};
  const std::string room = shard_of("game-2", 2) == 1 ? "game-2" : "game-3";
  Actions actions;
  const ConnectionId id = here.apply(ConnectionOpened{}, now, actions).opened;
  std::string message = R"([1,1,0,0,{"producer":{"id":"p"}}])"
                        "\n[2,1,0,0,0,\"" +
                        room + "\",{}]";
  here.apply(MessageReceived{id, message}, now, actions);
  answer_identities(here, now, actions);
  Actions granted, joined, sent;
  for (Action& action : actions)
    if (auto* post = std::get_if<PostMessage>(&action)) there.apply(ShardMessageReceived{std::move(post->message)}, now, granted);
  MemoryStore store(7);
  answer_store(there, store, now, granted);
  for (Action& action : granted)
    if (auto* post = std::get_if<PostMessage>(&action)) here.apply(ShardMessageReceived{std::move(post->message)}, now, joined);
  Frame told;
  for (const Action& action : joined)
    if (const auto* send = std::get_if<SendFrame>(&action)) REQUIRE(read_frame(*send->text, told) == ErrorCode::ok);
  REQUIRE(told.type == FrameType::joined);
  const std::uint64_t number = told.integers[1];
  for (std::uint64_t i = 1; i <= kPublishInFlightMax + 1; ++i) {
    std::string publication = frame({FrameType::publish, number, kMove, i, 0}, "1");
    here.apply(MessageReceived{id, publication}, now, sent);
  }
  std::size_t posted = 0;
  Frames frames;
  for (const Action& action : sent) {
    posted += std::holds_alternative<PostMessage>(action) ? 1 : 0;
    if (const auto* send = std::get_if<SendFrame>(&action)) frames.push_back(*send->text);
  }
  CHECK(posted == kPublishInFlightMax);
  CHECK(frames == Frames{frame({FrameType::nack, number, kPublishInFlightMax + 1,
                                ::dialogue::testing::number(ErrorCode::producer_in_flight), 0},
                               R"({"message":"More than 64 publications are unanswered.","argument":"64"})")});
  const auto limit = metrics::place_of(metrics::LimitKind::publications_in_flight);
  CHECK(here.read_metrics()->values.at(metrics::cell_of(metrics::Metric::limit_hits_total, limit)) == 1);
}

TEST_CASE("log lines report connections, joins and refusals, and never tokens or payloads") {
  Cluster cluster(1);
  PeerFacts peer;
  peer.address = "192.0.2.7";
  peer.query_token = "secret-token";
  Client wrong = cluster.connect(peer);
  wrong.send(R"([1,1,0,0,{"token":"other-secret"}])");
  Client ann = cluster.greeted("ann", R"(,"client":"test/1")");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, R"({"secret-key":1})");
  ann.ask_join(1, "chat");
  ann.vanish();
  std::string all;
  for (const std::string& line : cluster.log()) {
    all += line.substr(0, line.find(' ')) + " ";
    CHECK(line.find("secret") == std::string::npos);
  }
  CHECK(all == "turned_away connected joined refused refused left disconnected ");
  CHECK(cluster.log()[0] ==
        R"(turned_away {"code":"unauthorized","reason":"this server has no key to check a token with","address":"192.0.2.7"})");
}

TEST_CASE("R-61 a cause writes at most 100 lines a second, and reports the number of suppressed ones") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  const auto refusals = [&cluster] {
    std::size_t count = 0;
    for (const std::string& line : cluster.log()) count += line.rfind("refused", 0) == 0 ? 1 : 0;
    return count;
  };
  for (int i = 0; i < 150; ++i) ann.ask_join(1, "nowhere");
  CHECK(refusals() == 100);
  cluster.advance(1000);
  ann.ask_join(1, "nowhere");
  CHECK(refusals() == 101);
  CHECK(cluster.log().back().find("\"swallowed\":50}") != std::string::npos);
}

TEST_CASE("lines beyond the log's limit are passed with their fields to observers that want them, and no others") {
  auto config = test_config();
  config->wants_line = [](std::string_view event) { return event == "refused"; };
  Cluster cluster(1, std::move(config));
  Client ann = cluster.greeted("ann");
  for (int i = 0; i < 150; ++i) ann.ask_join(1, "nowhere");
  for (int i = 0; i < 150; ++i) {
    ann.join("chat");
    ann.send(R"([3,1,1])");
  }
  std::map<std::string, int> counts;
  for (const std::string& line : cluster.log()) ++counts[line.substr(0, line.find(" {"))];
  CHECK(counts["refused"] == 100);
  CHECK(counts["swallowed refused"] == 50);
  CHECK(counts["left"] == 100);
  CHECK(counts["swallowed left"] == 0);
  CHECK(cluster.log().at(149).find("room_unknown") != std::string::npos);
}

TEST_CASE("a room has the same owner shard everywhere, and owners are spread") {
  std::vector<int> homes(4);
  for (int i = 0; i < 4000; ++i) ++homes[shard_of("game-" + std::to_string(i), 4)];
  for (const int count : homes) {
    CHECK(count > 800);
    CHECK(count < 1200);
  }
  CHECK(shard_of("chat", 1) == 0);
}

}  // namespace dialogue::testing
