// `dialogue store`: what it says and does with databases that the store itself has written.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "server/app/process/program.hpp"
#include "server/store/sqlite/sqlite_log.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::app {

using namespace core;
using namespace store;

namespace {

using Catch::Matchers::Contains;
const RoomKey kLobby{"", "lobby"};

struct StoreOutcome {
  int exit_code = 0;
  std::string out, err;
};

StoreOutcome run_dialogue(const std::vector<std::string>& arguments) {
  std::istringstream in;
  std::ostringstream out, err;
  Program program{std::nullopt, {}, [](const std::string&) { return std::nullopt; }, in, out, err};
  const int exit_code = run_program(program, "dialogue", arguments);
  return {exit_code, out.str(), err.str()};
}

void append(SqliteLog& log, const RoomKey& key, std::uint64_t count) {
  RoomWrite write;
  write.key = key;
  const RoomLogState state = log.open(key).state;
  write.epoch = state.epoch;
  for (std::uint64_t i = 1; i <= count; ++i) {
    LogRecord record;
    record.seq = state.head + i;
    record.timestamp_ms = 1000;
    record.event = "message";
    record.from = "ada";
    record.payload = "{\"n\":" + std::to_string(i % 10) + "}";
    write.records.push_back(record);
  }
  write.producers.push_back({"ada", 2, {{state.head + 1, 1000, 1, ErrorCode::ok}}, 1000});
  REQUIRE(log.append({write}) == std::vector{StoreStatus::ok});
}

struct StoreFiles {
  StoreFiles() {
    SqliteLog log(path, {});
    append(log, kLobby, 10);
    append(log, {"acme", "game"}, 1);
  }
  void run_sql(const std::string& sql) { SqliteDatabase(path, SqliteMode::write, "").run(sql); }

  test::TemporaryDirectory directory;
  std::string path = directory.path() + "/dialogue.db", backup = directory.path() + "/backup.db";
};

TEST_CASE("store check reports each room and the whole") {
  const StoreFiles world;
  const StoreOutcome outcome = run_dialogue({"store", "check", "sqlite:" + world.path});
  CHECK(outcome.exit_code == kExitDone);
  CHECK(outcome.out ==
        "  lobby: 10 events of 1 to 10, 1 producer, 70 bytes\n"
        "  acme/game: 1 event of 1 to 1, 1 producer, 7 bytes\n" +
            world.path + ": 2 rooms, 11 events, 77 bytes of payload, no fault\n");
}

TEST_CASE("store check names what is damaged and ends with 1") {
  StoreFiles world;
  world.run_sql("UPDATE record SET payload = '{}' WHERE room = 1 AND seq = 5");
  const StoreOutcome outcome = run_dialogue({"store", "check", world.path});
  CHECK(outcome.exit_code == kExitRefused);
  CHECK_THAT(outcome.out, Contains("lobby: DAMAGED, record 5 is damaged") && Contains("acme/game: 1 event") &&
                              Contains("dialogue store restore"));
  world.run_sql("DELETE FROM room WHERE name = 'game'");
  CHECK_THAT(run_dialogue({"store", "check", world.path}).out,
             Contains("1 records belong to no room") && Contains("a room is missing"));
}

TEST_CASE("store backup copies a database while a server writes it, and restore puts it back with new epochs") {
  const StoreFiles world;
  std::uint64_t epoch = 0;
  {
    SqliteLog log(world.path, {});
    append(log, kLobby, 5);
    const StoreOutcome outcome = run_dialogue({"store", "backup", world.path, world.backup});
    INFO(outcome.err);
    REQUIRE(outcome.exit_code == kExitDone);
    CHECK_THAT(outcome.out, Contains("Wrote " + world.backup) && Contains("2 rooms, 16 events, ") && Contains(" bytes"));
    append(log, kLobby, 5);
    epoch = log.open(kLobby).state.epoch;
    const StoreOutcome refused = run_dialogue({"store", "restore", world.backup, world.path});
    CHECK(refused.exit_code == kExitRefused);
    CHECK_THAT(refused.err, Contains(world.path) && Contains("another process uses") && Contains("Stop it"));
    append(log, kLobby, 1);
  }
  const StoreOutcome restored = run_dialogue({"store", "restore", world.backup, world.path});
  INFO(restored.err);
  REQUIRE(restored.exit_code == kExitDone);
  CHECK_THAT(restored.out, Contains("2 rooms, 16 events") && Contains("new epoch") && Contains(world.path + "-replaced"));
  CHECK_THAT(run_dialogue({"store", "check", world.path + "-replaced"}).out, Contains("22 events"));
  std::vector<std::string> warnings;
  SqliteOptions options;
  options.warn = [&](const std::string& warning) { warnings.push_back(warning); };
  SqliteLog log(world.path, options);
  CHECK(warnings.empty());
  CHECK(log.open(kLobby).state.head == 15);
  CHECK(log.open(kLobby).state.epoch != epoch);
}

TEST_CASE("store restore fills an empty place, and keeps a write-ahead log of another database away") {
  const StoreFiles world;
  REQUIRE(run_dialogue({"store", "backup", world.path, world.backup}).exit_code == kExitDone);
  const std::string place = world.directory.path() + "/new.db";
  std::ofstream(place + "-wal") << "left over";
  REQUIRE(run_dialogue({"store", "restore", world.backup, place}).exit_code == kExitDone);
  CHECK_FALSE(std::filesystem::exists(place + "-wal"));
  CHECK(run_dialogue({"store", "check", place}).exit_code == kExitDone);
}

TEST_CASE("store refuses what it cannot do, and leaves nothing behind") {
  StoreFiles world;
  const auto refusal = [](const std::vector<std::string>& arguments) {
    const StoreOutcome outcome = run_dialogue(arguments);
    CHECK(outcome.exit_code == kExitRefused);
    return outcome.err;
  };
  CHECK_THAT(refusal({"store", "check", world.directory.path() + "/none.db"}), Contains("none.db") && Contains("Check the path"));
  CHECK_THAT(refusal({"store", "backup", world.path, world.path}), Contains("already exists"));
  CHECK_THAT(refusal({"store", "restore", world.backup, world.path}), Contains("cannot be opened"));
  CHECK_THAT(refusal({"store", "backup", world.path, world.directory.path() + "/none/b.db"}), Contains("/none/b.db"));
  CHECK_THAT(refusal({"store", "restore", world.path, world.directory.path() + "/none/b.db"}), Contains("no directory"));
  world.run_sql("UPDATE record SET payload = '{}' WHERE room = 1 AND seq = 5");
  CHECK_THAT(refusal({"store", "backup", world.path, world.backup}), Contains("damaged"));
  CHECK_FALSE(std::filesystem::exists(world.backup));
  CHECK_FALSE(std::filesystem::exists(world.backup + "-partial"));
}

TEST_CASE("store copy keeps epochs and sequences, says what it does, and its summary is JSON if wanted") {
  const StoreFiles world;
  const std::string second = world.directory.path() + "/second.db", third = world.directory.path() + "/third.db";
  const StoreOutcome copied = run_dialogue({"store", "copy", world.path, second});
  INFO(copied.err);
  REQUIRE(copied.exit_code == kExitDone);
  CHECK(copied.out == "Copied sqlite:" + world.path + " to sqlite:" + second +
                          ": 2 rooms, 11 events, 77 bytes, 2 producers; verified, no difference\n"
                          "Epochs and sequences are kept: clients resume at their positions. Do not serve the source any more\n");
  CHECK_THAT(copied.err, Contains("copying: 2 of 2 rooms (100 %), 11 events\n") && Contains("verifying: 2 of 2 rooms (100 %)\n"));
  CHECK(run_dialogue({"store", "check", second}).exit_code == kExitDone);
  const StoreOutcome again = run_dialogue({"store", "copy", second, "sqlite:" + third, "--json"});
  CHECK(again.out == "{\"from\":\"sqlite:" + second + "\",\"to\":\"sqlite:" + third +
                         "\",\"rooms\":2,\"events\":11,\"bytes\":77,\"producers\":2,\"kept\":0,\"verified\":true}\n");
  SqliteLog source(world.path, {}), log(third, {});
  for (const RoomKey& key : {kLobby, RoomKey{"acme", "game"}}) {
    CHECK(log.open(key).state.epoch == source.open(key).state.epoch);
    CHECK(log.open(key).state.head == source.open(key).state.head);
    CHECK(log.open(key).state.producers == source.open(key).state.producers);
  }
}

TEST_CASE("store copy of a damaged database is broken off, and the target says that it is incomplete") {
  StoreFiles world;
  world.run_sql("UPDATE record SET payload = '{}' WHERE room = 1 AND seq = 5");
  const std::string target = world.directory.path() + "/target.db";
  const StoreOutcome broken = run_dialogue({"store", "copy", world.path, target});
  CHECK(broken.exit_code == kExitRefused);
  CHECK_THAT(broken.err, Contains("room lobby: it is damaged") && Contains("dialogue store check"));
  CHECK_THAT(run_dialogue({"store", "copy", world.path, target}).err, Contains("incomplete copy of sqlite:" + world.path));
  CHECK_THAT(run_dialogue({"store", "check", target}).out, Contains("DAMAGED, the database is an incomplete copy"));
}

TEST_CASE("store explains itself with examples") {
  const StoreOutcome help = run_dialogue({"store", "--help"});
  CHECK_THAT(help.out, Contains("dialogue store backup dialogue.db") && Contains("restore") && Contains("check"));
  CHECK(run_dialogue({"store"}).exit_code == kExitUsage);
}

}  // namespace
}  // namespace dialogue::app
