// Members that receive a part of their room: by patterns of names and by content, live and from the log.
#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::unique_ptr<ShardConfig> filtering_config() {
  auto config = test_config();
  for (EventDefinition& event : config->definitions.events)
    if (event.name == "note") event.filterable = {"n"};
  return config;
}

void say(Client& client, std::uint64_t room, int n) {
  client.send(frame({FrameType::publish, room, kNote, 0, 0}, "{\"n\":" + std::to_string(n) + '}'));
  (void)client.take();
}

/// What a member has received: "n" of each EVENT, and "-" for each sequence that it was told to be skipped.
std::string received(Client& client) {
  std::string seen;
  for (const std::string& text : client.take()) {
    Frame frame;
    REQUIRE(read_frame(text, frame) == ErrorCode::ok);
    if (frame.type == FrameType::event) seen += frame.payload[5];
    if (frame.type == FrameType::skip) seen.append(frame.integers[2] - frame.integers[1] + 1, '-');
  }
  return seen;
}

}  // namespace

TEST_CASE("a member with a filter gets what it lets through, and a SKIP for the rest, live as from the log") {
  Cluster cluster(GENERATE(1u, 3u, 5u), filtering_config());
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.send(R"([2,1,0,0,0,"chat",{"filter":{"gte":["n",5]}}])");
  (void)bob.take();
  for (int n = 3; n <= 7; ++n) say(ann, chat.room, n);
  cluster.advance(1000);
  CHECK(received(bob) == "--567");
  for (int n = 1; n <= 2; ++n) say(ann, chat.room, n);
  cluster.advance(1000);
  CHECK(received(bob) == "--");
  Client cat = cluster.greeted("cat");
  cat.send("[2,1,2," + std::to_string(chat.epoch) + R"(,0,"chat",{"filter":{"lt":["n",3]}}])");
  CHECK(received(cat) == "-----12");
}

TEST_CASE("JOIN takes patterns of event names, and passes over what its room does not list") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.send(R"([2,1,0,0,0,"chat",{"match":["game.*","not*"]}])");
  (void)bob.take();
  ann.send(frame({FrameType::publish, chat.room, kMessage, 0, 0}, kHi));
  say(ann, chat.room, 7);
  CHECK(received(bob) == "-7");
  bob.send(R"([2,2,0,0,0,"silent",{"match":["game.*"]}])");
  CHECK(begins(bob.only(), {FrameType::joined, 2}));
  bob.send(R"([2,3,0,0,0,"picky",{"match":["shipping.*"]}])");
  CHECK(bob.only() == refused(3, ErrorCode::event_unknown, "shipping.*"));
  bob.send(R"([2,4,0,0,0,"picky",{"match":["*"],"events":["note"]}])");
  CHECK(bob.only() == refused(4, ErrorCode::request_invalid, "JOIN: events and match exclude each other"));
  bob.send(R"([2,5,0,0,0,"picky",{"filter":{"eq":["x",1]}}])");
  CHECK(bob.only() ==
        refused(5, ErrorCode::request_invalid, "filter $.eq has the field \"x\", and no event has filterable fields"));
}

}  // namespace dialogue::testing
