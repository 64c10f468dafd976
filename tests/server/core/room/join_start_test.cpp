// A join hook bounds what a member reads of the log: at the join, by a position, in HISTORY, and when it catches up.
#include "server/core/room/join_start.hpp"

#include <catch2/catch.hpp>

#include "tests/server/core/session/catch_up_kit.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

/// A cluster whose join hook lets bob read from `bound` on, and everybody else everything.
struct Bounded {
  explicit Bounded(std::uint32_t shards, bool later = false) {
    auto config = durable_config_keeping(100);
    if (later)
      config->hooks.ask_join = [this](HookQuestion&& question, const std::function<void(HookVerdict)>& done) {
        done(question.identity->user_id == "bob" ? HookVerdict::allow_from(bound) : HookVerdict::allow());
      };
    else
      config->hooks.on_join = [this](HookClient& client, std::string_view) {
        return client.identity().user_id == "bob" ? HookDecision::allow_from(bound) : HookDecision::allow();
      };
    cluster.emplace(shards, std::move(config));
  }
  HistoryFrom bound;
  std::optional<Cluster> cluster;
};

/// JOIN from the newest events, or behind a position; what came, without JOINED.
std::string joined_from(Client& client, JoinFrom start, std::uint64_t epoch, std::uint64_t seq, std::string* joined = nullptr) {
  client.send(frame({FrameType::join, 5, static_cast<std::uint64_t>(start), epoch, seq}, R"("chat",{})"));
  const Frames frames = client.take();
  if (joined != nullptr) *joined = frames.at(0);
  return told(frames);
}

std::string history(Client& client, const Joined& room, std::uint64_t from, std::uint64_t direction) {
  client.send(frame({FrameType::history, 6, room.room, from, 100, direction}));
  const std::string text = client.only();
  const std::size_t at = text.find("\"base\"");
  return text.substr(at, text.find("\"events\"") - at);
}

}  // namespace

TEST_CASE("a join hook bounds what a member may read, as if the log began there") {
  Bounded world(GENERATE(1u, 3u, 5u), GENERATE(false, true));
  Client ann = world.cluster->greeted("ann");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 6);
  world.bound = {5, 0};
  std::string joined;
  SECTION("the newest events") {
    Client bob = world.cluster->greeted("bob");
    CHECK(joined_from(bob, JoinFrom::last, 0, 100, &joined) == " 5 6");
    CHECK(begins(joined, {FrameType::joined, 5, chat.room, chat.epoch, 5, 6}));  // base 5
    CHECK(history(bob, chat, kSafeIntegerMax, 0) == R"("base":5,"head":6,"first":5,"last":6,)");
    CHECK(history(bob, chat, 4, 0) == R"("base":5,"head":6,"first":5,"last":4,)");
    CHECK(history(bob, chat, 1, 1) == R"("base":5,"head":6,"first":5,"last":6,)");
    ann.publish(chat.room, kMessage, 1, kHi);
    CHECK(told(bob.take()) == " 7");
  }
  SECTION("a position before the bound") {
    Client bob = world.cluster->greeted("bob");
    CHECK(joined_from(bob, JoinFrom::since, chat.epoch, 2, &joined) == " 5 6");
    CHECK(joined.find(R"("reason":"trimmed")") != std::string::npos);
  }
  SECTION("a position after the bound") {
    Client bob = world.cluster->greeted("bob");
    CHECK(joined_from(bob, JoinFrom::since, chat.epoch, 5, &joined) == " 6");
    CHECK(joined.find("reason") == std::string::npos);
  }
  SECTION("others read everything") {
    Client eve = world.cluster->greeted("eve");
    CHECK(joined_from(eve, JoinFrom::last, 0, 100) == " 1 2 3 4 5 6");
  }
}

TEST_CASE("a bound beyond the head hides everything until then, and one of another epoch hides nothing") {
  Bounded world(1);
  Client ann = world.cluster->greeted("ann");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 3);
  SECTION("beyond the head") {
    world.bound = {1000, chat.epoch};
    Client bob = world.cluster->greeted("bob");
    std::string joined;
    CHECK(joined_from(bob, JoinFrom::last, 0, 100, &joined).empty());
    CHECK(begins(joined, {FrameType::joined, 5, chat.room, chat.epoch, 4, 3}));
    ann.publish(chat.room, kMessage, 1, kHi);
    CHECK(told(bob.take()) == " 4");
    CHECK(history(bob, chat, kSafeIntegerMax, 0) == R"("base":4,"head":4,"first":4,"last":4,)");
  }
  SECTION("another epoch") {
    world.bound = {3, chat.epoch + 1};
    Client bob = world.cluster->greeted("bob");
    CHECK(joined_from(bob, JoinFrom::last, 0, 100) == " 1 2 3");
  }
}

TEST_CASE("a bound ends with its membership") {
  Bounded world(1);
  Client ann = world.cluster->greeted("ann");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 4);
  world.bound = {3, 0};
  Client bob = world.cluster->greeted("bob");
  CHECK(joined_from(bob, JoinFrom::last, 0, 100) == " 3 4");
  bob.send(frame({FrameType::leave, 7, chat.room}));
  static_cast<void>(bob.take());
  world.bound = {};
  CHECK(joined_from(bob, JoinFrom::last, 0, 100) == " 1 2 3 4");
}

TEST_CASE("of two bounds the narrower one counts") {
  CHECK(narrower({3, 0}, {5, 7}).seq == 5);
  CHECK(narrower({5, 7}, {3, 0}).epoch == 7);
  CHECK(narrower({5, 7}, {5, 0}).epoch == 0);
}

}  // namespace dialogue::testing
