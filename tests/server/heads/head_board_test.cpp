// Heads of watched rooms: what a stream gets and when, marks that move forward, and counts that equal a recount.
#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "server/heads/head_board.hpp"
#include "server/store/kept/kept_writer.hpp"
#include "server/store/memory/memory_store.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::heads {
namespace {

using core::ExchangeItem;
using core::ExchangeResult;

/// One board, rooms that answer when they are asked to, and a store of its own.
struct Heads {
  Heads()
      : writer({store, [this](std::function<void()> task) { tasks.push_back(std::move(task)); }, [] { return std::uint64_t{1}; },
                false, [](const store::KeptList&, store::KeptKind) {}},
               {{store::KeptKind::mark}}),
        board({[this](core::HistoryQuery query, HeadBoard::Asked done) {
                 questions.push_back({std::move(query), std::move(done)});
               },
               [this](store::KeptWriter::Unit unit) { writer.submit(std::move(unit)); }, [this] { return now_ms; },
               [] { return std::uint64_t{1}; },
               [this](std::string_view room, bool is_watched) {
                 if (is_watched)
                   watched.push_back(std::string(room));
                 else
                   std::erase(watched, room);
               }},
              marks) {}

  struct Question {
    core::HistoryQuery query;
    HeadBoard::Asked done;
  };
  struct Stream {
    std::vector<std::string> items;
    std::vector<ExchangeResult> results;
    std::uint64_t allowed = kStreamWindow;
  };

  void begin(std::uint64_t number, const std::string& user, std::vector<std::string> rooms, std::vector<std::string> events = {},
             bool is_member = false, const std::string& session = "s1", std::uint64_t granted = 100) {
    core::ExchangeQuestion question;
    auto identity = std::make_shared<core::Identity>();
    identity->user_id = user;
    question.identity = identity;
    question.session_id = session;
    question.granted = granted;
    question.heads = std::make_shared<core::HeadsQuestion>();
    for (std::string& room : rooms) question.heads->rooms.push_back({std::move(room), is_member, 0});
    question.heads->events = std::move(events);
    board.begin(number, question, [this, number](core::ExchangeReply reply) {
      if (auto* item = std::get_if<ExchangeItem>(&reply)) streams[number].items.push_back(item->json);
      if (auto* result = std::get_if<ExchangeResult>(&reply)) streams[number].results.push_back(*result);
      if (const auto* allow = std::get_if<core::ExchangeAllow>(&reply)) streams[number].allowed = allow->up_to;
    });
    settle();
  }
  void write(std::uint64_t number, const std::string& item) {
    board.take(number, core::ExchangeWrite{item});
    settle();
  }
  /// An event in a room, which the board learns of.
  void publish(const std::string& room, const std::string& event, const std::string& from) {
    append(room, event, from);
    const core::LogRecord& record = logs[room].back();
    board.moved({room, {7, record.seq, record.timestamp_ms, event, from}});
    settle();
  }
  void append(const std::string& room, const std::string& event, const std::string& from) {
    core::LogRecord record;
    record.seq = logs[room].size() + 1;
    record.timestamp_ms = 1'000 + record.seq;
    record.event = event;
    record.from = from;
    logs[room].push_back(record);
  }
  /// Answers what was asked and writes what waits, until nothing is left.
  void settle() {
    while (answers && (!questions.empty() || !tasks.empty())) {
      if (!tasks.empty()) {
        const auto task = std::move(tasks.front());
        tasks.pop_front();
        task();
        continue;
      }
      answer_next();
    }
    static_cast<void>(board.tick());
  }
  void answer_next() {
    const Question question = std::move(questions.front());
    questions.pop_front();
    core::HistoryQuery::Result result;
    const auto log = logs.find(question.query.room_id);
    if (log == logs.end()) {
      result.fault = {ErrorCode::room_unknown, {}, {}};
      return question.done(std::move(result));
    }
    result.epoch = 7;
    result.head = log->second.size();
    for (const core::LogRecord& record : log->second) {
      const auto& events = question.query.events;
      const bool is_wanted = events.empty() || std::find(events.begin(), events.end(), record.event) != events.end();
      if (record.seq > question.query.since && is_wanted) result.records.push_back(record);
    }
    if (result.records.size() > question.query.limit) {
      if (question.query.oldest_first) {
        result.records.resize(question.query.limit);
        result.next = result.records.back().seq;
      } else {
        result.records.erase(result.records.begin(), result.records.end() - static_cast<std::ptrdiff_t>(question.query.limit));
      }
    }
    question.done(std::move(result));
  }
  std::string last(std::uint64_t number) { return streams[number].items.empty() ? std::string() : streams[number].items.back(); }
  void pass(std::uint64_t ms) {
    now_ms += ms;
    settle();
  }

  std::map<std::string, std::vector<core::LogRecord>> logs;
  std::deque<Question> questions;
  std::deque<std::function<void()>> tasks;
  std::map<std::uint64_t, Stream> streams;
  std::vector<std::string> watched;
  std::uint64_t now_ms = 1'000;
  bool answers = true;
  std::shared_ptr<store::MemoryStore> store = std::make_shared<store::MemoryStore>(1);
  MarkTable marks;
  store::KeptWriter writer;
  HeadBoard board;
};

}  // namespace

TEST_CASE("a stream gets the heads of its rooms, then those that have moved, joined into one item") {
  Heads heads;
  heads.append("a", "message", "bob");
  heads.logs["b"];
  heads.begin(1, "ann", {"a", "b"});
  CHECK(heads.watched == std::vector<std::string>{"a", "b"});
  std::string all;
  for (const std::string& item : heads.streams[1].items) all += item;
  CHECK_THAT(all, Catch::Contains(R"({"room":"a","epoch":7,"seq":1,"at":1001,"event":"message","from":"bob"})"));
  CHECK_THAT(all, Catch::Contains(R"({"room":"b","epoch":7,"seq":0})"));
  heads.pass(kHeadsIntervalMs);
  heads.streams[1].items.clear();
  heads.publish("a", "message", "bob");
  CHECK(heads.streams[1].items.size() == 1);
  for (int i = 0; i < 5; ++i) heads.publish("a", "message", "bob");
  heads.publish("b", "message", "bob");
  CHECK(heads.streams[1].items.size() == 1);
  heads.pass(kHeadsIntervalMs);
  REQUIRE(heads.streams[1].items.size() == 2);
  CHECK_THAT(heads.last(1), Catch::Contains(R"("room":"a","epoch":7,"seq":7)"));
  CHECK_THAT(heads.last(1), Catch::Contains(R"("room":"b","epoch":7,"seq":1)"));
  heads.board.take(1, core::ExchangeEnded{});
  CHECK(heads.watched.empty());
  CHECK(heads.board.watches() == 0);
}

TEST_CASE("nothing is sent beyond the client's credit, and nothing is lost by waiting for it") {
  Heads heads;
  heads.logs["a"];
  heads.begin(1, "ann", {"a"}, {}, false, "s1", 1);
  CHECK(heads.streams[1].items.size() == 1);
  for (int i = 0; i < 3; ++i) {
    heads.publish("a", "message", "bob");
    heads.pass(kHeadsIntervalMs);
  }
  CHECK(heads.streams[1].items.size() == 1);
  heads.board.take(1, core::ExchangeGrant{2});
  heads.pass(kHeadsIntervalMs);
  REQUIRE(heads.streams[1].items.size() == 2);
  CHECK_THAT(heads.last(1), Catch::Contains(R"("seq":3)"));
}

TEST_CASE("a mark moves forward, counts the events that follow it, and is kept before it is answered") {
  Heads heads;
  for (const char* from : {"bob", "ann", "bob", "bob"}) heads.append("a", "message", from);
  heads.append("a", "typing", "bob");
  heads.begin(1, "ann", {"a"}, {"message"});
  heads.begin(2, "ann", {"a"}, {"message"}, false, "s2");
  CHECK_THAT(heads.last(1), !Catch::Contains("unread"));
  heads.pass(kHeadsIntervalMs);
  heads.answers = false;
  heads.write(1, R"({"mark":{"id":1,"room":"a","seq":1}})");
  CHECK_THAT(heads.last(1), !Catch::Contains("marks"));
  heads.answers = true;
  heads.settle();
  CHECK_THAT(heads.last(1), Catch::Contains(R"("marks":[{"id":1,"room":"a","epoch":7,"mark":1}])"));
  heads.pass(kHeadsIntervalMs);
  for (const std::uint64_t stream : {1, 2}) CHECK_THAT(heads.last(stream), Catch::Contains(R"("mark":1,"unread":2)"));
  heads.publish("a", "message", "bob");
  heads.publish("a", "message", "ann");
  heads.publish("a", "typing", "bob");
  heads.pass(kHeadsIntervalMs);
  CHECK_THAT(heads.last(2), Catch::Contains(R"("seq":8,"at":1008,"event":"typing","from":"bob","mark":1,"unread":3)"));
  heads.write(2, R"({"mark":{"id":1,"room":"a","seq":8}})");
  heads.pass(kHeadsIntervalMs);
  CHECK_THAT(heads.last(1), Catch::Contains(R"("mark":8,"unread":0)"));
  heads.write(1, R"({"mark":{"id":2,"room":"a","seq":3}})");
  CHECK_THAT(heads.last(1), Catch::Contains(R"({"id":2,"room":"a","epoch":7,"mark":8})"));
  heads.pass(kHeadsIntervalMs);
  heads.write(1, R"({"mark":{"id":3,"room":"a","seq":3,"back":true}})");
  heads.pass(kHeadsIntervalMs);
  CHECK_THAT(heads.last(2), Catch::Contains(R"("mark":3,"unread":2)"));
  heads.write(1, R"({"mark":{"id":4,"room":"a","seq":9}})");
  CHECK_THAT(heads.last(1), Catch::Contains(R"("id":4,"room":"a","code":73)"));
  heads.pass(kHeadsIntervalMs);
  heads.write(1, R"({"mark":{"id":5,"room":"other","seq":1}})");
  CHECK_THAT(heads.last(1), Catch::Contains(R"("id":5,"room":"other","code":61)"));
}

TEST_CASE("a client that does not read the answers cannot write more marks, and a watch has one count in progress") {
  Heads heads;
  for (int i = 0; i < 50; ++i) heads.append("a", "message", "bob");
  heads.begin(1, "ann", {"a"}, {}, false, "s1", 1);
  REQUIRE(heads.streams[1].items.size() == 1);
  const auto mark = [](std::uint64_t seq) {
    return R"({"mark":{"id":1,"room":"a","back":true,"seq":)" + std::to_string(seq) + "}}";
  };
  for (std::uint64_t seq = 0; seq < kStreamWindow; ++seq) heads.write(1, mark(seq));
  CHECK(heads.streams[1].allowed == kStreamWindow);
  heads.board.take(1, core::ExchangeGrant{2});
  heads.pass(kHeadsIntervalMs);
  CHECK(heads.streams[1].allowed == 2 * kStreamWindow);
  heads.answers = false;
  for (std::uint64_t seq = 20; seq < 30; ++seq) {
    heads.write(1, mark(seq));
    while (!heads.tasks.empty()) {
      const auto task = std::move(heads.tasks.front());
      heads.tasks.pop_front();
      task();
    }
    CHECK(heads.questions.size() == 1);
  }
  heads.answers = true;
  heads.board.take(1, core::ExchangeGrant{9});
  heads.pass(kHeadsIntervalMs);
  heads.pass(kHeadsIntervalMs);
  CHECK_THAT(heads.last(1), Catch::Contains(R"("mark":29,"unread":21)"));
}

TEST_CASE("an erased event, and one that was missed, make the room count again") {
  Heads heads;
  heads.append("a", "message", "bob");
  heads.begin(1, "ann", {"a"});
  heads.write(1, R"({"mark":{"id":1,"room":"a","seq":1}})");
  for (int i = 0; i < 3; ++i) heads.publish("a", "message", "bob");
  heads.pass(kHeadsIntervalMs);
  CHECK_THAT(heads.last(1), Catch::Contains(R"("unread":3)"));
  heads.logs["a"][2].event = "erased";  // as if it were gone
  heads.publish("a", "erased", "system");
  heads.pass(kHeadsIntervalMs);
  CHECK_THAT(heads.last(1), Catch::Contains(R"("unread":2)"));
  heads.append("a", "message", "bob");
  heads.publish("a", "message", "bob");
  heads.pass(kHeadsIntervalMs);
  CHECK_THAT(heads.last(1), Catch::Contains(R"("seq":7,"at":1007,"event":"message","from":"bob","mark":1,"unread":4)"));
}

TEST_CASE("counts are capped, and a count under way takes in what comes meanwhile") {
  Heads heads;
  for (std::size_t i = 0; i < kUnreadMax + 200; ++i) heads.append("a", "message", "bob");
  heads.begin(1, "ann", {"a"});
  heads.write(1, R"({"mark":{"id":1,"room":"a","seq":0}})");
  heads.pass(kHeadsIntervalMs);
  CHECK_THAT(heads.last(1), Catch::Contains(R"("unread":1000,"more":true)"));
  heads.answers = false;
  heads.write(1, R"({"mark":{"id":2,"room":"a","seq":1190}})");
  while (!heads.tasks.empty() || heads.questions.empty()) {
    heads.tasks.front()();
    heads.tasks.pop_front();
  }
  heads.board.moved({"a", {7, 1'201, 1, "message", "bob"}});
  heads.answer_next();  // of the log without it
  heads.append("a", "message", "bob");
  heads.answers = true;
  heads.pass(kHeadsIntervalMs);
  CHECK_THAT(heads.last(1), Catch::Contains(R"("mark":1190,"unread":11)"));
}

TEST_CASE("rooms are refused one by one, and a membership's end ends its watch") {
  Heads heads;
  heads.logs["a"];
  heads.logs["b"];
  heads.begin(1, "ann", {"a", "nowhere"}, {}, true);
  std::string all;
  for (const std::string& item : heads.streams[1].items) all += item;
  CHECK_THAT(all, Catch::Contains(R"({"room":"nowhere","code":"room_unknown"})"));
  CHECK(heads.watched == std::vector<std::string>{"a"});
  heads.pass(kHeadsIntervalMs);
  heads.board.left("s2", "a");
  CHECK(heads.watched.size() == 1);
  heads.board.left("s1", "a");
  heads.settle();
  CHECK(heads.last(1) == R"({"heads":[{"room":"a","code":"forbidden"}]})");
  CHECK(heads.watched.empty());
}

TEST_CASE("rooms of a session are bounded, and what cannot be read ends its stream") {
  Heads heads;
  std::vector<std::string> rooms;
  for (std::size_t i = 0; i < kWatchesOfSessionMax; ++i) heads.logs[rooms.emplace_back("room-" + std::to_string(i))];
  heads.begin(1, "ann", rooms);
  std::size_t bytes_max = 0;
  for (const std::string& item : heads.streams[1].items) bytes_max = std::max(bytes_max, item.size());
  CHECK(bytes_max < kHeadsItemBytesMax + 1'000);
  CHECK(heads.board.watches() == kWatchesOfSessionMax);
  heads.begin(2, "ann", {"room-1"});
  REQUIRE(heads.streams[2].results.size() == 1);
  CHECK(heads.streams[2].results[0].code == ErrorCode::too_many_rooms);
  heads.begin(3, "bob", {"room-1"}, {}, false, "s3");
  CHECK(heads.streams[3].results.empty());
  heads.write(1, R"({"remove":["room-1","room-2"]})");
  CHECK(heads.board.watches() == kWatchesOfSessionMax - 1);
  for (const char* const bad : {"7", R"({"mark":7})", R"({"mark":{"seq":1}})", R"({"remove":"a"})"}) {
    heads.begin(4, "ann", {"room-1"}, {}, false, "s4");
    heads.write(4, bad);
    REQUIRE(heads.streams[4].results.size() == 1);
    CHECK(heads.streams[4].results[0].code == ErrorCode::request_invalid);
    heads.streams.erase(4);
  }
}

TEST_CASE("heads are shown once all of their rooms have answered") {
  Heads heads;
  heads.append("a", "message", "bob");
  std::vector<std::string> shown;
  const auto show = [&](std::vector<std::string> rooms, std::string user) {
    heads.board.show({std::move(rooms), {}, std::move(user)},
                     [&](const core::Error&, std::string json) { shown.push_back(std::move(json)); });
    heads.settle();
  };
  show({"a", "nowhere", "a"}, {});
  REQUIRE(shown.size() == 1);
  CHECK(shown[0] == R"({"heads":[{"room":"a","epoch":7,"seq":1,"at":1001,"event":"message","from":"bob"},)"
                    R"({"room":"nowhere","code":"room_unknown"}]})");
  std::vector<api::MarkAnswer> answers;
  heads.board.mark({"ann", "a", 0, false}, [&](const api::MarkAnswer& answer) { answers.push_back(answer); });
  heads.settle();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].fault.code == ErrorCode::ok);
  show({"a"}, "ann");
  CHECK_THAT(shown[1], Catch::Contains(R"("mark":0,"unread":1)"));
  CHECK(heads.board.watches() == 0);
}

TEST_CASE("a user's marks are kept, read again, bounded and removed without a trace of the user") {
  MarkTable marks;
  for (std::size_t i = 0; i < kMarksOfUserMax; ++i) marks.put("ann", "room-" + std::to_string(i), {7, i, 0});
  CHECK_FALSE(marks.has_room_for("ann"));
  CHECK(marks.has_room_for("bob"));
  const store::KeptChange change = marks.change("ann", "room-3", {7, 5, 0}, 10, true);
  CHECK(change.expires_s == 10 + kMarkLifeS);
  CHECK(change.key.find("ann") == std::string::npos);
  MarkTable read;
  store::KeptList list;
  list.entries.push_back({store::KeptKind::mark, change.key, *change.value, 9});
  CHECK(read.take(list).size() == 1);
  REQUIRE(read.find("ann", "room-3") != nullptr);
  CHECK(*read.find("ann", "room-3") == Mark{7, 5, 9});
  CHECK(read.take(list).empty());
  list.is_whole = false;
  list.entries[0].value.clear();
  list.entries[0].is_removed = true;
  REQUIRE(read.take(list).size() == 1);
  CHECK(read.find("ann", "room-3") == nullptr);
  CHECK(marks.removals("ann").size() == kMarksOfUserMax);
  marks.forget("ann");
  CHECK(marks.size() == 0);
}

}  // namespace dialogue::heads
