// From one server's drain to the receipt that the next one completes.
#include "server/embed/drain/drain_tracker.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "server/embed/text_file.hpp"
#include "tests/patience.hpp"

namespace dialogue {
namespace {

using Catch::Matchers::Contains;

/// A file of this test's own, removed with it.
struct File {
  std::string path = (std::filesystem::temp_directory_path() / ("drain-" + std::to_string(std::random_device{}()))).string();
  ~File() { std::filesystem::remove(path); }
};

/// The lines of a log, and the wait for one.
class DrainLines {
 public:
  void add(const core::LogLine& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    changed_.notify_all();
  }
  core::LogLine wait_for(const std::string& event) {
    std::unique_lock lock(mutex_);
    core::LogLine found{core::LogLevel::debug, {}, {}};
    const auto is_there = [&] {
      for (const core::LogLine& line : lines_)
        if (line.event == event) found = line;
      return found.event == event;
    };
    REQUIRE(changed_.wait_for(lock, testing::kPatience, is_there));
    return found;
  }
  [[nodiscard]] bool is_empty() {
    const std::lock_guard lock(mutex_);
    return lines_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<core::LogLine> lines_;
};

std::function<void(const core::LogLine&)> into(DrainLines& lines) {
  return [&lines](const core::LogLine& line) { lines.add(line); };
}

core::Time at(std::uint64_t unix_ms) { return {.monotonic_ms = 0, .unix_ms = unix_ms}; }

std::uint64_t now_ms() {
  using std::chrono::milliseconds, std::chrono::system_clock;
  return static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace

TEST_CASE("a drain's receipt is completed by the next server when all sessions are back", "[timed]") {
  const File file;
  DrainLines lines;
  const std::uint64_t begun = now_ms();
  {
    DrainTracker first(file.path, into(lines));
    CHECK(first.receipt().empty());
    first.notified("ann's secret", at(begun));
    first.notified("bob's secret", at(begun + 40));
    first.notified({}, at(begun));  // a push stream
    first.end({.sockets = 3, .cut = 1, .pause_ms = 500, .spread_ms = 1'000, .begun_ms = begun, .took_ms = 60});
    CHECK_THAT(lines.wait_for("drain_receipt").fields, Contains(R"("notified":3,"resumable":2,"cut":1,"resumed":0)"));
  }
  CHECK_THAT(read_text_file(file.path, kDrainFileBytesMax), !Contains("secret"));
  DrainTracker second(file.path, into(lines));
  second.begin();
  CHECK_THAT(second.receipt(), Contains(R"("complete":false)"));
  CHECK_FALSE(second.returned("somebody else's", at(begun + 600)));
  CHECK(second.returned("ann's secret", at(begun + 600)));
  CHECK_FALSE(second.returned("ann's secret", at(begun + 700)));  // once
  second.joined(false);
  second.joined(true);
  second.repeated();
  CHECK(second.returned("bob's secret", at(begun + 840)));
  const std::string fields = lines.wait_for("drain_completed").fields;
  CHECK_THAT(fields, Contains(R"("resumed":2,"rooms":2,"lost":1,"repeated":1,"gap_ms_max":800,"complete":true)"));
  CHECK_THAT(second.receipt(), Contains(R"("gapMsMax":800,"complete":true)"));
  CHECK_FALSE(second.returned("ann's secret", at(begun + 900)));

  DrainLines later;
  const DrainTracker third(file.path, into(later));  // it still shows the receipt, and waits for nobody
  CHECK_THAT(third.receipt(), Contains(R"("notified":3,"resumable":2,"cut":1,"resumed":2)"));
  CHECK(later.is_empty());
}

TEST_CASE("a session that does not reconnect in time is not waited for") {
  const File file;
  DrainLines lines;
  {
    DrainTracker first(file.path, into(lines));
    first.notified("ann's secret", at(now_ms() - 60'000));
    first.end({.sockets = 1, .spread_ms = 1'000, .begun_ms = now_ms() - 60'000, .took_ms = 10});
  }
  DrainTracker second(file.path, into(lines));
  second.begin();
  CHECK_THAT(lines.wait_for("drain_completed").fields, Contains(R"("resumed":0,)"));
}

TEST_CASE("a file that holds no receipt is reported, and replaced by the next drain") {
  const File file;
  const auto text =
      GENERATE(as<std::string>(), "", "{}", R"({"version":2,"receipt":{},"sessions":""})",
               R"({"version":1,"receipt":{},"sessions":"12"})", R"({"version":1,"receipt":{"cut":-1},"sessions":""})");
  REQUIRE(replace_text_file(file.path, text).empty());
  DrainLines lines;
  DrainTracker account(file.path, into(lines));
  lines.wait_for("drain_receipt_unreadable");
  CHECK(account.receipt().empty());
  account.end({.begun_ms = 5});
  DrainTracker next(file.path, into(lines));
  CHECK_THAT(next.receipt(), Contains(R"("begunUnixMs":5,)"));
}

TEST_CASE("of more sessions than are kept one by one only the number is known") {
  const File file;
  DrainLines lines;
  {
    DrainTracker account(file.path, into(lines));
    for (std::size_t i = 0; i <= kDrainSessionsMax; ++i) account.notified(std::to_string(i), at(1));
    account.end({.begun_ms = 1});
  }
  const std::string text = read_text_file(file.path, kDrainFileBytesMax);
  DrainReceipt receipt;
  DrainedSessions sessions;
  REQUIRE(read_drain_file(text, receipt, sessions));
  CHECK(receipt.resumable == kDrainSessionsMax + 1);
  CHECK(sessions.size() == kDrainSessionsMax);
}

}  // namespace dialogue
