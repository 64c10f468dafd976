// What a shard decides for others in one turn is seen by all of them in one moment: nobody meets an effect before its cause,
// whichever way either takes. Each case is also run with shards that hand over in another way, where it must find a fault.
#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

#include "tests/server/core/support/cluster.hpp"
#include "tests/server/core/support/referee.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

constexpr std::uint64_t kSeeds = 400;  ///< a faulty hand-over is found by one of them

/// The first of the seeds with which `check(way, seed)` finds something; no value: none.
template <typename Check>
std::optional<std::uint64_t> found_by(HandOver way, const Check& check) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
    if (!check(way, seed)) return seed;
  return std::nullopt;
}

std::string resume_of(const std::string& welcome) {
  const std::size_t at = welcome.find("\"resume\":\"") + 10;
  return welcome.substr(at, welcome.find('"', at) - at);
}

/// A client of this shard that has resumed the session of another one, which `lost` shard had.
Client resumed(Cluster& cluster, const std::string& user_id, std::uint32_t lost, std::uint32_t shard) {
  const auto connected = [&](std::uint32_t wanted) {
    Client client = cluster.connect();
    while (client.shard() != wanted) client = cluster.connect();
    return client;
  };
  const auto hello = [&](const std::string& resume) {
    return R"([1,1,0,0,{"identity":{"userId":")" + user_id + R"("},"resume":")" + resume + "\"}]";
  };
  Client before = connected(lost);
  before.send(hello(""));
  const std::string secret = resume_of(before.take().at(0));
  before.lose();
  Client after = connected(shard);
  after.send(hello(secret));
  after.take();
  return after;
}

/// Goes on by a few steps at a time until `is_over()`.
template <typename Over>
void go_on(Cluster& cluster, Client& client, const Over& is_over) {
  for (int i = 0; i < 10'000 && !is_over(); ++i) client.send("[11]");
  if (!is_over()) cluster.settle();
  REQUIRE(is_over());
}

std::unique_ptr<ShardConfig> secret_config() {
  auto config = test_config();
  config->session_secret = "test";
  return config;
}

/// Clients that have resumed a session leave a room and join it in one message, as often as they can.
bool leaves_before_it_joins(HandOver way, std::uint64_t seed) {
  constexpr std::uint32_t kShards = 5;
  const std::uint32_t owner = shard_of("chat", kShards);
  Cluster cluster(kShards, secret_config(), seed);
  std::vector<Client> clients;
  std::vector<Referee> referees(3);
  for (std::uint32_t i = 0; i < referees.size(); ++i)
    clients.push_back(resumed(cluster, "u" + std::to_string(i), (owner + 1 + i) % kShards, (owner + 2 + i) % kShards));
  std::uint64_t room = 0;
  for (Client& client : clients) room = client.join("chat").room;
  for (Client& client : clients) client.take();
  cluster.interleave();
  cluster.hand_over_by(way);
  const auto judge = [&] {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      bool is_in = true;  // a JOINED while it is in, and a LEFT while it is not, came in the wrong order
      for (const std::string& text : clients[i].take()) {
        if (begins(text, {FrameType::joined}) == begins(text, {FrameType::left})) continue;
        if (begins(text, {FrameType::joined}) == is_in) return false;
        is_in = !is_in;
      }
    }
    return true;
  };
  for (std::uint64_t round = 1; round <= 10; ++round) {
    for (Client& client : clients)
      client.send(frame({FrameType::leave, 2 * round, room}) + "\n" +
                  frame({FrameType::join, 2 * round + 1, 0, 0, 0}, "\"chat\",{}"));
    cluster.settle();
    if (!judge()) return false;
  }
  return true;
}

/// A publication is answered, and then its reader is disconnected.
bool shows_the_event_before_the_end(HandOver way, std::uint64_t seed, bool is_volatile) {
  constexpr std::uint32_t kShards = 3;
  Cluster cluster(kShards, test_config(), seed);
  Client other = cluster.greeted("other"), reader = cluster.greeted("reader");
  while (reader.shard() == shard_of("chat", kShards)) reader = cluster.greeted("reader");
  reader.join("chat");
  cluster.advance(1000);
  reader.take();
  cluster.interleave();
  cluster.hand_over_by(way);
  bool is_answered = false;
  ServerPublish publish;
  publish.room_id = "chat";
  publish.event = is_volatile ? "typing" : "message";
  publish.payload = is_volatile ? "1" : kHi;
  cluster.ask(std::move(publish), [&](const PublishResult&) { is_answered = true; });
  go_on(cluster, other, [&] { return is_answered; });
  cluster.ask(
      KickUser{"reader", "gone"}, [](const KickUser::Result&) {}, other.shard());
  cluster.settle();
  const Frames frames = reader.take();
  return !frames.empty() && begins(frames.front(), {FrameType::event}) && begins(frames.back(), {FrameType::bye});
}

/// A member is disconnected, and when that is answered, somebody else joins the full room.
bool leaves_its_place_before_the_answer(HandOver way, std::uint64_t seed) {
  constexpr std::uint32_t kShards = 3;
  const std::uint32_t owner = shard_of("small", kShards);
  Cluster cluster(kShards, test_config(), seed);
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob"), eve = cluster.greeted("eve");
  while (ann.shard() == owner) ann = cluster.greeted("ann");
  while (eve.shard() == owner || eve.shard() == ann.shard()) eve = cluster.greeted("eve");
  ann.join("small");
  bob.join("small");
  cluster.interleave();
  cluster.hand_over_by(way);
  bool is_answered = false;
  cluster.ask(
      KickUser{"ann", "gone"}, [&](const KickUser::Result&) { is_answered = true; }, eve.shard());
  go_on(cluster, bob, [&] { return is_answered; });
  eve.ask_join(1, "small");
  cluster.settle();
  return begins(eve.take().back(), {FrameType::joined, 1});
}

/// A user may have one connection; the server ends it, and its client comes back as soon as it knows.
bool counts_the_end_before_it_shows(HandOver way, std::uint64_t seed) {
  auto config = test_config();
  config->limits.connections_per_user = 1;
  Cluster cluster(4, std::move(config), seed);
  Client ann = cluster.greeted("ann"), other = cluster.greeted("other");
  cluster.interleave();
  cluster.hand_over_by(way);
  ann.violate(ErrorCode::frame_too_large);
  go_on(cluster, other, [&] { return ann.close_code() != 0; });
  Client back = cluster.connect();
  while (back.shard() == ann.shard()) back = cluster.connect();
  back.send(R"([1,1,0,0,{"identity":{"userId":"ann"}}])");
  cluster.settle();
  return begins(back.take().at(0), {FrameType::welcome});
}

}  // namespace

TEST_CASE("F-P1 LEFT precedes JOINED when a client that has resumed a session leaves and joins in one message") {
  CHECK_FALSE(found_by(HandOver::in_one_moment, leaves_before_it_joins));
  CHECK(found_by(HandOver::by_receiver, leaves_before_it_joins));
}

TEST_CASE("F-V1 a publication that was answered is sent to its readers before a later call ends them") {
  const bool is_volatile = GENERATE(false, true);
  const auto check = [&](HandOver way, std::uint64_t seed) { return shows_the_event_before_the_end(way, seed, is_volatile); };
  CHECK_FALSE(found_by(HandOver::in_one_moment, check));
  CHECK(found_by(HandOver::answers_first, check));
}

TEST_CASE("F-V4 the place of a user who was disconnected is free when the call is answered") {
  CHECK_FALSE(found_by(HandOver::in_one_moment, leaves_its_place_before_the_answer));
  CHECK(found_by(HandOver::by_receiver, leaves_its_place_before_the_answer));
}

TEST_CASE("F-V5 a client that sees the end of its connection does not count twice when it returns") {
  CHECK_FALSE(found_by(HandOver::in_one_moment, counts_the_end_before_it_shows));
  CHECK(found_by(HandOver::frames_first, counts_the_end_before_it_shows));
}

}  // namespace dialogue::testing
