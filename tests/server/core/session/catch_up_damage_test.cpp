// Catching up where the log has lost something, or cannot be read.
#include <map>
#include <set>

#include "tests/server/core/session/catch_up_kit.hpp"

namespace dialogue::testing {

using namespace core;

TEST_CASE("GAP reports events that left the log before the member could receive them") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config_keeping(10));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  bob.send(frame({FrameType::credit, chat.room, 3}));
  publish(ann, chat, 20);
  CHECK(told(bob.take()) == " 1 2 3");
  bob.send(frame({FrameType::credit, chat.room, kSafeIntegerMax}));
  CHECK(told(bob.take()) == " gap(4-10:81) 11 12 13 14 15 16 17 18 19 20");
}

TEST_CASE("a temporarily unreadable log is retried, a damaged one is reported as a gap") {
  Cluster cluster(1, durable_config_keeping(100));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob"), eve = cluster.greeted("eve");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 3);
  cluster.store().read_status = StoreStatus::busy;
  join_since(bob, chat, 1);
  cluster.store().read_status = StoreStatus::ok;
  CHECK(told(bob.take()).empty());
  cluster.advance(kReadRetryDelayMs);
  CHECK(told(bob.take()) == " 2 3");
  cluster.store().read_status = StoreStatus::damaged;
  join_since(eve, chat, 1);
  CHECK(told(eve.take()) == " gap(2-3:80)");
  publish(ann, chat, 1);
  CHECK(told(eve.take()) == " 4");
}

TEST_CASE("F-K06 of a page with damaged records a member gets the good ones, and a GAP for just the others") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config_keeping(1000));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 300);
  cluster.store().damaged = {{150, 150}, {199, 202}};
  join_since(bob, chat, 97);
  std::string expected;
  for (int seq = 98; seq <= 300; ++seq) {
    if (seq == 150) expected += " gap(150-150:80)";
    if (seq == 199) expected += " gap(199-202:80)";
    if (seq != 150 && (seq < 199 || seq > 202)) expected += " " + std::to_string(seq);
  }
  CHECK(told(bob.take()) == expected);
}

TEST_CASE("F-K06 a member with other subscriptions is notified of damage too") {
  Cluster cluster(1, durable_config_keeping(1000));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 20);
  cluster.store().damaged = {{5, 6}};
  join_since(bob, chat, 1, R"({"events":["note"]})");
  CHECK(told(bob.take()) == " (2-4) gap(5-6:80) (7-20)");
}

TEST_CASE("F-K06 a page that cannot be read just now is read again, and nothing is called lost") {
  Cluster cluster(1, durable_config_keeping(1000));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 3);
  cluster.store().read_status = StoreStatus::busy;
  join_since(bob, chat, 0);
  CHECK(told(bob.take()).empty());
  cluster.store().read_status = StoreStatus::ok;
  cluster.advance(kReadRetryDelayMs);
  CHECK(told(bob.take()) == " 1 2 3");
}

}  // namespace dialogue::testing
