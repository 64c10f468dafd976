// Limits by user: so many connections at once, and so many lost ones that keep their places.
#include "server/core/connection/user_sessions.hpp"

#include <catch2/catch.hpp>

#include "server/replay/replay.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
using namespace replay;

namespace {

std::unique_ptr<ShardConfig> config_with_sessions(std::size_t per_user) {
  auto config = test_config();
  config->limits.connections_per_user = per_user;
  return config;
}

/// HELLO; what comes is left to be taken.
Client knock(Cluster& cluster, const std::string& user) {
  Client client = cluster.connect();
  client.send(R"([1,1,0,0,{"identity":{"userId":")" + user + "\"}}]");
  return client;
}

bool is_turned_away(Client client) {
  const Frames frames = client.take();
  return frames.size() == 1 && begins(frames[0], {FrameType::bye, number(ErrorCode::too_many_connections)}) &&
         client.close_code() == 4006;
}

std::string secret_in(const std::string& welcome) {
  const std::size_t at = welcome.find(R"("resume":")") + 10;
  return welcome.substr(at, welcome.find('"', at) - at);
}

std::uint64_t occupancy(Cluster& cluster, const std::string& room) {
  std::uint64_t size = 0;
  cluster.ask(RoomsQuery{}, [&](const std::vector<RoomInfo>& rooms) {
    for (const RoomInfo& each : rooms)
      if (each.id == room) size = each.size;
  });
  return size;
}

}  // namespace

TEST_CASE("R-54 a user's connections beyond the limit are refused with a time to reconnect, on every shard") {
  Cluster cluster(GENERATE(1u, 3u, 5u), config_with_sessions(4));
  std::vector<Client> anns;
  for (int i = 0; i < 4; ++i) anns.push_back(cluster.greeted("ann"));
  Client fifth = knock(cluster, "ann");
  const std::string bye = fifth.take().at(0);
  Frame read;
  REQUIRE(read_frame(bye, read) == ErrorCode::ok);
  CHECK(read.integers[0] == number(ErrorCode::too_many_connections));
  CHECK(read.integers[1] >= 10'000);
  CHECK(read.integers[1] < 30'000);
  CHECK(bye.find("A user may have at most 4 connections.") != std::string::npos);
  CHECK(cluster.greeted("bob").close_code() == 0);
  anns[2].vanish();
  CHECK(cluster.greeted("ann").close_code() == 0);
  CHECK(is_turned_away(knock(cluster, "ann")));
  anns[0].lose();
  CHECK(cluster.greeted("ann").close_code() == 0);
}

TEST_CASE("R-54 the default limit is 100 connections per user, and 0 is unlimited") {
  Cluster cluster(3);
  std::vector<Client> anns;
  for (int i = 0; i < 100; ++i) anns.push_back(cluster.greeted("ann"));
  CHECK(is_turned_away(knock(cluster, "ann")));
  Cluster open(3, config_with_sessions(0));
  for (int i = 0; i < 150; ++i) anns.push_back(open.greeted("ann"));
  CHECK(open.connection_count() == 150);
}

TEST_CASE("F-N19 limits of connections change while shards run, end no connection, and are in the recording") {
  Cluster cluster(GENERATE(1u, 3u, 5u), config_with_sessions(2));
  cluster.record({});
  const Client first = cluster.greeted("ann"), second = cluster.greeted("ann");
  CHECK(is_turned_away(knock(cluster, "ann")));
  cluster.allow(10'000, 3);
  CHECK(cluster.greeted("ann").close_code() == 0);
  CHECK(is_turned_away(knock(cluster, "ann")));
  cluster.allow(10'000, 1);
  CHECK(is_turned_away(knock(cluster, "ann")));
  CHECK(second.close_code() == 0);
  cluster.allow(10'000, 0);
  CHECK(cluster.greeted("ann").close_code() == 0);
  cluster.allow(0, 0);
  CHECK(cluster.connect().close_code() == 1013);
  CHECK(first.close_code() == 0);
  CHECK(replay::verify(cluster.recording(), [](const ReplayedInput&) {}).sentence == "The same decisions as recorded.");
}

TEST_CASE("R-54 whatever ends a connection, its user's count ends with it") {
  auto config = config_with_sessions(1);
  config->hooks.on_connect = [](HookClient& client) {
    return client.identity().name == "unwanted" ? HookDecision::deny("no") : HookDecision::allow();
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  for (int i = 0; i < 3; ++i) {
    Client denied = cluster.connect();
    denied.send(R"([1,1,0,0,{"identity":{"userId":"ann","name":"unwanted"}}])");
    CHECK(begins(denied.only(), {FrameType::bye, number(ErrorCode::denied_by_hook)}));
    Client kicked = cluster.greeted("ann");
    cluster.post(KickUser{"ann", "enough"});
    CHECK(kicked.close_code() != 0);
    Client broken = cluster.greeted("ann");
    broken.send("no frame");
    CHECK(broken.close_code() != 0);
    Client silent = cluster.greeted("ann");
    cluster.advance(60'000);
    CHECK(silent.close_code() != 0);
  }
  CHECK(cluster.greeted("ann").close_code() == 0);
}

TEST_CASE("R-54 a connection that ends while its user is counted is not counted permanently") {
  Cluster cluster(1, config_with_sessions(1));
  std::vector<std::function<void(AuthResult)>> waiting;
  cluster.identify_by(
      [&waiting](IdentityQuestion&&, std::function<void(AuthResult)> done) { waiting.push_back(std::move(done)); });
  const auto ann = [] {
    Identity identity;
    identity.user_id = "ann";
    return AuthResult(std::move(identity));
  };
  Client gone = knock(cluster, "ann");
  gone.lose();
  waiting[0](ann());
  cluster.settle();
  Client here = knock(cluster, "ann");
  waiting[1](ann());
  cluster.settle();
  CHECK(begins(here.take().at(0), {FrameType::welcome}));
}

TEST_CASE("R-54 a session that resumes in another connection counts once, as soon as the old one has ended") {
  Cluster cluster(GENERATE(1u, 3u, 5u), config_with_sessions(2));
  Client first = knock(cluster, "ann");
  const std::string secret = secret_in(first.take().at(0));
  Client second = cluster.greeted("ann", R"(,"resume":")" + secret + '"');
  CHECK(first.close_code() == 4506);
  CHECK(cluster.greeted("ann").close_code() == 0);
  CHECK(second.close_code() == 0);
}

TEST_CASE("R-54 a client that drops again and again leaves a bounded pile of places, and gets them back later") {
  Cluster cluster(GENERATE(1u, 3u, 5u), config_with_sessions(4));
  constexpr std::uint64_t kRounds = 200;
  for (std::uint64_t i = 0; i < kRounds; ++i) {
    Client ann = cluster.greeted("ann");
    ann.join("chat");
    ann.lose();
  }
  CHECK(occupancy(cluster, "chat") == kLostSessionsPerUserMax);
  Client bob = cluster.greeted("bob");
  bob.join("chat");
  bob.lose();
  CHECK(occupancy(cluster, "chat") == kLostSessionsPerUserMax + 1);
  cluster.advance(cluster.config().limits.slot_ttl_ms + 1'000);
  CHECK(occupancy(cluster, "chat") == 0);
  Client ann = cluster.greeted("ann");
  ann.join("chat");
  ann.lose();
  CHECK(occupancy(cluster, "chat") == 1);
}

TEST_CASE("F-K23 the number of remembered lost sessions is bounded, and beyond the bound lost sessions keep no places") {
  const auto config = test_config();
  Actions actions;
  ShardEffects effects(0, 2);
  effects.begin({}, actions);
  UserSessions users(*config, effects);
  const auto keeps_places = [&](const std::string& guest) {
    actions.clear();
    users.handle(EnterUser{{1, 1}, guest});
    return std::get<UserResponse>(std::get<PostMessage>(actions.at(0)).message.body()).keeps_places;
  };
  for (std::size_t i = 0; i < kLostSessionsMax + 10; ++i) {
    const std::string guest = "guest-" + std::to_string(i);
    CHECK(keeps_places(guest) == (i < kLostSessionsMax));
    users.handle(UserLeft{guest, true, nullptr});
  }
  CHECK(users.lost() == kLostSessionsMax);
  CHECK(users.size() == kLostSessionsMax);
}

TEST_CASE("F-P8 a client at its user's limit takes the place of the open session that it resumes, and of no other") {
  auto config = config_with_sessions(1);
  const bool denies = GENERATE(false, true);
  config->hooks.on_connect = [denies](HookClient& client) {
    return denies && client.identity().name == "unwanted" ? HookDecision::deny("no") : HookDecision::allow();
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client open = knock(cluster, "ann");
  const std::string secret = secret_in(open.take().at(0));
  CHECK(is_turned_away(knock(cluster, "ann")));
  Client bob = knock(cluster, "bob");
  const std::string bobs = secret_in(bob.take().at(0));
  const auto resume = [&cluster](const std::string& of, const std::string& more = "") {
    Client client = cluster.connect();
    client.send(R"([1,1,0,0,{"identity":{"userId":"ann")" + more + R"(},"resume":")" + of + "\"}]");
    return client;
  };
  CHECK(is_turned_away(resume(bobs)));
  CHECK(bob.close_code() == 0);
  CHECK(is_turned_away(resume(std::string(secret.size(), '0'))));
  CHECK(open.close_code() == 0);
  if (denies) {
    CHECK(begins(resume(secret, R"(,"name":"unwanted")").only(), {FrameType::bye, number(ErrorCode::denied_by_hook)}));
    CHECK(begins(knock(cluster, "ann").take().at(0), {FrameType::welcome}));
  } else {
    CHECK(begins(resume(secret).take().at(0), {FrameType::welcome}));
    CHECK(is_turned_away(knock(cluster, "ann")));
  }
  CHECK(open.close_code() == 4506);
}

}  // namespace dialogue::testing
