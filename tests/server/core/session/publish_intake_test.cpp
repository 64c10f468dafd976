// PUBLISH: order, envelopes, verdicts, producers, and which refusals consume a number.
#include <catch2/catch.hpp>

#include "server/core/messages/frame_text.hpp"
#include "tests/sanitized.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
namespace {

std::string ack(const Joined& room, std::uint64_t producer_seq, std::uint64_t seq, std::uint64_t duplicate = 0) {
  return frame({FrameType::ack, room.room, producer_seq, room.epoch, seq, kStartUnixMs, duplicate});
}

std::string nack(const Joined& room, std::uint64_t producer_seq, ErrorCode code, const std::string& argument = {},
                 const std::string& more = {}) {
  std::string object = R"({"message":")" + error_message(code, argument) + "\"";
  if (more.rfind(",\"path\"", 0) == 0) object += more;
  if (!argument.empty()) object += R"(,"argument":")" + argument + "\"";
  if (more.rfind(",\"expected\"", 0) == 0) object += more;
  return frame({FrameType::nack, room.room, producer_seq, number(code), 0}, object + "}");
}

std::string event_text(const Joined& room, std::uint64_t event, std::uint64_t seq, std::string_view from, std::string_view data) {
  return frame({FrameType::event, room.room, event, seq, kStartUnixMs}, "\"" + std::string(from) + "\",0," + std::string(data));
}

}  // namespace

TEST_CASE("a publication is acknowledged before the publisher's own event, and every member gets the same bytes") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob"), cleo = cluster.greeted("cleo");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  cleo.join("chat");
  ann.take();
  ann.publish(chat.room, kMessage, 41, kHi);
  const std::string event = event_text(chat, kMessage, 1, "ann", kHi);
  CHECK(ann.take() == Frames{ack(chat, 41, 1), event});
  CHECK(bob.take() == Frames{event});
  CHECK(cleo.take() == Frames{event});
}

TEST_CASE("P-03 sequences of a room are contiguous for any mix of publishers") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  std::vector<Client> clients;
  Joined chat;
  for (const char* user : {"ann", "bob", "cleo", "dan"}) {
    clients.push_back(cluster.greeted(user));
    chat = clients.back().join("chat");
  }
  for (Client& client : clients) client.take();
  for (std::uint64_t i = 1; i <= 12; ++i) clients[i % clients.size()].publish(chat.room, kNote, 1, std::to_string(i));
  const Frames frames = clients[0].take();
  std::uint64_t seq = 0;
  for (const std::string& text : frames)
    if (begins(text, {FrameType::event})) {
      ++seq;
      CHECK(begins(text, {FrameType::event, chat.room, kNote, seq}));
    }
  CHECK(seq == 12);
}

TEST_CASE("a room's timestamps never go back") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  cluster.set_unix(kStartUnixMs + 500);
  ann.publish(chat.room, kNote, 1, "1");
  cluster.set_unix(kStartUnixMs - 9000);
  ann.publish(chat.room, kNote, 2, "2");
  cluster.set_unix(kStartUnixMs + 501);
  ann.publish(chat.room, kNote, 3, "3");
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 6);
  CHECK(frames[0] == frame({FrameType::ack, chat.room, 1, chat.epoch, 1, kStartUnixMs + 500, 0}));
  CHECK(frames[2] == frame({FrameType::ack, chat.room, 2, chat.epoch, 2, kStartUnixMs + 500, 0}));
  CHECK(frames[4] == frame({FrameType::ack, chat.room, 3, chat.epoch, 3, kStartUnixMs + 501, 0}));
}

TEST_CASE("a payload goes out as the bytes that came in, on one line") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kNote, 1, "{\r\"b\"\t:[ 1.50,\"\\u00e9\\n\" ]}");
  CHECK(ann.take() == Frames{ack(chat, 1, 1), event_text(chat, kNote, 1, "ann", "{ \"b\" :[ 1.50,\"\\u00e9\\n\" ]}")});
}

TEST_CASE("an invalid payload is refused with its code, path and argument, and is not delivered") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  ann.take();
  const auto path = [](const char* text) { return R"(,"path":")" + std::string(text) + "\""; };
  ann.publish(chat.room, kMessage, 1, R"({"text":7})");
  CHECK(ann.only() == nack(chat, 1, ErrorCode::wrong_type, "string", path("$.text")));
  ann.publish(chat.room, kMessage, 2, R"({"text":""})");
  CHECK(ann.only() == nack(chat, 2, ErrorCode::too_short, "1", path("$.text")));
  ann.publish(chat.room, kMessage, 3, "{}");
  CHECK(ann.only() == nack(chat, 3, ErrorCode::required_missing, "text", path("$")));
  ann.publish(chat.room, kMessage, 4, R"({"text":"x")");
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 4, number(ErrorCode::json_syntax), 0}));
  ann.publish(chat.room, kMessage, 5, "nonsense");
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 5, number(ErrorCode::json_syntax), 0}));
  CHECK(bob.take().empty());
  CHECK(ann.close_code() == 0);
}

TEST_CASE("an unknown event, one that the room does not list, and a missing grant are refused by name") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat"), silent = ann.join("silent"), quiet = ann.join("quiet");
  ann.publish(chat.room, 5, 1, kHi);
  CHECK(ann.only() == nack(chat, 1, ErrorCode::event_unknown, "5"));
  ann.publish(chat.room, 0, 2, kHi);
  CHECK(ann.only() == nack(chat, 2, ErrorCode::event_unknown, "0"));
  ann.publish(chat.room, kSafeIntegerMax, 3, kHi);
  CHECK(ann.only() == nack(chat, 3, ErrorCode::event_unknown, std::to_string(kSafeIntegerMax)));
  ann.publish(chat.room, kMove, 4, "1");
  CHECK(ann.only() == nack(chat, 4, ErrorCode::event_not_allowed, "game.move"));
  ann.publish(silent.room, kMessage, 5, kHi);
  CHECK(ann.only() == nack(silent, 5, ErrorCode::event_not_allowed, "message"));
  ann.publish(quiet.room, kMessage, 6, kHi);
  CHECK(ann.only() == nack(quiet, 6, ErrorCode::forbidden, "publish of message needs role:admin"));
  ann.publish(quiet.room, kNote, 7, "1");
  CHECK(ann.take().size() == 2);
}

TEST_CASE("PUBLISH to a room that one is not in is not_joined") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = bob.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(ann.only() == nack(chat, 1, ErrorCode::not_joined));
}

TEST_CASE("a retry is answered with the first position, and delivered once") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  ann.publish(chat.room, kMessage, 2, kHi);
  ann.take();
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(ann.only() == ack(chat, 1, 1, 1));
  SECTION("also from a new connection of the same user and producer") {
    ann.vanish();
    Client again = cluster.producer("ann");
    again.join("chat");
    again.publish(chat.room, kMessage, 2, kHi);
    CHECK(again.only() == ack(chat, 2, 2, 1));
    again.publish(chat.room, kMessage, 3, kHi);
    CHECK(again.take().front() == ack(chat, 3, 3));
  }
  SECTION("but another user with the same producer id is another producer") {
    Client bob = cluster.producer("bob");
    bob.join("chat");
    bob.publish(chat.room, kMessage, 2, kHi);
    CHECK(bob.only() == nack(chat, 2, ErrorCode::producer_hole, "1", R"(,"expected":1)"));
    bob.publish(chat.room, kMessage, kPublishInFlightMax + 1, kHi);
    CHECK(bob.only() == nack(chat, kPublishInFlightMax + 1, ErrorCode::producer_unknown));
    bob.publish(chat.room, kMessage, 1, kHi);
    CHECK(bob.take().front() == ack(chat, 1, 3));
  }
  SECTION("and another content is a conflict") {
    ann.publish(chat.room, kMessage, 2, R"({"text":"ho"})");
    CHECK(ann.only() == nack(chat, 2, ErrorCode::producer_conflict));
    ann.publish(chat.room, kNote, 2, kHi);
    CHECK(ann.only() == nack(chat, 2, ErrorCode::producer_conflict));
  }
}

namespace {

Client marking(Cluster& cluster, std::string_view user, std::string_view effects = "memory") {
  return cluster.greeted(user, R"(,"producer":{"id":"p","outbox":")" + std::string(effects) + "\"}");
}

void publish_with(Client& client, const Joined& room, std::uint64_t number, std::string_view ext) {
  client.send(frame({FrameType::publish, room.room, kMessage, number}, std::string(ext) + "," + kHi));
}

constexpr const char* kResentExt = R"({"resent":1})";
constexpr const char* kResentLate = R"({"resent":86400})";
constexpr const char* kFirst = R"({"first":1,"later":[1]})";

}  // namespace

TEST_CASE("F-K05 a burst of a new producer that was lost with a server is taken by the next one") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = marking(cluster, "ann", GENERATE("memory", "kept"));
  const Joined chat = ann.join("chat");
  ann.take();
  for (const std::uint64_t number : {1, 2, 3}) {
    publish_with(ann, chat, number, kResentExt);
    CHECK(ann.take().front() == ack(chat, number, number));
  }
}

TEST_CASE("F-K05 a used room accepts a burst from before the start only if the store knows the clock") {
  auto config = test_config();
  config->has_durable_store = true;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  ScriptedStore& store = cluster.store();
  std::uint64_t epoch = 0;
  store.open({"", "chat"}, [&epoch](const RoomOpened& opened) { epoch = opened.state.epoch; });
  store.append({{{"", "chat"}, epoch, {{1, kStartUnixMs - 3'600'000, "message", "bob", kHi, {}, 0}}, {}}},
               [](const std::vector<StoreStatus>& statuses) { REQUIRE(statuses.front() == StoreStatus::ok); });
  const std::uint64_t known_ago_ms = GENERATE(0, 30'000, 40'000, 50'000);
  if (known_ago_ms != 0) store.clock_known_ms = kStartUnixMs - known_ago_ms;
  Client ann = marking(cluster, "ann");
  const Joined chat = ann.join("chat");
  ann.take();
  publish_with(ann, chat, 1, R"({"resent":40})");
  if (known_ago_ms < 40'000)
    CHECK(ann.only() == nack(chat, 1, ErrorCode::producer_unknown));
  else
    CHECK(ann.take().front() == ack(chat, 1, 2));
}

TEST_CASE("F-K05 what was sent long ago is never taken from a producer that the room does not remember") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = marking(cluster, "ann", GENERATE("memory", "kept"));
  const Joined chat = ann.join("chat");
  ann.take();
  for (const std::uint64_t number : {1, 2, 70}) {
    publish_with(ann, chat, number, kResentLate);
    CHECK(ann.only() == nack(chat, number, ErrorCode::producer_unknown));
  }
  publish_with(ann, chat, 71, "0");
  CHECK(ann.only() == nack(chat, 71, ErrorCode::producer_hole, "1", ",\"expected\":1"));
  publish_with(ann, chat, 71, kFirst);
  CHECK(ann.take().front() == ack(chat, 71, 1));
  publish_with(ann, chat, 72, "0");
  CHECK(ann.take().front() == ack(chat, 72, 2));
  publish_with(ann, chat, 72, kResentExt);
  CHECK(ann.only() == ack(chat, 72, 2, 1));
}

TEST_CASE("F-K05 a client that does not mark repeated publications is answered as before") {
  Cluster cluster(1);
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.take();
  publish_with(ann, chat, 70, "0");
  CHECK(ann.only() == nack(chat, 70, ErrorCode::producer_unknown));
  publish_with(ann, chat, 2, "0");
  CHECK(ann.only() == nack(chat, 2, ErrorCode::producer_hole, "1", ",\"expected\":1"));
  publish_with(ann, chat, 1, R"({"later":{}})");
  CHECK(ann.take().front() == ack(chat, 1, 1));
}

TEST_CASE("F-K05 marks that make no sense are refused, and consume their numbers") {
  Cluster cluster(1);
  Client ann = marking(cluster, "ann");
  const Joined chat = ann.join("chat");
  std::uint64_t last = 0;
  for (const char* ext : {R"({"resent":-1})", R"({"first":2})", R"({"first":"yes"})", R"({"resent":1,"resent":1})"}) {
    publish_with(ann, chat, ++last, ext);
    CHECK(begins(ann.only(), {FrameType::nack, chat.room, last, number(ErrorCode::request_invalid)}));
  }
  publish_with(ann, chat, ++last, R"({"resent":0,"first":0})");
  CHECK(ann.take().front() == ack(chat, last, 1));
}

TEST_CASE("F-K10 100,000 page loads in a day publish once each into one room: all are stored, once") {
  constexpr std::uint64_t kLoads = 100'000 / kStep, kWholeDayMs = 86'400'000;
  auto config = test_config();
  config->limits.connections_max = 2 * kLoads;
  Cluster cluster(1, std::move(config));
  const bool is_flood = GENERATE(false, true);  // all at once, or over the day
  const std::uint64_t loads = is_flood ? kLoads / 4 : kLoads;
  for (std::uint64_t load = 1; load <= loads; ++load) {
    Client page = cluster.greeted("user" + std::to_string(load % 50'000),
                                  R"(,"producer":{"id":"p)" + std::to_string(load) + R"(","outbox":"memory"})");
    const Joined chat = page.join("chat", R"({"events":[]})");
    page.take();
    publish_with(page, chat, 1, "0");
    const std::string answer = page.take().front();
    REQUIRE(begins(answer, {FrameType::ack, chat.room, 1, chat.epoch, load}));
    publish_with(page, chat, 1, kResentExt);
    REQUIRE(page.only() == answer.substr(0, answer.size() - 2) + "1]");
    page.vanish();
    if (!is_flood) cluster.advance(kWholeDayMs / kLoads);
  }
  Client reader = cluster.greeted("reader");
  CHECK(reader.join("chat").head == loads);
}

TEST_CASE("a hole is refused with the expected number until it is filled") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  ann.take();
  ann.publish(chat.room, kMessage, 3, kHi);
  CHECK(ann.only() == nack(chat, 3, ErrorCode::producer_hole, "2", ",\"expected\":2"));
  ann.publish(chat.room, kMessage, kSafeIntegerMax, kHi);
  CHECK(ann.only() == nack(chat, kSafeIntegerMax, ErrorCode::producer_hole, "2", ",\"expected\":2"));
  ann.publish(chat.room, kMessage, 2, kHi);
  CHECK(ann.take().front() == ack(chat, 2, 2));
  ann.publish(chat.room, kMessage, 3, kHi);
  CHECK(ann.take().front() == ack(chat, 3, 3));
}

TEST_CASE("a final refusal consumes its number, and is repeated for a retry") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  const std::string verdict = nack(chat, 1, ErrorCode::wrong_type, "string", R"(,"path":"$.text")");
  ann.publish(chat.room, kMessage, 1, R"({"text":7})");
  CHECK(ann.only() == verdict);
  ann.publish(chat.room, kMessage, 1, R"({"text":7})");
  CHECK(ann.only() == verdict);
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(ann.only() == nack(chat, 1, ErrorCode::producer_conflict));
  ann.publish(chat.room, 99, 2, kHi);
  CHECK(ann.only() == nack(chat, 2, ErrorCode::event_unknown, "99"));
  ann.publish(chat.room, kMessage, 4, R"({"text":7})");
  CHECK(ann.only() == nack(chat, 4, ErrorCode::producer_hole, "3", ",\"expected\":3"));
  ann.publish(chat.room, kMessage, 3, kHi);
  CHECK(ann.take().front() == ack(chat, 3, 1));  // refusals take no sequence
}

TEST_CASE("number 0 is for volatile events only") {
  Cluster cluster(1);
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 0, kHi);
  CHECK(ann.only() == nack(chat, 0, ErrorCode::request_invalid, "producer_seq counts from 1"));
  ann.publish(chat.room, kTyping, 1, "1");
  CHECK(ann.only() == nack(chat, 1, ErrorCode::request_invalid, "a volatile event has producer_seq 0"));
  ann.publish(chat.room, kMessage, 2, kHi);
  CHECK(ann.take().front() == ack(chat, 2, 1));
}

TEST_CASE("a volatile event has sequence 0 and consumes neither number nor sequence") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  ann.take();
  ann.publish(chat.room, kTyping, 0, "true");
  CHECK(ann.take() == Frames{ack(chat, 0, 0), event_text(chat, kTyping, 0, "ann", "true")});
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(ann.take().front() == ack(chat, 1, 1));
  CHECK(bob.take().size() == 2);
}

TEST_CASE("without a producer any number is echoed and nothing is deduplicated") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  for (const std::uint64_t n : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{7}, kSafeIntegerMax})
    ann.publish(chat.room, kNote, n, "1");
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 8);
  CHECK(frames[0] == ack(chat, 0, 1));
  CHECK(frames[2] == ack(chat, 7, 2));
  CHECK(frames[4] == ack(chat, 7, 3));
  CHECK(frames[6] == ack(chat, kSafeIntegerMax, 4));
}

TEST_CASE("the server publishes by name from any shard, and receives errors") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  PublishResult result;
  const auto publish = [&](std::string room, std::string event, std::string payload, std::string from = "system") {
    cluster.ask(ServerPublish{std::move(room), std::move(event), std::move(payload), std::move(from)},
                [&result](const PublishResult& answer) { result = answer; });
  };
  publish("chat", "message", "{\"text\":\n\"hi\"}");
  CHECK(result.fault.code == ErrorCode::ok);
  CHECK(result.position.epoch == chat.epoch);
  CHECK(result.position.seq == 1);
  CHECK(result.position.timestamp_ms == kStartUnixMs);
  CHECK(ann.only() == event_text(chat, kMessage, 1, "system", R"({"text": "hi"})"));
  publish("chat", "message", R"({"text":7})");
  CHECK(result.fault.code == ErrorCode::wrong_type);
  CHECK(result.message == "$.text: expected string");
  publish("nowhere", "message", kHi);
  CHECK(result.message == "There is no room nowhere.");
  publish("chat", "mesage", kHi);
  CHECK(result.fault.code == ErrorCode::event_unknown);
  publish("chat", "game.move", "1");
  CHECK(result.fault.code == ErrorCode::event_not_allowed);
  publish("chat", "message", kHi, "a\nb");
  CHECK(result.fault.code == ErrorCode::request_invalid);
  CHECK(ann.take().empty());
  publish("chat", "message", kHi, "bot");
  CHECK(ann.only() == event_text(chat, kMessage, 2, "bot", kHi));
  publish("game-9", "game.move", "1");
  CHECK(result.position.seq == 1);
}

}  // namespace dialogue::testing
