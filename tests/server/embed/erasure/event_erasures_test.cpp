// Erasing single events: by an instance, and the order, bounds and ends of the erasures themselves.
#include <catch2/catch.hpp>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "server/embed/erasure/event_erasures.hpp"
#include "server/store/factory/open_store.hpp"
#include "server/store/memory/shared_memory_store.hpp"
#include "tests/server/embed/test_app.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::test {

using core::SeqRange;

namespace {

struct Erased {
  std::vector<std::vector<std::uint64_t>> sequences;
};
constexpr auto erased_event = define_event<Erased>("erased", field<&Erased::sequences>("sequences"));
constexpr auto wall = define_room("board", {.name = "Board"}, message, erased_event);
constexpr auto fleeting = define_room("fleeting", {.durability = Durability::memory}, message, erased_event);
constexpr auto erasing_app = define_app(wall, fleeting, chat);

Config erasing_config() {
  Config config = test_config();
  config.definitions = erasing_app;
  return config;
}

std::vector<std::string> texts_of(Instance& server, const char* room) {
  std::vector<std::string> texts;
  for (const LogRecord& each : value_of(server.get_history(room)).events) texts.push_back(each.payload);
  return texts;
}

/// Erasures without an instance: `look_at` waits until the test lets it go on.
struct HeldErasures {
  std::promise<void> held, is_looking;
  std::shared_future<void> gate = held.get_future().share();
  std::once_flag once;
  std::mutex mutex;
  std::vector<ErrorCode> answers;
  EventErasures erasures{{[] { return std::vector<std::shared_ptr<store::Store>>(); }, nullptr,
                          [this](const std::string&) {
                            std::call_once(once, [this] { is_looking.set_value(); });
                            gate.wait();
                            return core::Error{ErrorCode::ok, {}, {}};
                          },
                          [](const store::ErasedRoom&) { return store::UserErasure::Notified::published; }, false}};

  void erase() {
    erasures.erase({"board", {{1, 1}}}, [this](const api::EventErasureReport& report) {
      const std::lock_guard lock(mutex);
      answers.push_back(report.fault.code);
    });
  }
  std::size_t count(ErrorCode code) {
    const std::lock_guard lock(mutex);
    return static_cast<std::size_t>(std::count(answers.begin(), answers.end(), code));
  }
};

}  // namespace

TEST_CASE("an erased event is gone from the history, its position stays, and members are notified") {
  const TemporaryDirectory directory;
  const bool is_durable = GENERATE(false, true);
  const char* const room = is_durable ? "board" : "fleeting";
  Config config = erasing_config();
  if (is_durable) config.store = store::open_store("sqlite:" + directory.path() + "/dialogue.db");
  Instance server = create_dialogue(std::move(config));
  server.listen();
  for (const char* text : {"one", "two", "three"})
    REQUIRE(value_of(server.trigger(room, "message", std::string(R"({"text":")") + text + "\"}")).ok());
  const EraseResult erased = value_of(server.erase_events(room, {{2, 2}, {9, 12}}));
  CHECK(erased.ok());
  CHECK(erased.events == 1);
  CHECK(erased.sequences == std::vector<SeqRange>{{2, 2}});
  CHECK(erased.is_clean);
  CHECK(texts_of(server, room) ==
        std::vector<std::string>{R"({"text":"one"})", R"({"text":"three"})", R"({"sequences":[[2,2]]})"});
  const HistoryResult history = value_of(server.get_history(room));
  CHECK(history.head == 4);
  CHECK(history.epoch == erased.epoch);
  const EraseResult again = value_of(server.erase_events(room, {{2, 2}}));
  CHECK(again.ok());
  CHECK(again.events == 0);
  CHECK(texts_of(server, room).size() == 3);
}

TEST_CASE("rooms that do not list the event are erased from all the same") {
  Instance server = create_dialogue(erasing_config());
  server.listen();
  REQUIRE(value_of(server.trigger(chat, message, {"one"})).ok());
  CHECK(value_of(server.erase_events(chat, {{1, 1}})).events == 1);
  CHECK(texts_of(server, "chat").empty());
}

TEST_CASE("an erasure reports why its request was refused") {
  Instance server = create_dialogue(erasing_config());
  CHECK(value_of(server.erase_events(chat, {{1, 1}})).code == ErrorCode::closed);
  server.listen();
  for (const std::vector<SeqRange>& sequences :
       {std::vector<SeqRange>{}, {{0, 1}}, {{5, 4}}, {{1, 257}}, {{1, 200}, {300, 400}}, {{1, kSafeIntegerMax + 1}}})
    CHECK(value_of(server.erase_events(chat, sequences)).code == ErrorCode::request_invalid);
  CHECK(value_of(server.erase_events(chat, {{100, 200}, {1, 120}})).ok());
  CHECK(value_of(server.erase_events("nowhere", {{1, 1}})).code == ErrorCode::room_unknown);
  CHECK(value_of(server.erase_events("a b", {{1, 1}})).code == ErrorCode::room_unknown);
  server.stop();
  CHECK(value_of(server.erase_events(chat, {{1, 1}})).code == ErrorCode::draining);
}

TEST_CASE("the number of erasures that wait is limited, and a stop answers them") {
  HeldErasures held;
  held.erase();
  CHECK(held.count(ErrorCode::closed) == 1);
  held.erasures.open();
  held.erase();
  REQUIRE(held.is_looking.get_future().wait_for(testing::kPatience) == std::future_status::ready);
  for (std::size_t i = 0; i < kEventErasuresWaitingMax; ++i) held.erase();
  CHECK(held.count(ErrorCode::rate_limited) == 0);
  held.erase();
  CHECK(held.count(ErrorCode::rate_limited) == 1);
  std::thread stopping([&] { held.erasures.stop(); });
  while (held.count(ErrorCode::draining) < kEventErasuresWaitingMax) std::this_thread::yield();
  held.held.set_value();
  stopping.join();
  CHECK(held.count(ErrorCode::draining) == kEventErasuresWaitingMax);
  CHECK(held.count(ErrorCode::ok) == 1);
}

TEST_CASE("ranges become ascending and apart") {
  CHECK(*api::ordered_ranges({{7, 9}, {1, 3}, {2, 4}, {5, 5}}) == std::vector<SeqRange>{{1, 5}, {7, 9}});
  CHECK(api::ordered_ranges({{1, 256}}));
  CHECK_FALSE(api::ordered_ranges({{1, 256}, {300, 300}}));
}

}  // namespace dialogue::test
