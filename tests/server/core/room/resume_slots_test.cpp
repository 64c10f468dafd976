// Sessions that go on in another connection: the place in a full room, presence, and who may not have them.
#include "server/core/room/resume_slots.hpp"

#include <malloc.h>

#include <catch2/catch.hpp>

#include "server/core/connection/session_secret.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

struct Session {
  Client client;
  std::string secret;
};

/// A greeted session with the secret that WELCOME gave it, going on with another one where `resume` names it.
Session begin(Cluster& cluster, const std::string& user, const std::string& resume = {}) {
  Client client = cluster.connect();
  client.send(frame({FrameType::hello, 1, 0, cluster.config().catalogue.fingerprint()},
                    R"({"identity":{"userId":")" + user + R"("},"resume":")" + resume + "\"}"));
  const std::string welcome = client.only();
  const std::size_t at = welcome.find("\"resume\":\"") + 10;
  return {client, welcome.substr(at, welcome.find('"', at) - at)};
}

std::unique_ptr<ShardConfig> secret_config() {
  auto config = test_config();
  config->session_secret = "test";
  return config;
}

struct FullRoom {
  Session ann, bob;
};

/// Both are in the room for two, and have read what that caused.
FullRoom full_room(Cluster& cluster) {
  FullRoom room{begin(cluster, "ann"), begin(cluster, "bob")};
  room.ann.client.join("small");
  room.bob.client.join("small");
  cluster.advance(1000);
  room.ann.client.take();
  room.bob.client.take();
  return room;
}

/// Eve, who has no place there, finds the room full.
void check_full(Session& eve) {
  eve.client.ask_join(1, "small");
  CHECK(eve.client.only() == refused(1, ErrorCode::room_full, "2"));
}

/// A session on this shard; connections go round the shards.
Session begin_at(Cluster& cluster, std::uint32_t shard, const std::string& user, const std::string& resume) {
  while ((cluster.connect().shard() + 1) % cluster.shard_count() != shard) continue;
  return begin(cluster, user, resume);
}

/// When the mail of this shard comes, JOIN 4 is granted, and its place is the only one that is taken in the room for two.
void check_only_place(Cluster& cluster, std::uint32_t held, Session& joined) {
  cluster.hold_mail(held, false);
  cluster.settle();
  CHECK(begins(joined.client.take().at(0), {FrameType::joined, 4}));
  CHECK(cluster.metric(metrics::Metric::sessions_held) == 0);
  CHECK(begin(cluster, "cleo").client.join("small").object.find("\"connections\":2") == std::string::npos);
  Session eve = begin(cluster, "eve");
  check_full(eve);
}

}  // namespace

TEST_CASE("the place in a full room is kept for a lost session, and no other client gets it") {
  Cluster cluster(GENERATE(1u, 3u, 5u), secret_config());
  auto [ann, bob] = full_room(cluster);
  ann.client.lose();
  cluster.advance(60'000);
  bob.client.pong();
  Session eve = begin(cluster, "eve");
  check_full(eve);
  Session back = begin(cluster, "ann", ann.secret);
  CHECK(back.client.join("small").object.find("\"userId\":\"ann\"") != std::string::npos);
  eve.client.ask_join(2, "small");
  CHECK(eve.client.only() == refused(2, ErrorCode::room_full, "2"));
}

TEST_CASE("a place is free again after 120 s, immediately after an orderly end, and a secret works once") {
  Cluster cluster(GENERATE(1u, 3u, 5u), secret_config());
  Session ann = begin(cluster, "ann"), bob = begin(cluster, "bob");
  ann.client.join("small");
  bob.client.join("small");
  const bool in_order = GENERATE(false, true);
  if (in_order)
    ann.client.vanish();
  else
    ann.client.lose();
  for (int i = 0; i < 13 && !in_order; ++i) {
    cluster.advance(10'000);
    bob.client.pong();
  }
  begin(cluster, "eve").client.join("small");
  Session late = begin(cluster, "ann", ann.secret);
  late.client.ask_join(1, "small");
  CHECK(late.client.only() == refused(1, ErrorCode::room_full, "2"));
}

TEST_CASE("F-J5 JOIN gives back the place of the session that its connection resumes") {
  Cluster cluster(GENERATE(1u, 3u, 5u), secret_config());
  Session ann = begin(cluster, "ann"), bob = begin(cluster, "bob"), eve = begin(cluster, "eve");
  const auto release = [](Client& client, std::uint64_t req) {
    client.send(frame({FrameType::join, req, kReleasePlace, 0, 0}, R"("small",{})"));
    CHECK(client.only() == frame({FrameType::reply, req, 0}, "{}"));
  };
  ann.client.join("small");
  bob.client.join("small");
  cluster.advance(1000);
  bob.client.take();
  ann.client.lose();
  release(eve.client, 1);
  Session back = begin(cluster, "ann", ann.secret);
  release(back.client, 1);
  release(back.client, 2);  // there is none any more
  cluster.advance(1000);
  CHECK(bob.client.only().find(R"("left":["ann"])") != std::string::npos);
  back.client.join("small");
  release(back.client, 3);  // it is a member
  eve.client.ask_join(3, "small");
  CHECK(eve.client.only() == refused(3, ErrorCode::room_full, "2"));
}

TEST_CASE("a client that resumes within the grace is never reported as gone, any other is reported after it") {
  Cluster cluster(GENERATE(1u, 3u, 5u), secret_config());
  Session ann = begin(cluster, "ann"), bob = begin(cluster, "bob");
  ann.client.join("chat");
  bob.client.join("chat");
  cluster.advance(1000);
  ann.client.take();
  bob.client.take();
  ann.client.lose();
  cluster.advance(2000);
  Session back = begin(cluster, "ann", ann.secret);
  back.client.join("chat");
  cluster.advance(10'000);
  for (const std::string& text : bob.client.take()) CHECK(text.find("\"left\"") == std::string::npos);
  back.client.lose();
  cluster.advance(kPresenceGraceMs - 1);
  CHECK(bob.client.take().empty());
  cluster.advance(1000);
  CHECK(bob.client.only().find(R"("left":["ann"])") != std::string::npos);
}

TEST_CASE("a connection whose session resumes before its loss was detected ends with replaced") {
  Cluster cluster(GENERATE(1u, 3u, 5u), secret_config());
  Session ann = begin(cluster, "ann"), bob = begin(cluster, "bob");
  ann.client.join("small");
  bob.client.join("small");
  bob.client.take();
  ann.client.take();
  Session back = begin(cluster, "ann", ann.secret);
  CHECK(ann.client.take().back() == bye(ErrorCode::replaced));
  CHECK(ann.client.close_code() == 4506);
  back.client.join("small");
  cluster.advance(1000);
  for (const std::string& text : bob.client.take()) CHECK(text.find("\"left\"") == std::string::npos);
  Session other = begin(cluster, "eve", back.secret);  // another user's: nothing happens
  CHECK(back.client.close_code() == 0);
}

// The client presents the secret of the last WELCOME that it had, so it is the same one as before.
TEST_CASE("F-J5 the application's join takes the place of the session that its connection replaces") {
  auto config = secret_config();
  config->hooks.on_connect = [](HookClient& client) {
    client.join("chat");
    return HookDecision::allow();
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  std::string secret;
  for (int i = 0; i < 4; ++i) {
    Client client = cluster.connect();
    client.send(frame({FrameType::hello, 1, 0, cluster.config().catalogue.fingerprint()},
                      R"({"identity":{"userId":"ann"},"resume":")" + secret + "\"}"));
    const std::string welcome = client.take().at(0);
    const std::size_t at = welcome.find("\"resume\":\"") + 10;
    secret = welcome.substr(at, welcome.find('"', at) - at);
  }
  std::uint64_t connections = 0;
  cluster.ask(MembersQuery{"chat", {}}, [&](const MembersQuery::Result& result) {
    for (const UserInfo& user : result.members) connections += user.connections;
  });
  CHECK(connections == 1);
}

TEST_CASE("a client without the WELCOME of a resumed session gets that session's place in a full room") {
  Cluster cluster(GENERATE(1u, 3u, 5u), secret_config());
  auto [ann, bob] = full_room(cluster);
  ann.client.lose();
  Session unheard = begin(cluster, "ann", ann.secret);
  unheard.client.join("small");
  for (int attempt = 0; attempt < 3; ++attempt) {
    Session back = begin(cluster, "ann", ann.secret);
    back.client.ask_join(1, "small");
    CHECK(back.client.only() == refused(1, ErrorCode::room_full, "2"));  // both may be alive, and each the one that counts
    CHECK(unheard.client.close_code() == 0);
    unheard.client.lose();
    back.client.join("small");
    unheard = back;
  }
  unheard.client.lose();
  Session eve = begin(cluster, "eve");
  check_full(eve);
}

TEST_CASE("a client that was cut before its JOIN, as often as that may be, has the place that it had before") {
  Cluster cluster(GENERATE(1u, 3u, 5u), secret_config());
  auto [ann, bob] = full_room(cluster);
  for (int i = 0; i < 5; ++i) {
    ann.client.lose();
    ann = begin(cluster, "ann", ann.secret);
  }
  ann.client.join("small");
  cluster.advance(kPresenceGraceMs);
  CHECK(bob.client.take().empty());
  ann.client.vanish();
  CHECK(begin(cluster, "eve").client.join("small").room != 0);  // nothing else is kept
}

TEST_CASE("a connection that is cut before its JOIN is answered keeps the place that the JOIN took over") {
  const std::uint32_t shards = GENERATE(2u, 3u), idle = GENERATE(0u, 1u, 2u);
  Cluster cluster(shards, secret_config());
  auto [ann, bob] = full_room(cluster);
  Session eve = begin(cluster, "eve");
  ann.client.lose();
  for (std::uint32_t i = 0; i < idle; ++i) static_cast<void>(cluster.connect());  // the next is of another shard
  Client cut = cluster.connect();
  cluster.hold_mail(cut.shard(), true);
  cut.send(frame({FrameType::hello, 1, 0, cluster.config().catalogue.fingerprint()},
                 R"({"identity":{"userId":"ann"},"resume":")" + ann.secret + "\"}") +
           "\n[2,1,0,0,0,\"small\",{}]");
  cut.lose();
  cluster.hold_mail(cut.shard(), false);
  cluster.settle();
  cluster.advance(kPresenceGraceMs - 1);
  CHECK(bob.client.take().empty());
  check_full(eve);
  begin(cluster, "ann", ann.secret).client.join("small");
}

TEST_CASE("F-V3 a JOIN waits for what the session that it resumes may still get, and takes that place over") {
  constexpr std::uint32_t kShards = 5;
  const std::uint32_t owner = shard_of("small", kShards), first = (owner + 1) % kShards;
  const bool was_cut_before_its_join = GENERATE(false, true), looks_alive = GENERATE(false, true);
  const std::string user = GENERATE("bea", "bob");
  Cluster cluster(kShards, secret_config());
  Session lost = begin_at(cluster, first, "bea", "");
  lost.client.join("small");
  if (!looks_alive) lost.client.lose();
  cluster.hold_mail(first, true);  // its shard stands still for a moment
  Session cut = begin_at(cluster, (owner + 2) % kShards, "bea", lost.secret);
  if (!was_cut_before_its_join) cut.client.ask_join(1, "small");
  cut.client.lose();
  Session back = begin_at(cluster, (owner + 3) % kShards, user, cut.secret);
  back.client.ask_join(4, "small");
  check_only_place(cluster, first, back);
}

TEST_CASE("F-V3 a session is over when its own JOINs are answered, so the next but one takes their place over") {
  constexpr std::uint32_t kShards = 5;
  const std::uint32_t owner = shard_of("small", kShards);
  Cluster cluster(kShards, secret_config());
  std::string user = "bea";
  while (shard_of(user, kShards) == owner) user += 'a';
  Session lost = begin_at(cluster, (owner + 1) % kShards, user, "");
  cluster.hold_mail(owner, true);
  lost.client.ask_join(1, "small");
  lost.client.lose();
  Session cut = begin_at(cluster, (owner + 2) % kShards, user, lost.secret);
  cut.client.lose();
  Session back = begin_at(cluster, (owner + 3) % kShards, user, cut.secret);
  back.client.ask_join(4, "small");
  CHECK(cluster.mail_to(owner).size() == 1);  // the lost session's JOIN alone
  check_only_place(cluster, owner, back);
}

TEST_CASE("a client whose user has changed gives up the previous user's place when it joins") {
  Cluster cluster(GENERATE(1u, 3u, 5u), secret_config());
  auto [ann, bob] = full_room(cluster);
  ann.client.lose();
  Session eve = begin(cluster, "eve", ann.secret);
  eve.client.join("small");
  cluster.advance(1000);
  const std::string change = bob.client.only();
  CHECK(change.find(R"("left":["ann"])") != std::string::npos);
  CHECK(change.find(R"("userId":"eve")") != std::string::npos);
  Session back = begin(cluster, "ann", ann.secret);
  back.client.ask_join(1, "small");
  CHECK(back.client.only() == refused(1, ErrorCode::room_full, "2"));
  CHECK(eve.client.close_code() == 0);
}

TEST_CASE("a client whose user has changed while its connection looked alive leaves no place when that is found dead") {
  Cluster cluster(GENERATE(1u, 3u, 5u), secret_config());
  Session ann = begin(cluster, "ann"), bob = begin(cluster, "bob");
  ann.client.join("small");
  Session eve = begin(cluster, "eve", ann.secret);
  eve.client.join("small");
  CHECK(ann.client.close_code() == 0);
  ann.client.lose();
  bob.client.join("small");
}

TEST_CASE("a secret of another process names no line here, so that no session here has it") {
  const std::string other = std::string(32, 'a') + "0000" + "0000000100000000";
  Cluster cluster(1, secret_config());
  Session ann = begin(cluster, "ann", other);
  CHECK(ann.secret.substr(0, kLineDigits) != other.substr(0, kLineDigits));
  CHECK(begin(cluster, "ann", ann.secret).secret.substr(0, kLineDigits) == ann.secret.substr(0, kLineDigits));
}

TEST_CASE("two sessions of a client, both lost, keep one place of it") {
  Cluster cluster(GENERATE(1u, 3u, 5u), secret_config());
  Session ann = begin(cluster, "ann");
  Session one = begin(cluster, "ann", ann.secret), two = begin(cluster, "ann", ann.secret);  // two transports
  one.client.join("small");
  two.client.join("small");
  one.client.lose();
  two.client.lose();
  Session eve = begin(cluster, "eve");
  check_full(eve);
  begin(cluster, "ann", two.secret).client.join("small");
  eve.client.join("small");
}

TEST_CASE("a secret that was made up, or cut, is nothing") {
  Cluster cluster(1, secret_config());
  Session ann = begin(cluster, "ann");
  for (std::string secret : {std::string("x"), std::string(52, 'z'), std::string(52, 'f'), std::string(52, '0'),
                             ann.secret.substr(1), "0" + ann.secret.substr(1)}) {
    begin(cluster, "ann", secret);
    CHECK(ann.client.close_code() == (secret == ann.secret ? 4506 : 0));
  }
}

TEST_CASE("F-K15 joining and leaving after a resume keeps nothing", "[timed]") {
  constexpr int kRounds = 20'000;
  constexpr std::size_t kSlackBytes = 65'536;
  Cluster cluster(GENERATE(1u, 3u, 5u), secret_config());
  Session ann = begin(cluster, "ann");
  ann.client.join("small");
  ann.client.vanish();
  Session back = begin(cluster, "ann", ann.secret);
  const auto join_and_leave = [&back](int times) {
    for (int i = 0; i < times; ++i) {
      const Joined room = back.client.join("small");
      back.client.send(frame({FrameType::leave, 1, room.room}));
      back.client.take();
    }
  };
  join_and_leave(1000);
  const std::size_t before = mallinfo2().uordblks;
  join_and_leave(kRounds);
  CHECK(mallinfo2().uordblks < before + kSlackBytes);
}

TEST_CASE("F-K07 a client that resumes into a full room gets its own place, even if the old connection still looks alive") {
  const std::uint32_t shards = GENERATE(1u, 2u, 3u), idle = GENERATE(0u, 1u, 2u);
  Cluster cluster(shards, secret_config());
  Session ann = begin(cluster, "ann"), bob = begin(cluster, "bob");
  ann.client.join("small");
  bob.client.join("small");
  for (std::uint32_t i = 0; i < idle; ++i) static_cast<void>(cluster.connect());  // the next is of another shard
  Client back = cluster.connect();
  const std::string hello = frame({FrameType::hello, 1, 0, cluster.config().catalogue.fingerprint()},
                                  R"({"identity":{"userId":"ann"},"resume":")" + ann.secret + "\"}");
  back.send(hello + "\n" + R"([2,1,0,0,0,"small",{}])");
  const Frames frames = back.take();
  REQUIRE(frames.size() == 2);
  CHECK(begins(frames[1], {FrameType::joined, 1}));
  CHECK(ann.client.close_code() == 4506);
  Session eve = begin(cluster, "eve");
  check_full(eve);
  back.vanish();
  CHECK(begin(cluster, "eve").client.join("small").room != 0);  // no place was lost on the way
}

TEST_CASE("F-K07 a session that was never in the full room does not open it to anyone") {
  Cluster cluster(GENERATE(1u, 2u, 3u), secret_config());
  Session ann = begin(cluster, "ann"), bob = begin(cluster, "bob"), eve = begin(cluster, "eve");
  ann.client.join("small");
  bob.client.join("small");
  Session back = begin(cluster, "eve", eve.secret);
  back.client.ask_join(1, "small");
  CHECK(back.client.only() == refused(1, ErrorCode::room_full, "2"));
}

}  // namespace dialogue::testing
