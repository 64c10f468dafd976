// Documents of rooms: what is appended, refused, loaded again, compacted and shown.
#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/core/documents/document_log.hpp"
#include "shared/base/base64.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/document/byte_writer.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::unique_ptr<ShardConfig> documents_config() {
  auto config = test_config();
  Definitions& definitions = config->definitions;
  EventDefinition page;
  page.name = "page";
  const auto note = std::find_if(definitions.events.begin(), definitions.events.end(),
                                 [](const EventDefinition& event) { return event.name == "note"; });
  page.schema = note->schema;
  page.document = {{"body", DocumentKind::text}, {"meta", DocumentKind::map}};
  definitions.events.push_back(page);
  RoomDefinition room;
  room.id = "doc-{id}";
  room.events = {"page", "message"};
  definitions.rooms.push_back(room);
  config->catalogue_bytes = make_catalogue(definitions).bytes;
  config->catalogue = CatalogueView::parse(config->catalogue_bytes).value();
  config->has_durable_store = true;
  return config;
}

/// Client `client` writes `text` behind its own place `clock` - 1, or first in the root.
std::string typing(std::uint64_t client, std::uint64_t clock, std::string_view text, std::string_view root = "body") {
  using document::put_byte, document::put_integer, document::put_bytes;
  std::string out;
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{1}, client, clock}) put_integer(out, number);
  put_byte(out, clock == 0 ? 0x04 : 0x84);
  if (clock == 0) {
    put_integer(out, 1);
    put_bytes(out, root);
  } else {
    put_integer(out, client);
    put_integer(out, clock - 1);
  }
  put_bytes(out, text);
  put_integer(out, 0);
  return update_payload(out);
}

struct Documents {
  explicit Documents(std::uint32_t shards = 2, std::shared_ptr<ScriptedStore> store = nullptr)
      : cluster(shards, documents_config(), 7, std::move(store)), event(*cluster.config().catalogue.find_event("page") + 1) {}

  DocumentQuery::Result read(std::optional<std::string> since = std::nullopt) {
    DocumentQuery::Result found;
    found.fault.code = ErrorCode::internal;
    DocumentQuery query{"doc-1", "page", true};
    query.since = std::move(since);
    cluster.ask(query, [&found](DocumentQuery::Result result) { found = std::move(result); });
    return found;
  }
  ErrorCode compact(const std::string& user) {
    ErrorCode code = ErrorCode::internal;
    cluster.ask(CompactDocument{"doc-1", "page", user}, [&code](const PublishResult& result) { code = result.fault.code; });
    return code;
  }
  std::vector<LogRecord> records() {
    std::vector<LogRecord> all;
    cluster.shared_store()->open({{}, "doc-1"}, [&](const RoomOpened& opened) {
      ReadRange range;
      range.key = {{}, "doc-1"};
      range.epoch = opened.state.epoch;
      range.records_max = range.bytes_max = 10'000'000;
      cluster.shared_store()->read(range, [&all](LogPage page) { all = std::move(page.records); });
    });
    return all;
  }

  Cluster cluster;
  std::uint64_t event;
};

const std::string kAll(1, '\0');  ///< the state vector of an empty document

}  // namespace

TEST_CASE("an update of a document is applied, appended and delivered, and the document shows it") {
  Documents world(GENERATE(1u, 3u, 5u));
  Client ann = world.cluster.producer("ann"), bob = world.cluster.greeted("bob");
  const Joined room = ann.join("doc-1");
  bob.join("doc-1");
  ann.publish(room.room, world.event, 1, typing(7, 0, "Hello"));
  const std::string delivered = bob.only();
  CHECK(begins(delivered, {FrameType::event, room.room, world.event, 1}));
  CHECK(delivered.find(typing(7, 0, "Hello")) != std::string::npos);
  ann.publish(room.room, world.event, 2, typing(7, 5, "!"));
  const auto found = world.read(kAll);
  CHECK(found.fault.code == ErrorCode::ok);
  CHECK(found.roots == R"({"body":"Hello!","meta":{}})");
  CHECK(update_payload(found.update) == typing(7, 0, "Hello!"));
  CHECK(world.read(found.state_vector).update == std::string(2, '\0'));
}

TEST_CASE("a malformed update, one with a hole, and one of another root are refused by their codes, and consume their numbers") {
  Documents world;
  Client ann = world.cluster.producer("ann");
  const Joined room = ann.join("doc-1");
  const auto [payload, code] = GENERATE(std::pair{update_payload("\x01"), ErrorCode::document_invalid},
                                        std::pair{std::string(R"({"u":"%"})"), ErrorCode::document_invalid},
                                        std::pair{std::string("1"), ErrorCode::document_invalid},
                                        std::pair{typing(7, 0, "x", "other"), ErrorCode::document_invalid},
                                        std::pair{typing(7, 3, "x"), ErrorCode::document_hole});
  ann.publish(room.room, world.event, 1, payload);
  CHECK(begins(ann.only(), {FrameType::nack, room.room, 1, testing::number(code)}));
  ann.publish(room.room, world.event, 2, typing(7, 0, "ok"));
  CHECK(ann.take().size() == 2);
  CHECK(world.read().roots == R"({"body":"ok","meta":{}})");
}

TEST_CASE("a refusal in a room without documents consumes its number, also if the catalogue begins with a document") {
  auto config = documents_config();
  for (EventDefinition& event : config->definitions.events)
    if (event.name == "page") event.name = "a-page";
  for (RoomDefinition& room : config->definitions.rooms)
    std::replace(room.events.begin(), room.events.end(), std::string("page"), std::string("a-page"));
  config->catalogue_bytes = make_catalogue(config->definitions).bytes;
  config->catalogue = CatalogueView::parse(config->catalogue_bytes).value();
  REQUIRE(config->catalogue.find_event("a-page") == 0u);
  Cluster cluster(1, std::move(config));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, 1, 1, "{}");
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, testing::number(ErrorCode::event_not_allowed)}));
}

TEST_CASE("an update that comes again changes nothing, and its number is answered as before") {
  Documents world;
  Client ann = world.cluster.producer("ann"), bob = world.cluster.greeted("bob");
  const Joined room = ann.join("doc-1");
  bob.join("doc-1");
  ann.publish(room.room, world.event, 1, typing(7, 0, "Hi"));
  bob.take();
  ann.publish(room.room, world.event, 1, typing(7, 0, "Hi"));
  CHECK(bob.take().empty());
  ann.publish(room.room, world.event, 2, typing(7, 0, "Hi"));
  const Frames delivered = bob.take();  // a SKIP in the place of the snapshot, and an update that changes nothing
  REQUIRE(delivered.size() == 2);
  CHECK(delivered.back().find(update_payload(std::string(2, '\0'))) != std::string::npos);
  CHECK(world.read().roots == R"({"body":"Hi","meta":{}})");
}

TEST_CASE("a document is snapshotted, its log keeps a bounded number of updates, and another server loads it") {
  std::string expected;
  std::shared_ptr<ScriptedStore> store;
  const std::uint64_t count = 3 * kSnapshotUpdates;
  {
    Documents world(1);
    Client ann = world.cluster.producer("ann");
    const Joined room = ann.join("doc-1");
    for (std::uint64_t i = 0; i < count; ++i) {
      ann.publish(room.room, world.event, i + 1, typing(7, i, std::string(1, static_cast<char>('a' + i % 26))));
      expected += static_cast<char>('a' + i % 26);
    }
    store = world.cluster.shared_store();
    std::size_t updates = 0, snapshots = 0;
    for (const LogRecord& record : world.records()) {
      updates += record.event == "page" ? 1 : 0;
      snapshots += record.event == kSnapshotEvent ? 1 : 0;
    }
    CHECK(updates <= kDocumentUpdatesKept);
    CHECK(snapshots == 1);
    CHECK(world.read().roots == R"({"body":")" + expected + R"(","meta":{}})");
  }
  Documents other(1, store);
  const auto found = other.read();
  CHECK(found.fault.code == ErrorCode::ok);
  CHECK(found.roots == R"({"body":")" + expected + R"(","meta":{}})");
  Client bob = other.cluster.producer("bob");
  const Joined room = bob.join("doc-1");
  CHECK(room.head == found.seq);
  bob.publish(room.room, other.event, 1, typing(7, count, "."));
  CHECK(other.read().roots == R"({"body":")" + expected + R"(.","meta":{}})");
}

TEST_CASE("members receive no snapshot: they get SKIPs in its place, and every update in order") {
  Documents world(GENERATE(1u, 2u));
  Client ann = world.cluster.producer("ann"), bob = world.cluster.greeted("bob");
  const Joined room = ann.join("doc-1");
  bob.join("doc-1");
  std::uint64_t events = 0;
  for (std::uint64_t i = 0; i < kSnapshotUpdates + 10; ++i) {
    ann.publish(room.room, world.event, i + 1, typing(7, i, "x"));
    for (const std::string& each : bob.take()) {
      CHECK(each.find(kSnapshotEvent) == std::string::npos);
      events += begins(each, {FrameType::event, room.room, world.event}) ? 1 : 0;
    }
  }
  CHECK(events == kSnapshotUpdates + 10);
}

TEST_CASE("after an append that failed the document is that of the log") {
  Documents world(1);
  Client ann = world.cluster.producer("ann");
  const Joined room = ann.join("doc-1");
  ann.publish(room.room, world.event, 1, typing(7, 0, "kept"));
  world.cluster.store().append_status = StoreStatus::full;
  ann.take();
  ann.publish(room.room, world.event, 2, typing(7, 4, "lost"));
  CHECK(begins(ann.only(), {FrameType::nack, room.room, 2, testing::number(ErrorCode::store_full)}));
  CHECK(world.read().roots == R"({"body":"kept","meta":{}})");
  world.cluster.store().append_status = StoreStatus::ok;
  ann.publish(room.room, world.event, 2, typing(7, 4, " and more"));
  CHECK(world.read().roots == R"({"body":"kept and more","meta":{}})");
}

TEST_CASE("a document is shown when the append under way is over, not before") {
  Documents world(1);
  Client ann = world.cluster.producer("ann");
  const Joined room = ann.join("doc-1");
  ann.publish(room.room, world.event, 1, typing(7, 0, "a"));
  world.cluster.store().held = true;
  ann.publish(room.room, world.event, 2, typing(7, 1, "b"));
  std::optional<DocumentQuery::Result> found;
  world.cluster.ask(DocumentQuery{"doc-1", "page", true}, [&found](DocumentQuery::Result result) { found = std::move(result); });
  CHECK_FALSE(found);
  world.cluster.store().release();
  world.cluster.settle();
  REQUIRE(found);
  CHECK(found->roots == R"({"body":"ab","meta":{}})");
  CHECK(found->seq >= 2);
}

TEST_CASE("a compaction deletes what a user wrote, for members, later readers and the log") {
  std::shared_ptr<ScriptedStore> store;
  {
    Documents world(GENERATE(1u, 2u));
    Client ann = world.cluster.producer("ann"), bob = world.cluster.producer("bob");
    const Joined room = ann.join("doc-1");
    bob.join("doc-1");
    ann.publish(room.room, world.event, 1, typing(7, 0, "secret"));
    bob.publish(room.room, world.event, 1, typing(8, 0, "public"));
    ann.publish(room.room, world.event, 2, typing(7, 6, " words"));
    bob.take();
    REQUIRE(world.compact("ann") == ErrorCode::ok);
    CHECK(begins(bob.only(), {FrameType::event, room.room, world.event}));
    CHECK(world.read().roots == R"({"body":"public","meta":{}})");
    for (const LogRecord& record : world.records()) {
      INFO(record.payload);
      const auto update = update_of(record.payload);
      CHECK_FALSE((update && update->find("secret") != std::string::npos));
      CHECK(record.from == "system");
    }
    CHECK(world.records().size() == 2);  // the deletion and the snapshot
    store = world.cluster.shared_store();
  }
  Documents other(1, store);
  CHECK(other.read().roots == R"({"body":"public","meta":{}})");
}

TEST_CASE("a compaction of an event that is not a document, or of an unknown room, is refused") {
  Documents world;
  CHECK(world.compact("ann") == ErrorCode::ok);  // the room of a pattern begins with it
  ErrorCode code = ErrorCode::ok;
  world.cluster.ask(CompactDocument{"doc-1", "message", ""}, [&code](const PublishResult& result) { code = result.fault.code; });
  CHECK(code == ErrorCode::event_not_allowed);
  world.cluster.ask(CompactDocument{"nowhere", "page", ""}, [&code](const PublishResult& result) { code = result.fault.code; });
  CHECK(code == ErrorCode::room_unknown);
  world.cluster.ask(DocumentQuery{"nowhere", "page"}, [&code](const auto& result) { code = result.fault.code; });
  CHECK(code == ErrorCode::room_unknown);
  world.cluster.ask(DocumentQuery{"chat", "page"}, [&code](const auto& result) { code = result.fault.code; });
  CHECK(code == ErrorCode::request_invalid);
}

TEST_CASE("a document whose updates are missing in the log is refused as damaged, and the room's other events go on") {
  std::shared_ptr<ScriptedStore> store;
  {
    Documents world(1);
    Client ann = world.cluster.producer("ann");
    const Joined room = ann.join("doc-1");
    for (std::uint64_t i = 0; i < 5; ++i) ann.publish(room.room, world.event, i + 1, typing(7, i, "x"));
    store = world.cluster.shared_store();
  }
  store->damaged = {{3, 4}};  // behind the snapshot that follows the first update
  Documents other(1, store);
  CHECK(other.read().fault.code == ErrorCode::history_damaged);
  Client bob = other.cluster.producer("bob");
  const Joined room = bob.join("doc-1");
  bob.publish(room.room, other.event, 1, typing(8, 0, "y"));
  CHECK(begins(bob.only(), {FrameType::nack, room.room, 1, testing::number(ErrorCode::history_damaged)}));
  bob.publish(room.room, kMessage, 2, kHi);
  CHECK(bob.take().size() == 2);
}

TEST_CASE("a snapshot is put together from its records, and a snapshot that lacks some is ignored") {
  RoomDocument kept;
  using document::put_integer;
  std::string big;
  for (const std::uint64_t number : {1, 1, 7, 0}) put_integer(big, number);
  document::put_byte(big, 0x04);
  put_integer(big, 1);
  document::put_bytes(big, "body");
  document::put_bytes(big, std::string(200'000, 'z'));
  put_integer(big, 0);
  REQUIRE(kept.document.apply(big, nullptr) == document::Refusal::none);
  kept.authors = {{7, "ann"}, {9, "b\"ob"}};
  const auto records = snapshot_of("page", kept);
  REQUIRE(records.size() == 5);
  SnapshotReader reader;
  CHECK_FALSE(reader.take(records[1]));
  std::optional<DocumentSnapshot> read;
  for (const LogRecord& record : records) {
    CHECK(record.group_keep == 5);
    CHECK_FALSE(read);
    read = reader.take(record);
  }
  REQUIRE(read);
  CHECK(read->event == "page");
  CHECK(read->update == kept.document.encode());
  CHECK(read->authors == kept.authors);
  for (const std::size_t left_out : {0u, 2u, 4u}) {
    SnapshotReader other;
    for (std::size_t i = 0; i < records.size(); ++i)
      if (i != left_out) CHECK_FALSE(other.take(records[i]));
  }
}

}  // namespace dialogue::testing
