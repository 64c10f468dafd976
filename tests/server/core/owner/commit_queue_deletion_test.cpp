// The deletion of a key of a `latest` event: members get it live and when they come back, who joins anew gets nothing of the key.
#include <catch2/catch.hpp>

#include "shared/catalogue/catalogue_builder.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {
namespace {

/// note keeps the newest per "id".
std::unique_ptr<ShardConfig> config_with_keys() {
  auto config = test_config();
  for (EventDefinition& event : config->definitions.events)
    if (event.name == "note") event.delivery = Delivery::latest, event.latest_key = "id";
  for (RoomDefinition& room : config->definitions.rooms) room.retention = {100, std::nullopt};
  config->catalogue_bytes = make_catalogue(config->definitions).bytes;
  config->catalogue = *CatalogueView::parse(config->catalogue_bytes);
  return config;
}

constexpr const char* kA = R"({"id":"a"})";
constexpr const char* kB = R"({"id":"b"})";

std::string deletion_of(std::uint64_t room, std::uint64_t number, const std::string& payload, const std::string& more = "") {
  return frame({FrameType::publish, room, kNote, number}, R"({"delete":1)" + more + "}," + payload);
}

bool is_deletion_of(const std::string& text, std::uint64_t room, std::uint64_t seq, const char* payload) {
  return begins(text, {FrameType::event, room, kNote, seq}) && text.ends_with(R"({"deleted":1},)" + std::string(payload) + "]");
}

std::size_t events_in(const Frames& frames) {
  std::size_t count = 0;
  for (const std::string& text : frames) count += text.starts_with("[36,") ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("F-U-M13 members and resumed members get a deletion, and a join with the newest events does not see the key") {
  Cluster cluster(GENERATE(1u, 3u, 5u), config_with_keys());
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  ann.publish(chat.room, kNote, 1, kA);
  ann.publish(chat.room, kNote, 2, kB);
  bob.take();
  ann.send(deletion_of(chat.room, 3, kA));
  CHECK(is_deletion_of(ann.take().back(), chat.room, 3, kA));
  CHECK(is_deletion_of(bob.take().back(), chat.room, 3, kA));

  Client back = cluster.greeted("back");
  back.send(frame({FrameType::join, 1, 2, chat.epoch, 1}, "\"chat\",{}"));
  const Frames caught_up = back.take();
  CHECK(events_in(caught_up) == 2);
  CHECK(is_deletion_of(caught_up.back(), chat.room, 3, kA));

  Client anew = cluster.greeted("anew");
  anew.send(frame({FrameType::join, 1, 1, 0, 10}, "\"chat\",{}"));
  const Frames first = anew.take();
  CHECK(events_in(first) == 1);
  CHECK(first.back() == frame({FrameType::skip, chat.room, 3, 3}));

  anew.send(frame({FrameType::credit, chat.room, 3}));
  ann.send(deletion_of(chat.room, 4, kB));
  anew.send(frame({FrameType::credit, chat.room, kSafeIntegerMax}));
  CHECK(is_deletion_of(anew.take().back(), chat.room, 4, kB));

  ann.publish(chat.room, kNote, 5, kA);
  Client late = cluster.greeted("late");
  late.send(frame({FrameType::join, 1, 1, 0, 10}, "\"chat\",{}"));
  CHECK(events_in(late.take()) == 1);
}

TEST_CASE("F-P16 a join with the newest events does not see a key that is gone, also where it continues a membership") {
  auto config = config_with_keys();
  config->hooks.on_connect = [](HookClient& client) {
    if (client.identity().user_id == "bob") client.join("chat");
    return HookDecision::allow();
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.producer("ann"), bob = cluster.connect();
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kNote, 1, kA);
  ann.publish(chat.room, kNote, 2, kB);
  ann.send(deletion_of(chat.room, 3, kA));
  bob.send(R"([1,1,0,0,{"identity":{"userId":"bob"}}])");
  bob.take();
  bob.send(frame({FrameType::join, 1, 1, 0, 10}, "\"chat\",{}"));
  const Frames frames = bob.take();
  CHECK(events_in(frames) == 1);
  CHECK(frames.back() == frame({FrameType::skip, chat.room, 3, 3}));
}

TEST_CASE("F-U-M13 a deletion is exactly once, and another publication than the same data without it") {
  Cluster cluster(1, config_with_keys());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.send(deletion_of(chat.room, 1, kA));
  CHECK(begins(ann.take().front(), {FrameType::ack, chat.room, 1, chat.epoch, 1}));
  ann.send(deletion_of(chat.room, 1, kA));
  const std::string again = ann.only();
  CHECK(begins(again, {FrameType::ack, chat.room, 1, chat.epoch, 1}));
  CHECK(again.ends_with(",1]"));
  ann.publish(chat.room, kNote, 1, kA);
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::producer_conflict)}));
}

TEST_CASE("F-U-M13 only events that keep the newest of a key have keys to delete, from clients and from the application") {
  Cluster cluster(1, config_with_keys());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.send(frame({FrameType::publish, chat.room, kMessage, 1}, R"({"delete":1},{"text":"hi"})"));
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::request_invalid)}));
  ann.send(deletion_of(chat.room, 2, kA, R"(,"first":2)"));
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 2, number(ErrorCode::request_invalid)}));
  ServerPublish publish{"chat", "message", R"({"text":"hi"})"};
  publish.deletes = true;
  ErrorCode code = ErrorCode::ok;
  cluster.ask(ServerPublish(publish), [&code](const PublishResult& result) { code = result.fault.code; });
  CHECK(code == ErrorCode::request_invalid);
}

TEST_CASE("F-Y4 a key is a value, not its text: 1.0 deletes 1, and keys with U+0000 are keys like others") {
  Cluster cluster(1, config_with_keys());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kNote, 1, R"({"id":1})");
  ann.publish(chat.room, kNote, 2, R"({"id":"x\u0000"})");
  ann.publish(chat.room, kNote, 3, R"({"\u0000":0,"id":"y\u0000"})");
  ann.send(deletion_of(chat.room, 4, R"({"id":10e-1})"));
  std::vector<std::uint64_t> kept;
  cluster.ask(HistoryQuery{"chat", 0, kSafeIntegerMax, 1000, false}, [&kept](const HistoryQuery::Result& result) {
    for (const LogRecord& record : result.records) kept.push_back(record.seq);
  });
  CHECK(kept == std::vector<std::uint64_t>{2, 3, 4});
}

TEST_CASE("a payload whose key cannot be read is refused, and the log stays as it was") {
  Cluster cluster(1, config_with_keys());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kNote, 1, kA);
  const auto post = [&](std::string payload) {
    Publish publish;
    publish.from = {0, 999};  // a connection that has ended
    publish.room = chat.room;
    publish.event = kNote - 1;
    publish.identity = std::make_shared<const Identity>();
    publish.payload = std::move(payload);
    cluster.post(std::move(publish));
  };
  post(R"({"id":"a)");
  post(R"({"id":"c"})");
  ann.publish(chat.room, kNote, 2, kB);
  std::size_t records = 0;
  cluster.ask(HistoryQuery{"chat", 0, kSafeIntegerMax, 1000, false},
              [&records](const HistoryQuery::Result& result) { records = result.records.size(); });
  CHECK(records == 3);
}

TEST_CASE("F-U-M13 the application's question about a log has deletions, a client's HISTORY leaves them out") {
  Cluster cluster(1, config_with_keys());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kNote, 1, kA);
  ServerPublish publish{"chat", "note", kA};
  publish.deletes = true;
  cluster.post(std::move(publish));
  std::vector<LogRecord> records;
  cluster.ask(HistoryQuery{"chat", 0, kSafeIntegerMax, 1000, false},
              [&records](const HistoryQuery::Result& result) { records = result.records; });
  REQUIRE(records.size() == 1);
  CHECK(records[0].seq == 2);
  CHECK(records[0].deletes);
  ann.take();
  ann.send(frame({FrameType::history, 1, chat.room, 2, 10, 1}));
  CHECK(ann.only().find("\"events\":[]") != std::string::npos);
}

TEST_CASE("F-U-M13 middleware and the application's handlers receive the deletion of a key") {
  auto config = config_with_keys();
  std::vector<bool> judged, heard;
  config->hooks.middleware.push_back({{},
                                      [&judged](const Draft& draft) {
                                        judged.push_back(draft.deletes);
                                        return HookVerdict::allow();
                                      },
                                      {}});
  config->hooks.on_event = [&heard](const Publication& publication) { heard.push_back(publication.deletes); };
  Cluster cluster(1, std::move(config));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kNote, 1, kA);
  ann.send(deletion_of(chat.room, 2, kA));
  CHECK(judged == std::vector{false, true});
  CHECK(heard == std::vector{false, true});
}

}  // namespace dialogue::testing
