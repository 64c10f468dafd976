// HISTORY, and what the application reads: pages, bounds, and what is in them.
#include "server/core/owner/log_reader.hpp"

#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::unique_ptr<ShardConfig> keeping(std::uint64_t events) {
  auto config = test_config();
  for (RoomDefinition& room : config->definitions.rooms) room.retention = {events, std::nullopt};
  return config;
}

void publish_notes(Client& client, const Joined& room, int count) {
  for (int i = 1; i <= count; ++i) client.publish(room.room, kNote, 1, std::to_string(i));
  client.take();
}

/// The sequences of a HISTORY answer, with what the page covers.
std::string page(Client& client, const Joined& room, std::uint64_t from, std::uint64_t limit, std::uint64_t direction) {
  client.send(frame({FrameType::history, 3, room.room, from, limit, direction}));
  const std::string text = client.only();
  demand(begins(text, {FrameType::reply, 3, 0}), "a page was due, not " + text);
  const std::size_t events = text.find("\"events\":[");
  std::string told = text.substr(text.find("\"first\""), events - text.find("\"first\""));
  std::size_t count = 0;
  for (std::size_t at = events; (at = text.find("[3,", at + 1)) != std::string::npos;) ++count;
  return told + std::to_string(count);
}

HistoryQuery::Result ask(Cluster& cluster, HistoryQuery query) {
  HistoryQuery::Result result;
  const auto done = [&result](HistoryQuery::Result answer) { result = std::move(answer); };
  cluster.ask(std::move(query), done);
  return result;
}

}  // namespace

TEST_CASE("The application's queries of unused rooms make no rooms, and read the log of a freed room") {
  Cluster cluster(3);
  const auto rooms = [&cluster] {
    std::size_t count = 0;
    cluster.ask(RoomsQuery{}, [&count](const std::vector<RoomInfo>& found) { count = found.size(); });
    return count;
  };
  const std::size_t before = rooms();
  for (int i = 0; i < 1000; ++i) {
    const std::string id = "game-" + std::to_string(i);
    const HistoryQuery::Result found = ask(cluster, {.room_id = id});
    REQUIRE(found.fault.code == ErrorCode::ok);
    CHECK(found.room.id == id);
    CHECK(found.base == 1);
    CHECK(found.head == 0);
  }
  CHECK(rooms() == before);
  CHECK(ask(cluster, {.room_id = "nowhere"}).fault.code == ErrorCode::room_unknown);

  cluster.ask(ServerPublish{"game-7", "game.move", "1", "system"}, [](const PublishResult&) {});
  CHECK(rooms() == before + 1);
  cluster.advance(test_config()->limits.room_idle_ms + 1);
  CHECK(rooms() == before);
  CHECK(ask(cluster, {.room_id = "game-7"}).head == 1);
}

TEST_CASE("HISTORY returns pages in both directions, ascending, with their range") {
  Cluster cluster(GENERATE(1u, 3u, 5u), keeping(250));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  CHECK(page(ann, chat, kSafeIntegerMax, 10, 0) == R"("first":1,"last":0,0)");
  publish_notes(ann, chat, 300);  // base is 51
  CHECK(page(ann, chat, kSafeIntegerMax, 100, 0) == R"("first":201,"last":300,100)");
  CHECK(page(ann, chat, 200, 100, 0) == R"("first":101,"last":200,100)");
  CHECK(page(ann, chat, 100, 100, 0) == R"("first":51,"last":100,50)");
  CHECK(page(ann, chat, 1, 100, 1) == R"("first":51,"last":150,100)");
  CHECK(page(ann, chat, 299, 100, 1) == R"("first":299,"last":300,2)");
  ann.send(frame({FrameType::history, 4, chat.room, 300, 1, 0}));
  CHECK(ann.only() == frame({FrameType::reply, 4, 0}, R"({"epoch":)" + std::to_string(chat.epoch) +
                                                          R"(,"base":51,"head":300,"first":300,"last":300,"events":[[3,300,)" +
                                                          std::to_string(kStartUnixMs) + R"(,"ann",300]]})"));
}

TEST_CASE("R-27 HISTORY refuses invalid counts and directions, and rooms that the client has not joined") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  for (const auto& [limit, direction] : std::initializer_list<std::pair<std::uint64_t, std::uint64_t>>{
           {0, 0}, {101, 0}, {1'000'000'000, 0}, {kSafeIntegerMax, 1}, {10, 2}}) {
    ann.send(frame({FrameType::history, 3, chat.room, 1, limit, direction}));
    CHECK(ann.only() == refused(3, ErrorCode::request_invalid, "limit is 1 to 100, direction 0 or 1"));
  }
  ann.send(frame({FrameType::history, 3, chat.room + 1, 1, 10, 0}));
  CHECK(ann.only() == refused(3, ErrorCode::not_joined));
}

TEST_CASE("a connection has at most eight pages of history on their way") {
  auto config = keeping(100);
  config->has_durable_store = true;
  Cluster cluster(1, std::move(config));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  cluster.store().held = true;
  for (std::uint64_t req = 1; req <= 9; ++req) ann.send(frame({FrameType::history, req, chat.room, 1, 10, 1}));
  CHECK(begins(ann.only(), {FrameType::reply, 9, number(ErrorCode::rate_limited)}));
  cluster.store().release();
  cluster.settle();
  CHECK(ann.take().size() == 8);
  ann.send(frame({FrameType::history, 10, chat.room, 1, 10, 1}));
  CHECK(begins(ann.only(), {FrameType::reply, 10, 0}));
}

TEST_CASE("a page of history of large events stays below a message") {
  Cluster cluster(1, keeping(100));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  const std::string large = "\"" + std::string(20'000, 'x') + "\"";
  for (int i = 0; i < 10; ++i) ann.publish(chat.room, kNote, 1, large);
  ann.take();
  ann.send(frame({FrameType::history, 1, chat.room, kSafeIntegerMax, 100, 0}));
  const std::string text = ann.only();
  CHECK(text.size() < kMessageBytesMax);
  CHECK(text.find("\"last\":10") != std::string::npos);
}

TEST_CASE("HISTORY of a room that is deleted meanwhile is refused, not forgotten") {
  auto config = keeping(100);
  config->has_durable_store = true;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  const Joined game = ann.join("game-1");
  cluster.store().held = true;
  cluster.post(DeleteRoom{"game-1"});
  ann.send(frame({FrameType::history, 4, game.room, 1, 10, 1}));
  cluster.store().release();
  cluster.settle();
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK((frames[0] == refused(4, ErrorCode::room_deleted) || frames[1] == refused(4, ErrorCode::room_deleted)));
}

TEST_CASE("the application reads any number of events, newest or oldest first, within bounds") {
  Cluster cluster(GENERATE(1u, 3u, 5u), keeping(500));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  publish_notes(ann, chat, 450);
  const auto newest = ask(cluster, {.room_id = "chat", .limit = 250});
  REQUIRE(newest.records.size() == 250);
  CHECK(newest.records.front().seq == 201);
  CHECK(newest.records.back().payload == "450");
  CHECK(newest.head == 450);
  const auto all = ask(cluster, {.room_id = "chat", .limit = 10'000});
  CHECK(all.records.size() == 450);
  const auto oldest = ask(cluster, {.room_id = "chat", .since = 10, .before = 200, .limit = 150, .oldest_first = true});
  REQUIRE(oldest.records.size() == 150);
  CHECK(oldest.records.front().seq == 11);
  const auto between = ask(cluster, {.room_id = "chat", .since = 10, .before = 15});
  CHECK(between.records.size() == 4);
  CHECK(ask(cluster, {.room_id = "chat", .since = 15, .before = 10}).records.empty());
  CHECK(ask(cluster, {.room_id = "nowhere"}).fault.code == ErrorCode::room_unknown);
}

TEST_CASE("F-K06 a page of history with damaged records has the others, and lists the damaged ones") {
  auto config = keeping(100);
  config->has_durable_store = true;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  publish_notes(ann, chat, 6);
  cluster.store().damaged = {{2, 2}, {4, 5}};
  ann.send(frame({FrameType::history, 4, chat.room, 6, 5, 0}));
  const std::string at = std::to_string(kStartUnixMs);
  CHECK(ann.only() == frame({FrameType::reply, 4, 0}, R"({"epoch":)" + std::to_string(chat.epoch) +
                                                          R"(,"base":1,"head":6,"first":2,"last":6,"events":[[3,3,)" + at +
                                                          R"(,"ann",3],[3,6,)" + at + R"(,"ann",6]],"damaged":[[2,2],[4,5]]})"));
  const auto newest = ask(cluster, {.room_id = "chat", .since = 1, .before = 5});
  REQUIRE(newest.fault.code == ErrorCode::ok);
  CHECK(newest.records.size() == 1);
  CHECK(newest.damaged == std::vector<SeqRange>{{2, 2}, {4, 4}});
  const auto oldest = ask(cluster, {.room_id = "chat", .limit = 2, .oldest_first = true});
  CHECK(oldest.records.size() == 1);  // what is damaged counts
  CHECK(oldest.damaged == std::vector<SeqRange>{{2, 2}});
}

namespace {

std::vector<std::uint64_t> sequences(const HistoryQuery::Result& found) {
  std::vector<std::uint64_t> all;
  for (const LogRecord& record : found.records) all.push_back(record.seq);
  return all;
}

using Sequences = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a query finds the events of a time by halving, also among erased and replaced ones") {
  Cluster cluster(GENERATE(1u, 3u, 5u), keeping(250));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  for (int i = 1; i <= 300; ++i) {  // base is 51; event n is n * 10 ms old
    cluster.advance(10);
    publish_notes(ann, chat, 1);
  }
  const auto at = [](std::uint64_t seq) { return kStartUnixMs + seq * 10; };
  const auto found = [&](std::uint64_t from, std::uint64_t until, std::size_t limit, bool oldest_first) {
    HistoryQuery query{.room_id = "chat", .limit = limit, .oldest_first = oldest_first};
    query.from_ms = from;
    query.until_ms = until;
    return sequences(ask(cluster, std::move(query)));
  };
  CHECK(found(at(100), at(103), 100, true) == Sequences{100, 101, 102});
  CHECK(found(at(100) + 1, at(103) + 1, 2, false) == Sequences{102, 103});
  CHECK(found(at(1), at(52), 100, true) == Sequences{51});
  CHECK(found(at(300), kSafeIntegerMax, 100, true) == Sequences{300});
  CHECK(found(at(301), kSafeIntegerMax, 100, true).empty());
  CHECK(found(1, at(51), 100, false).empty());
  CHECK(found(at(103), at(100), 100, false).empty());
  for (std::uint64_t seq = 51; seq <= 300; seq += 7) CHECK(found(at(seq), at(seq + 1), 100, true) == Sequences{seq});
}

TEST_CASE("a query for the events of a name goes on where it stopped looking") {
  Cluster cluster(1, keeping(20'000));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  publish_notes(ann, chat, static_cast<int>(kHistoryLookedAtMax) + 200);
  ann.publish(chat.room, kMessage, 1, kHi);
  const std::uint64_t last = kHistoryLookedAtMax + 202;
  HistoryQuery query{.room_id = "chat", .limit = 10};
  query.events = {"message"};
  const HistoryQuery::Result newest = ask(cluster, query);
  CHECK(sequences(newest) == Sequences{last});
  REQUIRE(newest.next);
  CHECK(*newest.next > 1);
  query.before = *newest.next;
  const HistoryQuery::Result oldest = ask(cluster, query);
  CHECK(sequences(oldest) == Sequences{1});
  CHECK_FALSE(oldest.next);

  HistoryQuery forwards{.room_id = "chat", .limit = 1, .oldest_first = true};
  forwards.events = {"message"};
  const HistoryQuery::Result first = ask(cluster, forwards);
  CHECK(sequences(first) == Sequences{1});
  CHECK(first.next.value() < kHistoryLookedAtMax);
  forwards.events = {"game.move"};
  CHECK(ask(cluster, forwards).next.value() >= kHistoryLookedAtMax);
}

}  // namespace dialogue::testing
