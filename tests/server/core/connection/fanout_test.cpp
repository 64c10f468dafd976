// Subscriptions and SKIP: every member sees every sequence exactly once.
#include <catch2/catch.hpp>

#include "server/core/util/seeded_random.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::string note(const Joined& room, std::uint64_t seq, std::string_view data = "1") {
  return frame({FrameType::event, room.room, kNote, seq, kStartUnixMs}, "\"bob\",0," + std::string(data));
}
std::string skip(const Joined& room, std::uint64_t from, std::uint64_t to) {
  return frame({FrameType::skip, room.room, from, to});
}

struct Talk {
  explicit Talk(std::uint32_t shards, std::string_view options = "{}", std::string_view id = "chat")
      : cluster(shards), ann(cluster.greeted("ann")), bob(cluster.greeted("bob")) {
    room = bob.join(id);
    ann.join(id, options);
  }
  void say(std::uint64_t event) { bob.publish(room.room, event, 1, event == kMessage ? R"({"text":"hi"})" : "1"); }

  Cluster cluster;
  Client ann, bob;
  Joined room;
};

}  // namespace

TEST_CASE("a member receives only the events of its JOIN, and is notified of skipped ones") {
  Talk talk(GENERATE(1u, 3u, 5u), R"({"events":["note"]})");
  talk.say(kMessage);
  talk.say(kMessage);
  CHECK(talk.ann.take().empty());
  talk.say(kNote);
  CHECK(talk.ann.take() == Frames{skip(talk.room, 1, 2), note(talk.room, 3)});
}

TEST_CASE("a skip is reported within a second when nothing is delivered") {
  Talk talk(GENERATE(1u, 3u, 5u), R"({"events":["note"]})");
  talk.ann.take();
  talk.cluster.advance(200);  // presence is told
  talk.ann.take();
  talk.say(kMessage);
  talk.cluster.advance(500);
  talk.say(kMessage);
  CHECK(talk.ann.take().empty());
  talk.cluster.advance(500);
  CHECK(talk.ann.take() == Frames{skip(talk.room, 1, 2)});
  talk.cluster.advance(3000);
  CHECK(talk.ann.take().empty());
  talk.say(kMessage);
  talk.cluster.advance(1000);
  CHECK(talk.ann.take() == Frames{skip(talk.room, 3, 3)});
}

TEST_CASE("a room's default subscriptions hold when JOIN names none") {
  Talk talk(GENERATE(1u, 3u, 5u), "{}", "picky");
  talk.say(kNote);
  talk.say(kMessage);
  const Frames frames = talk.ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0] == skip(talk.room, 1, 1));
  CHECK(begins(frames[1], {FrameType::event, talk.room.room, kMessage, 2}));
}

TEST_CASE("SUBSCRIBE and UNSUBSCRIBE take effect immediately and are answered") {
  Talk talk(GENERATE(1u, 3u, 5u));
  const std::uint64_t room = talk.room.room;
  talk.ann.send(frame({FrameType::unsubscribe, 1, room, kNote}));
  CHECK(talk.ann.only() == "[42,1,0,{}]");
  talk.say(kNote);
  CHECK(talk.ann.take().empty());
  talk.ann.send(frame({FrameType::subscribe, 2, room, kNote}));
  CHECK(talk.ann.only() == "[42,2,0,{}]");
  talk.say(kNote);
  CHECK(talk.ann.take() == Frames{skip(talk.room, 1, 1), note(talk.room, 2)});
  talk.ann.send(frame({FrameType::unsubscribe, 3, room, 0}));
  talk.say(kNote);
  talk.say(kMessage);
  CHECK(talk.ann.take() == Frames{"[42,3,0,{}]"});
  talk.ann.send(frame({FrameType::subscribe, 4, room, 0}));
  talk.say(kNote);
  CHECK(talk.ann.take() == Frames{"[42,4,0,{}]", skip(talk.room, 3, 4), note(talk.room, 5)});
}

TEST_CASE("SUBSCRIBE is refused for a room one is not in, an unknown event and one that is not listed") {
  Talk talk(GENERATE(1u, 3u, 5u));
  const std::uint64_t request = GENERATE(5u, 6u);
  talk.ann.send(frame({request, 1, talk.room.room + 1, kNote}));
  CHECK(talk.ann.only() == refused(1, ErrorCode::not_joined));
  talk.ann.send(frame({request, 2, talk.room.room, 5}));
  CHECK(talk.ann.only() == refused(2, ErrorCode::event_unknown, "5"));
  talk.ann.send(frame({request, 3, talk.room.room, kMove}));
  CHECK(talk.ann.only() == refused(3, ErrorCode::event_not_allowed, "game.move"));
}

TEST_CASE("an unsubscribed volatile event leaves no trace") {
  Talk talk(GENERATE(1u, 3u, 5u), R"({"events":["note"]})");
  talk.cluster.advance(200);
  talk.ann.take();
  talk.bob.publish(talk.room.room, kTyping, 0, "1");
  talk.cluster.advance(2000);
  CHECK(talk.ann.take().empty());
}

TEST_CASE("an empty list of events is a subscription to none") {
  Talk talk(GENERATE(1u, 3u, 5u), R"({"events":[]})");
  talk.cluster.advance(200);
  talk.ann.take();
  talk.say(kNote);
  talk.cluster.advance(1000);
  CHECK(talk.ann.take() == Frames{skip(talk.room, 1, 1)});
}

TEST_CASE("whatever members subscribe to and whenever they come, each sees every sequence once") {
  const std::uint64_t seed = GENERATE(range(1, 9));
  CAPTURE(seed);
  SeededRandom random(seed);
  Cluster cluster(seed % 2 == 0 ? 1 : 3);
  Client bob = cluster.greeted("bob");
  const Joined room = bob.join("chat");
  struct Listener {
    Client client;
    std::uint64_t next;
  };
  std::vector<Listener> listeners;
  const auto check = [&room](Listener& listener) {
    for (const std::string& text : listener.client.take()) {
      Frame parsed;
      REQUIRE(read_frame(text, parsed) == ErrorCode::ok);
      if (parsed.type == FrameType::event) {
        REQUIRE(parsed.integers[2] == listener.next++);
      } else if (parsed.type == FrameType::skip) {
        REQUIRE(parsed.integers[0] == room.room);
        REQUIRE(parsed.integers[1] == listener.next);
        REQUIRE(parsed.integers[2] >= parsed.integers[1]);
        listener.next = parsed.integers[2] + 1;
      }
    }
  };
  std::uint64_t published = 0;
  for (int step = 0; step < 400; ++step) {
    const std::uint64_t kind = random.below(10);
    if (kind < 5) {
      bob.publish(room.room, random.below(2) == 0 ? kNote : kMessage, 1, R"({"text":"x"})");
      ++published;
    } else if (kind < 6 && listeners.size() < 9) {
      Client client = cluster.greeted("user" + std::to_string(listeners.size()));
      const Joined joined = client.join("chat", random.below(2) == 0 ? "{}" : R"({"events":["note"]})");
      listeners.push_back({client, joined.head + 1});
    } else if (!listeners.empty() && kind < 9) {
      Listener& listener = listeners[random.below(listeners.size())];
      listener.client.send(frame({random.below(2) == 0 ? FrameType::subscribe : FrameType::unsubscribe, 1, room.room,
                                  random.below(4) == 0 ? 0 : kNote}));
    } else {
      cluster.advance(random.below(700));
    }
    for (Listener& listener : listeners) check(listener);
  }
  cluster.advance(1000);
  for (Listener& listener : listeners) {
    check(listener);
    CHECK(listener.next == published + 1);
  }
}

}  // namespace dialogue::testing
