// Following a database that another process writes: restarts of the writer, a log's end, a backup in its place, damage.
#include "server/store/sqlite/sqlite_follower.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include "server/store/sqlite/sqlite_tools.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/store/support/heads.hpp"
#include "tests/server/store/support/sqlite_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

using Catch::Matchers::Contains;

/// Another process that does one thing to the database for each command: 'o' opens it, 'a' appends a record, 'e' erases the
/// lobby, 'k' keeps a room's definition, 'c' closes it, 'x' ends without closing. Begun before this process has other threads.
class OtherProcess {
 public:
  explicit OtherProcess(const std::string& path) {
    REQUIRE(pipe(commands_) == 0);
    REQUIRE(pipe(answers_) == 0);
    child_ = fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) obey(path);
    ::close(commands_[0]);
    ::close(answers_[1]);
  }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;
  ~OtherProcess() {
    ::close(commands_[1]);
    ::close(answers_[0]);
    waitpid(child_, nullptr, 0);
  }
  /// Each is done when this returns.
  void run(const std::string& commands) {
    for (const char command : commands) {
      char answer = 0;
      REQUIRE(write(commands_[1], &command, 1) == 1);
      REQUIRE(read(answers_[0], &answer, 1) == (command == 'x' ? 0 : 1));
      if (command != 'x') REQUIRE(answer == 'y');
    }
  }

 private:
  static bool obey_one(char command, const std::string& path, std::unique_ptr<SqliteLog>& log) {
    if (command == 'x') _exit(0);
    if (command == 'o') log = std::make_unique<SqliteLog>(path, SqliteOptions{});
    if (command == 'c') log.reset();
    if (command == 'e') return log->erase(kLobby) == StoreStatus::ok;
    if (command == 'k') return log->put_kept({{kept_change(KeptRoom{kLobby, "{}"})}}) == StoreStatus::ok;
    if (command != 'a') return true;
    const RoomLogState state = log->open(kLobby).state;
    return log->append({write_of(kLobby, state.epoch, state.head + 1, state.head + 1)})[0] == StoreStatus::ok;
  }
  [[noreturn]] void obey(const std::string& path) {
    ::close(commands_[1]);
    ::close(answers_[0]);
    std::unique_ptr<SqliteLog> log;
    char command = 0;
    while (::read(commands_[0], &command, 1) == 1) {
      char answer = 'n';
      try {
        if (obey_one(command, path, log)) answer = 'y';
      } catch (const std::exception&) {}
      if (::write(answers_[1], &answer, 1) != 1) break;
    }
    _exit(0);
  }

  int commands_[2] = {-1, -1}, answers_[2] = {-1, -1};
  pid_t child_ = -1;
};

TEST_CASE(
    "a database that another process writes is followed over its restart, its kill, an erased log and a backup in its place") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dialogue.db", backup = directory.path() + "/backup.db";
  OtherProcess killed(path), writer(path);
  killed.run("oaa");
  SqliteFollower store(path, {});
  const RoomLogState state = ask_open(store, kLobby).state;
  CHECK(state.head == 2);
  Heads heads, kept;
  const KeptList known = ask_list(store, {KeptKind::room});
  const FollowResult log = store.follow({kLobby, state.epoch, state.head}, heads.wake_up());
  const FollowResult rooms = store.follow({std::nullopt, known.epoch, known.version}, kept.wake_up());
  killed.run("a");
  CHECK(heads.wait_for_seq(3).epoch == state.epoch);
  CHECK(sequences_of(store, kLobby, state.epoch) == std::vector<std::uint64_t>{1, 2, 3});
  killed.run("kx");
  CHECK(kept.wait_for_seq(known.version + 1).epoch == known.epoch);
  CHECK(rooms_of(store) == std::vector<KeptRoom>{{kLobby, "{}"}});

  writer.run("oa");
  CHECK(heads.wait_for_seq(4).epoch == state.epoch);
  writer.run("coa");
  CHECK(heads.wait_for_seq(5).epoch == state.epoch);
  const StoreCopy copy = backup_sqlite(path, backup);
  CHECK(copy.events == 5);
  writer.run("ea");
  const LogHead erased = heads.wait([&](const LogHead& head) { return head.epoch != state.epoch && head.seq == 1; });
  CHECK(sequences_of(store, kLobby, erased.epoch) == std::vector<std::uint64_t>{1});
  CHECK(rooms_of(store).empty());

  writer.run("c");
  CHECK(restore_sqlite(backup, path).events == 5);
  const LogHead restored = heads.wait([](const LogHead& head) { return head.seq == 5; });
  CHECK(restored.epoch != state.epoch);
  CHECK(restored.epoch != erased.epoch);
  CHECK(sequences_of(store, kLobby, restored.epoch).size() == 5);
  CHECK(ask_list(store, {KeptKind::room}).epoch != known.epoch);
  writer.run("oa");
  CHECK(heads.wait_for_seq(6).epoch == restored.epoch);
}

TEST_CASE("a follower writes nothing, and reports another writer") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dialogue.db";
  const SqliteLog log(path, {});
  SqliteFollower store(path, {});
  CHECK(ask_append(store, write_of(kLobby, ask_open(store, kLobby).state.epoch, 1, 1)) == StoreStatus::stale);
  CHECK(ask_trim(store, trim_of(kLobby, 1)).status == StoreStatus::stale);
  CHECK(ask_erase(store, kLobby) == StoreStatus::stale);
  CHECK(ask_define(store, {kLobby, "{}"}) == StoreStatus::stale);
}

TEST_CASE("a database that is missing or of an older version cannot be followed") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dialogue.db";
  CHECK_THROWS_WITH(SqliteFollower(path, {}), Contains("cannot be opened"));
  { const SqliteLog log(path, {}); }
  SqliteDatabase(path, SqliteMode::write, "").run("PRAGMA user_version = 8");
  CHECK_THROWS_WITH(SqliteFollower(path, {}), Contains("version 8") && Contains("start the server"));
}

TEST_CASE("a log whose row is damaged wakes its follower with that, others continue, and a repaired one wakes again") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dialogue.db";
  const RoomKey other{"", "other"};
  std::uint64_t epoch = 0, other_epoch = 0;
  const auto append = [&](const RoomKey& key, std::uint64_t seq) {
    SqliteLogStore log(path, {});
    const std::uint64_t now = ask_open(log, key).state.epoch;
    REQUIRE(ask_append(log, write_of(key, now, seq, seq)) == StoreStatus::ok);
    (key == kLobby ? epoch : other_epoch) = now;
  };
  append(kLobby, 1);
  append(other, 1);
  SqliteFollower store(path, {});
  Heads heads, others;
  const FollowResult first = store.follow({kLobby, epoch, 1}, heads.wake_up());
  const FollowResult second = store.follow({other, other_epoch, 1}, others.wake_up());
  SqliteDatabase(path, SqliteMode::write, "").run("UPDATE room SET head = 9 WHERE name = 'lobby'");
  heads.wait_for(StoreStatus::damaged);
  CHECK(ask_open(store, kLobby).status == StoreStatus::damaged);
  append(other, 2);
  others.wait_for_seq(2);
  SqliteDatabase(path, SqliteMode::write, "").run("UPDATE room SET head = 1 WHERE name = 'lobby'");
  CHECK(heads.wait_for(StoreStatus::ok) == LogHead{StoreStatus::ok, epoch, 1});
}

TEST_CASE("while the database is missing its followers are notified once, and continue when it is restored") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dialogue.db";
  std::uint64_t epoch = 0;
  {
    SqliteLogStore log(path, {});
    epoch = ask_open(log, kLobby).state.epoch;
    REQUIRE(ask_append(log, write_of(kLobby, epoch, 1, 1)) == StoreStatus::ok);
  }
  std::promise<std::string> warned;
  SqliteFollower store(path, {{}, [&](const std::string& text) { warned.set_value(text); }});
  Heads heads;
  const FollowResult follow = store.follow({kLobby, epoch, 1}, heads.wake_up());
  REQUIRE(rename(path.c_str(), (path + "-away").c_str()) == 0);
  heads.wait_for(StoreStatus::busy);
  CHECK_THAT(warned.get_future().get(), Contains("cannot be followed"));
  REQUIRE(rename((path + "-away").c_str(), path.c_str()) == 0);
  CHECK(heads.wait_for(StoreStatus::ok) == LogHead{StoreStatus::ok, epoch, 1});
}

}  // namespace
}  // namespace dialogue::testing
