// Files that are not as they were left: flipped bits, old backups, other programs' files, two servers.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "server/core/util/seeded_random.hpp"
#include "server/store/log_rules.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/store/support/sqlite_kit.hpp"
#include "tests/share_of.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

using Catch::Matchers::Contains;
using Files = std::map<std::string, std::string>;
const std::vector<std::string> kFiles = {kPath, kPath + "-wal", kPath + "-head"};

std::vector<Step> long_workload() {
  std::vector<Step> steps;
  for (int i = 0; i < 60; ++i) steps.push_back(append_step(1 + i % 4, 60));
  return steps;
}

/// The files after the workload: closed well, or with everything still in the WAL.
Files files_after(const std::vector<Step>& steps, bool is_closed) {
  FaultVfs disk("making");
  Files files;
  {
    SqliteLogStore store(kPath, on(disk));
    for (const Step& step : steps)
      if (step(store) != StoreStatus::ok) throw std::logic_error("the workload does not work");
    if (!is_closed)
      for (const std::string& path : kFiles) files[path] = disk.content(path);
  }
  if (is_closed)
    for (const std::string& path : kFiles)
      if (disk.exists(path)) files[path] = disk.content(path);
  return files;
}

struct Flip {
  std::string path;
  std::size_t bit = 0;
};

Flip flip_one(Files& files, SeededRandom& random) {
  std::size_t total = 0;
  for (const auto& [path, bytes] : files) total += bytes.size();
  std::size_t at = random.below(total);
  for (auto& [path, bytes] : files) {
    if (at >= bytes.size()) {
      at -= bytes.size();
      continue;
    }
    const std::size_t bit = random.below(8);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    return {path, 8 * at + bit};
  }
  throw std::logic_error("no file");
}

struct Outcomes {
  std::size_t refused = 0, damaged = 0, right = 0, new_epoch = 0;
};

/// Opens what is on the disk and compares each room with one of the texts that it may have; counts what was found.
void judge(const Files& files, const std::vector<std::string>& earlier, std::uint64_t epoch, Outcomes& outcomes) {
  FaultVfs disk("flipped");
  for (const auto& [path, bytes] : files) disk.put(path, bytes);
  try {
    SqliteLogStore store(kPath, on(disk, 99));
    const RoomOpened opened = ask_open(store, workload_rooms()[0]);
    const bool is_told = opened.status == StoreStatus::ok && opened.state.epoch != epoch;
    const auto first_allowed = is_told ? earlier.begin() : std::prev(earlier.end());
    bool is_damaged = false;
    for (const RoomKey& key : workload_rooms()) {
      const std::string found = text_of(store, key);
      is_damaged = is_damaged || found == "damaged";
      const bool is_right = found == "damaged" || std::any_of(first_allowed, earlier.end(), [&](const std::string& text) {
                              return text.find(found) != std::string::npos;
                            });
      INFO("room " << key.tenant << "/" << key.room << " is\n" << found);
      REQUIRE(is_right);
    }
    ++(is_damaged ? outcomes.damaged : is_told ? outcomes.new_epoch : outcomes.right);
  } catch (const StoreError&) { ++outcomes.refused; }
}

TEST_CASE("R-75 of 1000 flipped bits each gives right data or an error, never wrong data", "[timed]") {
  constexpr std::size_t kFlips = 1000;
  const std::vector<Step> steps = long_workload();
  const std::vector<std::string> texts = texts_after_each(steps);
  SeededRandom random(75);
  for (const bool is_closed : {true, false}) {
    const Files files = files_after(steps, is_closed);
    const std::uint64_t epoch = epoch_of(SeededRandom(1).safe_integer(), 0, workload_rooms()[0]);
    Outcomes outcomes;
    judge(files, texts, epoch, outcomes);
    REQUIRE(outcomes.right == 1);
    for (std::size_t i = 0; i < share_of(kFlips); ++i) {
      Files flipped = files;
      const Flip flip = flip_one(flipped, random);
      INFO("bit " << flip.bit << " of " << flip.path << (is_closed ? ", closed" : ", not closed"));
      judge(flipped, texts, epoch, outcomes);
    }
    CHECK(outcomes.refused + outcomes.damaged + outcomes.new_epoch + outcomes.right == share_of(kFlips) + 1);
    // Not all can be harmless: a WAL is checksummed as a whole, a database is full of rows.
    if (share_of(kFlips) == kFlips) CHECK(outcomes.right < kFlips);
  }
}

TEST_CASE("R-75 a damaged record: its room says so, others serve, appending to it too") {
  FaultVfs disk("one");
  {
    SqliteLogStore store(kPath, on(disk));
    for (int i = 0; i < 3; ++i) REQUIRE(append_step(3, 100)(store) == StoreStatus::ok);
  }
  {
    SqliteDatabase database(kPath, SqliteMode::write, disk.name());
    database.run("UPDATE record SET payload = replace(payload, '5', '6') WHERE seq = 5 AND room = 1");
  }
  SqliteLogStore store(kPath, on(disk));
  CHECK(text_of(store, workload_rooms()[0]) == "damaged");
  CHECK(text_of(store, workload_rooms()[1]) != "damaged");
  CHECK(text_of(store, workload_rooms()[2]) != "damaged");
  ReadRange below;
  below.key = workload_rooms()[0];
  below.epoch = ask_open(store, below.key).state.epoch;
  below.records_max = 3;
  CHECK(sequences(ask_read(store, below)).size() == 3);
}

TEST_CASE("R-75 a missing record, producer or room is detected") {
  const auto [what, sql] = GENERATE(table<std::string, std::string>({
      {"a record", "DELETE FROM record WHERE room = 1 AND seq = 5"},
      {"a grouped record", "DELETE FROM record WHERE room = 2 AND seq = 5"},
      {"the newest record", "DELETE FROM record WHERE room = 1 AND seq = 9"},
      {"a producer", "DELETE FROM producer WHERE room = 1"},
      {"a producer's news", "DELETE FROM news WHERE room = 1"},
      {"the form of a producer's receipts", "UPDATE producer SET form = 0 WHERE room = 1"},
      {"the form of receipts, to one that there is not", "UPDATE producer SET form = 257 WHERE room = 1"},
      {"a room", "DELETE FROM room WHERE tenant = '' AND name = 'plain'"},
      {"a room's name", "UPDATE room SET name = 'plaim' WHERE tenant = '' AND name = 'plain'"},
      {"the head", "UPDATE room SET head = 8 WHERE tenant = '' AND name = 'plain'"},
  }));
  INFO(what);
  FaultVfs disk("gone");
  {
    SqliteLogStore store(kPath, on(disk));
    for (int i = 0; i < 3; ++i) REQUIRE(append_step(3, 100)(store) == StoreStatus::ok);
  }
  {
    SqliteDatabase database(kPath, SqliteMode::write, disk.name());
    database.run(sql);
  }
  SqliteLogStore store(kPath, on(disk));
  const RoomKey& hurt = workload_rooms()[what == "a grouped record" ? 1 : 0];
  CHECK(text_of(store, hurt) == "damaged");
  CHECK(text_of(store, workload_rooms()[2]) != "damaged");
}

TEST_CASE("R-76 an older database in the place of a newer one: every log has a new epoch, and its records are readable") {
  FaultVfs disk("backup");
  std::string backup;
  std::map<std::string, std::uint64_t> epochs;
  std::string text;
  {
    SqliteLogStore store(kPath, on(disk));
    REQUIRE(append_step(3, 100)(store) == StoreStatus::ok);
    for (const RoomKey& key : workload_rooms()) epochs[key.tenant + key.room] = ask_open(store, key).state.epoch;
    epochs["unwritten"] = ask_open(store, {"", "unwritten"}).state.epoch;
    text = text_of(store);
  }
  backup = disk.content(kPath);
  {
    SqliteLogStore store(kPath, on(disk));
    CHECK(ask_open(store, workload_rooms()[0]).state.epoch == epochs["plain"]);
    REQUIRE(append_step(3, 100)(store) == StoreStatus::ok);
  }
  const bool is_head_lost = GENERATE(false, true);
  disk.put(kPath, backup);
  if (is_head_lost) disk.remove(kPath + "-head");
  std::vector<std::string> warnings;
  SqliteOptions options = on(disk, 2);
  options.warn = [&](const std::string& warning) { warnings.push_back(warning); };
  std::uint64_t renewed = 0;
  {
    SqliteLogStore store(kPath, options);
    REQUIRE(warnings.size() == 1);
    CHECK_THAT(warnings[0], Contains("new epoch"));
    CHECK(text_of(store) == text);
    for (const RoomKey& key : workload_rooms()) CHECK(ask_open(store, key).state.epoch != epochs[key.tenant + key.room]);
    CHECK(ask_open(store, {"", "unwritten"}).state.epoch != epochs["unwritten"]);
    CHECK(ask_append(store, write_of(workload_rooms()[0], epochs["plain"], 4, 4)) == StoreStatus::stale);
    CHECK(append_step(3, 100)(store) == StoreStatus::ok);
    renewed = ask_open(store, workload_rooms()[0]).state.epoch;
  }
  SqliteLogStore store(kPath, options);
  CHECK(warnings.size() == 1);
  CHECK(ask_open(store, workload_rooms()[0]).state.epoch == renewed);
}

TEST_CASE("R-78 a second server on one database does not start, in this process or in another") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dialogue.db";
  int started[2], done[2];
  REQUIRE(pipe(started) == 0);
  REQUIRE(pipe(done) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  char byte = 'x';
  if (child == 0) {
    const SqliteLog log(path, {});
    const bool has_told = write(started[1], &byte, 1) == 1 && read(done[0], &byte, 1) == 1;
    _exit(has_told ? 0 : 1);
  }
  REQUIRE(read(started[0], &byte, 1) == 1);
  CHECK_THAT(refusal_of(path), Contains("another process") && Contains(path) && Contains("Stop it"));
  REQUIRE(write(done[1], &byte, 1) == 1);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  const SqliteLog log(path, {});
  CHECK_THAT(refusal_of(path), Contains("another process"));
}

TEST_CASE("R-74 what cannot be opened is refused with the path, the fault and what to do") {
  const test::TemporaryDirectory directory;
  const std::string root = directory.path();
  CHECK_THAT(refusal_of(root + "/none/log.db"), Contains("no directory " + root + "/none") && Contains("Create it"));
  CHECK_FALSE(std::filesystem::exists(root + "/none"));
  CHECK_THAT(refusal_of(root), Contains(root) && Contains("cannot be opened"));
  std::ofstream(root + "/text.db") << std::string(10'000, 'x');
  CHECK_THAT(refusal_of(root + "/text.db"), Contains("not a database") && Contains("restore"));
  SqliteDatabase(root + "/other.db", SqliteMode::write, "").run("CREATE TABLE theirs (a)");
  CHECK_THAT(refusal_of(root + "/other.db"), Contains("another program"));
}

TEST_CASE("R-74 a disk that is read-only is refused") {
  FaultVfs disk("still");
  { const SqliteLog log(kPath, on(disk)); }
  disk.plan({FaultVfs::Error::read_only, 1});
  CHECK_THAT(refusal_of(kPath, on(disk)), Contains("cannot be written") && Contains("right to write"));
  CHECK_THAT(refusal_of("new.db", on(disk)), Contains("cannot be opened"));
}

TEST_CASE("F-K18 R-75 a damaged definition of a room is reported, and the others are read") {
  FaultVfs disk("definition");
  {
    SqliteLogStore store(kPath, on(disk));
    REQUIRE(ask_define(store, {{"", "den"}, "{}"}) == StoreStatus::ok);
    REQUIRE(ask_define(store, {{"", "hall"}, "{}"}) == StoreStatus::ok);
  }
  SqliteDatabase(kPath, SqliteMode::write, disk.name()).run("UPDATE kept SET value = x'5B5D' WHERE key = '/den'");
  SqliteLogStore store(kPath, on(disk));
  CHECK(rooms_of(store) == std::vector<KeptRoom>{{{"", "den"}, ""}, {{"", "hall"}, "{}"}});
}

TEST_CASE("R-75 a revocation that is damaged is missed") {
  FaultVfs disk("revocation");
  {
    SqliteLogStore store(kPath, on(disk));
    REQUIRE(ask_revoke(store, {{"t-1", "", 0}, 500}, 100) == StoreStatus::ok);
  }
  SqliteDatabase(kPath, SqliteMode::write, disk.name()).run("UPDATE kept SET key = '0:3:bobt-1'");
  SqliteLogStore store(kPath, on(disk));
  CHECK(revocations_of(store) == std::vector<std::string>{"unreadable"});
}

}  // namespace
}  // namespace dialogue::testing
