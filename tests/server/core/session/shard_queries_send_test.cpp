// Events for users and sessions: they belong to no room and are kept nowhere.
#include <catch2/catch.hpp>

#include "server/core/messages/shard_message.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

/// Sends, and waits for the answer.
SendEvent::Result send(Cluster& cluster, SendEvent message) {
  SendEvent::Result result;
  std::size_t answers = 0;
  const auto done = [&](const SendEvent::Result& sent) { result = sent, ++answers; };
  cluster.ask(std::move(message), done);
  demand(answers == 1, "it is answered once");
  return result;
}

SendEvent to_user(const std::string& user, const std::string& event, const std::string& payload) {
  SendEvent message;
  message.user_id = user;
  message.event = event;
  message.payload = payload;
  return message;
}

std::string own_event(std::uint64_t event, const std::string& payload, const std::string& from = "system") {
  return frame({FrameType::event, 0, event, 0, kStartUnixMs}, '"' + from + "\",0," + payload);
}

}  // namespace

TEST_CASE("an event for a user reaches all connections of that user, on all shards, and no others") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client first = cluster.greeted("ann"), second = cluster.greeted("ann"), third = cluster.greeted("ann"),
         bob = cluster.greeted("bob"), nobody = cluster.connect();
  CHECK(send(cluster, to_user("ann", "message", kHi)).connections == 3);
  for (Client* client : {&first, &second, &third}) CHECK(client->only() == own_event(kMessage, kHi));
  CHECK(bob.take().empty());
  CHECK(nobody.take().empty());
  second.lose();
  CHECK(send(cluster, to_user("ann", "typing", "1")).connections == 2);
  CHECK(first.only() == own_event(kTyping, "1"));
}

TEST_CASE("rows: connections that do not want an event outside of rooms neither get it nor count as recipients") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client all = cluster.greeted("ann"), none = cluster.greeted("ann", R"(,"direct":[])"),
         some = cluster.greeted("ann", R"(,"direct":["mess*","note"])");
  CHECK(send(cluster, to_user("ann", "message", kHi)).connections == 2);
  CHECK(send(cluster, to_user("ann", "typing", "1")).connections == 1);
  CHECK(all.take().size() == 2);
  CHECK(some.only() == own_event(kMessage, kHi));
  CHECK(none.take().empty());
  Client bad = cluster.connect();
  bad.send(frame({FrameType::hello, 1, 0, 0}, R"({"identity":{"userId":"bob"},"direct":[1]})"));
  CHECK(bad.close_code() != 0);
}

TEST_CASE("an event for a session reaches that one") {
  Cluster cluster(3);
  Client first = cluster.greeted("ann"), second = cluster.greeted("ann");
  std::vector<ConnectionInfo> connections;
  cluster.ask(ConnectionsQuery{"ann"}, [&](std::vector<ConnectionInfo> list) { connections = std::move(list); });
  REQUIRE(connections.size() == 2);
  for (const ConnectionInfo& connection : connections) {
    SendEvent message = to_user("", "note", "1");
    message.session_id = connection.session_id;
    message.from = "bob";
    CHECK(send(cluster, std::move(message)).connections == 1);
  }
  CHECK(first.only() == own_event(kNote, "1", "bob"));
  CHECK(second.only() == own_event(kNote, "1", "bob"));
}

TEST_CASE("an event for an offline user is lost") {
  Cluster cluster(3);
  Client ann = cluster.greeted("ann");
  for (const char* user : {"zoe", "an", "anna", ""}) {
    const SendEvent::Result sent = send(cluster, to_user(user, "note", "1"));
    CHECK(sent.fault.code == ErrorCode::ok);
    CHECK(sent.connections == 0);
  }
  CHECK(ann.take().empty());
}

TEST_CASE("an event for a user is checked as every other one") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  CHECK(send(cluster, to_user("ann", "shout", "1")).fault.code == ErrorCode::event_unknown);
  const SendEvent::Result wrong = send(cluster, to_user("ann", "message", R"({"text":""})"));
  CHECK(wrong.fault.code == ErrorCode::too_short);
  CHECK(wrong.fault.path == "$.text");
  CHECK(wrong.message == "$.text: is shorter than 1 character(s)");
  SendEvent forged = to_user("ann", "note", "1");
  forged.from = "a\nb";
  CHECK(send(cluster, std::move(forged)).fault.code == ErrorCode::request_invalid);
  CHECK(send(cluster, to_user("ann", "note", '"' + std::string(kMessageBytesMax, 'x') + '"')).fault.code ==
        ErrorCode::payload_too_large);
  CHECK(ann.take().empty());
  CHECK(send(cluster, to_user("ann", "note", "[1,\n2]")).connections == 1);
  CHECK(ann.only() == own_event(kNote, "[1, 2]"));
}

}  // namespace dialogue::testing
