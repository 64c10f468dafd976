// The eraser gathers what is due; the projection goes on where a log does not answer, and leaves no event out. Both with a log of
// this test's own, which answers when the test wants it.
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>

#include "apps/chat/bridge/eraser.hpp"
#include "apps/chat/bridge/projection.hpp"
#include "apps/chat/store/messages.hpp"
#include "apps/chat/store/rooms.hpp"

using namespace chat;

namespace {

constexpr std::chrono::seconds kPatience{30};
using Sequences = std::vector<std::uint64_t>;

/// A list that threads fill and the test waits for.
template <typename Item>
class Seen {
 public:
  void add(Item item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    changed_.notify_all();
  }
  std::vector<Item> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, kPatience, [&] { return items_.size() >= count; }));
    return items_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Item> items_;
};

struct Asked {
  std::string room;
  Sequences sequences;
  std::function<void(dialogue::EraseResult)> done;
};

Sequences starts_of(const std::vector<dialogue::SeqRange>& ranges) {
  Sequences starts;
  for (const auto& range : ranges) starts.push_back(range.first);
  return starts;
}

void note(Store& store, const std::string& room, std::uint64_t first, std::uint64_t count) {
  store.write([&](Database& db) {
    for (std::uint64_t i = 0; i < count; ++i) insert_erasure(db, room, first + i);
  });
}

constexpr Eraser::Pauses kShort{std::chrono::milliseconds(1), std::chrono::milliseconds(1), std::chrono::milliseconds(1)};

}  // namespace

TEST_CASE("erasures that are due are one call for each room, at most 200 positions each, and each room has its turn") {
  Store store(":memory:");
  note(store, "a", 1, kErasedAtOnceMax + 50);
  note(store, "b", 7, 3);
  boost::asio::thread_pool threads(1);
  Seen<Asked> seen;
  Eraser eraser(
      store, threads,
      [&](std::string room, const std::vector<dialogue::SeqRange>& ranges, std::function<void(dialogue::EraseResult)> done) {
        seen.add({std::move(room), starts_of(ranges), done});
      },
      kShort);
  eraser.wake();
  seen.wait_for(1)[0].done({});
  seen.wait_for(2)[1].done({});
  seen.wait_for(3)[2].done({});
  const auto asked = seen.wait_for(3);
  CHECK(asked[0].room == "room-a");
  CHECK(asked[0].sequences.size() == kErasedAtOnceMax);
  CHECK(asked[1].room == "room-b");
  CHECK(asked[1].sequences == Sequences{7, 8, 9});
  CHECK(asked[2].room == "room-a");
  CHECK(asked[2].sequences.size() == 50);
  threads.join();
  store.read([](Database& db) { CHECK(rooms_to_erase_in(db, "", 9).empty()); });
}

TEST_CASE("an erasure that the log cannot do at the moment is tried again") {
  Store store(":memory:");
  note(store, "a", 1, 1);
  boost::asio::thread_pool threads(1);
  Seen<Asked> seen;
  Eraser eraser(
      store, threads,
      [&](std::string room, const std::vector<dialogue::SeqRange>& ranges, std::function<void(dialogue::EraseResult)> done) {
        seen.add({std::move(room), starts_of(ranges), done});
      },
      kShort);
  eraser.wake();
  dialogue::EraseResult busy;
  busy.code = dialogue::ErrorCode::rate_limited;
  seen.wait_for(1)[0].done(busy);
  seen.wait_for(2)[1].done({});
  threads.join();
  store.read([](Database& db) { CHECK(rooms_to_erase_in(db, "", 9).empty()); });
}

TEST_CASE("rooms to erase in begin after a room, and are bounded") {
  Store store(":memory:");
  for (const auto* room : {"a", "b", "c"}) note(store, room, 1, 1);
  store.read([](Database& db) {
    CHECK(rooms_to_erase_in(db, "a", 9) == std::vector<std::string>{"b", "c", "a"});
    CHECK(rooms_to_erase_in(db, "", 2) == std::vector<std::string>{"a", "b"});
  });
}

TEST_CASE("a room whose log does not answer is asked again and holds up no other; its late answer counts for nothing") {
  struct Question {
    std::string room;
    std::function<void(dialogue::HistoryResult)> done;
  };
  Store store(":memory:");
  boost::asio::thread_pool threads(1);
  Seen<Question> seen;
  Seen<bool> projected;
  std::atomic<bool> answers = false;
  const auto answer_of = [](std::uint64_t head) {
    dialogue::HistoryResult answer;
    answer.epoch = 1;
    answer.head = head;
    dialogue::LogRecord record;
    record.seq = head;
    record.event = "typing";
    record.payload = "{}";
    answer.events.push_back(std::move(record));
    return answer;
  };
  const auto read = [&](const std::string& room, const dialogue::HistoryRange&,
                        std::function<void(dialogue::HistoryResult)> done) {
    if (answers || room == "room-other") return done(answer_of(9));
    seen.add({room, std::move(done)});
  };
  Projection projection(store, threads, read, [&] { projected.add(true); },
                        {std::chrono::milliseconds(1), std::chrono::milliseconds(20)});
  projection.follow("silent");
  seen.wait_for(1);
  projection.follow("other");
  projected.wait_for(1);
  seen.wait_for(2)[0].done(answer_of(3));  // of the first question, which is not awaited any more
  answers = true;
  projected.wait_for(2);
  store.read([](Database& db) {
    CHECK(cursor_of(db, "other").seq == 9);
    CHECK(cursor_of(db, "silent").seq == 9);
  });
  threads.stop();
  threads.join();
}

TEST_CASE("the cursor stops at the last event that was read, and an event that was published is waited for") {
  Store store(":memory:");
  boost::asio::thread_pool threads(1);
  Seen<bool> projected;
  std::atomic<int> reads = 0;
  const auto read = [&](const std::string&, const dialogue::HistoryRange& range,
                        std::function<void(dialogue::HistoryResult)> done) {
    dialogue::HistoryResult answer;
    answer.epoch = 1;
    answer.head = 2;  // accepted, but only the third reading finds it
    const std::uint64_t readable = ++reads < 3 ? 1 : 2;
    for (std::uint64_t seq = range.since + 1; seq <= readable; ++seq) {
      dialogue::LogRecord record;
      record.seq = seq;
      record.event = "message";
      record.payload = R"({"text":"x"})";
      answer.events.push_back(std::move(record));
    }
    done(answer);
  };
  Projection projection(store, threads, read, [&] { projected.add(true); }, {std::chrono::milliseconds(1), kPatience});
  projection.follow("r", 2);
  projected.wait_for(1);
  projected.wait_for(3);
  store.read([](Database& db) {
    CHECK(cursor_of(db, "r").seq == 2);
    CHECK(find_message(db, "r", 2));
  });
  threads.join();
  CHECK(reads == 3);
}
