// The chain of the audit: it verifies as it was written, also after values were erased and records cut, and every other change is
// found.
#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "server/audit/audit_check.hpp"
#include "tests/file_bytes.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::testing {

using namespace audit;

namespace {

constexpr std::uint64_t kNow = 1'700'000'000'000;

struct AuditWorld {
  test::TemporaryDirectory directory;
  std::string path = directory.path() + "/audit.db";
  std::string key = directory.path() + "/audit.key";

  /// Records of a user each, a second apart, signed at the end.
  void write(std::uint64_t from, std::uint64_t count) {
    AuditFile file(path, key);
    for (std::uint64_t i = from; i < from + count; ++i) {
      AuditEntry entry{i % 2 == 0 ? "sign_in" : "deleteRoom"};
      entry.add("actor", i % 2 == 0 ? "user:ann" : "key:billing", i % 2 == 0);
      entry.add("user", i % 3 == 0 ? "ann" : "bob", true).add("room", "chat");
      file.append({entry}, kNow + i * 1000);
    }
    CHECK(file.sign_when_due(kNow + (from + count) * 1000, true));
  }
  void run(const std::string& sql) const { store::SqliteDatabase(path, store::SqliteMode::write, "").run(sql); }
  [[nodiscard]] AuditVerdict check() const { return check_audit(path, read_public_key(key + ".pub")); }
  [[nodiscard]] std::string bytes() const { return file_bytes(path); }
};

bool has_fault(const AuditVerdict& verdict, const std::string& text) {
  for (const std::string& fault : verdict.faults)
    if (fault.find(text) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("an audit verifies as it was written, over several starts") {
  AuditWorld world;
  world.write(1, 10);
  world.write(11, 5);
  const AuditVerdict verdict = world.check();
  CHECK(verdict.faults.empty());
  CHECK(verdict.records == 15);
  CHECK(verdict.first == 1);
  CHECK(verdict.last == 15);
  CHECK(verdict.checkpoints == 2);
  CHECK(verdict.signed_up_to == 15);
  CHECK(verdict.values == 22);
  CHECK(verdict.erased_values == 0);
}

TEST_CASE("every changed column of a record is found") {
  for (const char* change :
       {"UPDATE record SET text = replace(text, 'chat', 'chap') WHERE seq = 4",
        "UPDATE record SET at_ms = at_ms + 1 WHERE seq = 4", "UPDATE record SET action = 'sign_im' WHERE seq = 4",
        "UPDATE record SET hash = randomblob(32) WHERE seq = 4",
        "UPDATE personal SET value = 'eve' WHERE seq = 4 AND name = 'user'",
        "UPDATE personal SET salt = randomblob(16) WHERE seq = 4 AND name = 'user'"}) {
    DYNAMIC_SECTION(change) {
      AuditWorld world;
      world.write(1, 9);
      world.run(change);
      CHECK(has_fault(world.check(), "record 4"));
    }
  }
}

TEST_CASE("a flipped bit anywhere in a record's text is found") {
  AuditWorld world;
  world.write(1, 3);
  const std::size_t length = 40;
  for (std::size_t at = 0; at < length; ++at) {
    AuditWorld other;
    other.write(1, 3);
    store::SqliteDatabase database(other.path, store::SqliteMode::write, "");
    std::string text = database.text("SELECT text FROM record WHERE seq = 2");
    text[at * text.size() / length] = static_cast<char>(text[at * text.size() / length] ^ 1);
    store::SqliteStatement(database, "UPDATE record SET text = ? WHERE seq = 2").run(std::string_view(text));
    CHECK(has_fault(other.check(), "record 2"));
  }
}

TEST_CASE("records that were taken out, put in another order, or off the end are missed") {
  SECTION("from the middle") {
    AuditWorld world;
    world.write(1, 9);
    world.run("DELETE FROM record WHERE seq = 5");
    CHECK(has_fault(world.check(), "record 6 does not follow record 4"));
  }
  SECTION("two of them exchanged") {
    AuditWorld world;
    world.write(1, 9);
    world.run(
        "UPDATE record SET seq = -1 WHERE seq = 5; UPDATE record SET seq = 5 WHERE seq = 6; UPDATE record SET seq = 6 WHERE seq "
        "= -1");
    CHECK(has_fault(world.check(), "record 5"));
  }
  SECTION("off the end: a checkpoint has signed them") {
    AuditWorld world;
    world.write(1, 9);
    world.run("DELETE FROM record WHERE seq > 7");
    CHECK(has_fault(world.check(), "records up to 9 were signed and are missing"));
  }
  SECTION("from the beginning, without a cut") {
    AuditWorld world;
    world.write(1, 9);
    world.run("DELETE FROM record WHERE seq < 3");
    CHECK(has_fault(world.check(), "record 3 does not follow record 0"));
  }
}

TEST_CASE("a chain that was computed again, with a key of one's own, is not signed by the right key") {
  AuditWorld world;
  world.write(1, 4);
  AuditWorld forged;
  forged.write(1, 4);
  CHECK(check_audit(forged.path, {}).faults.empty());
  const AuditVerdict verdict = check_audit(forged.path, read_public_key(world.key + ".pub"));
  CHECK(has_fault(verdict, "different public key"));
  CHECK(has_fault(verdict, "the signature of the checkpoint at 4 is wrong"));
}

TEST_CASE("erased values leave the chain whole, and the file has nothing of them") {
  AuditWorld world;
  world.write(1, 30);
  REQUIRE(world.bytes().find("user:ann") != std::string::npos);
  {
    AuditFile file(world.path, {});
    CHECK(file.forget("ann", 1) > 0);
    CHECK(file.forget("ann", 1) == 0);
    CHECK(file.query({0, 100, "ann"}).empty());
    CHECK(file.query({0, 100, "key:billing"}).size() == 15);
  }
  CHECK(world.bytes().find("ann") == std::string::npos);
  const AuditVerdict verdict = world.check();
  CHECK(verdict.faults.empty());
  CHECK(verdict.records == 31);  // the erasure is one
  CHECK(verdict.erased_values > 0);
  world.write(32, 2);
  CHECK(world.check().faults.empty());
}

TEST_CASE("F-X7 personal values that were deleted by hand are distinguished from erased ones") {
  AuditWorld world;
  world.write(1, 60);
  const std::uint64_t personal = world.check().values;
  {
    AuditFile file(world.path, {});
    REQUIRE(file.forget("ann", 1) > 0);
  }
  CHECK(world.check().faults.empty());
  world.run("DELETE FROM personal WHERE seq = 1");
  const AuditVerdict one = world.check();
  REQUIRE(one.faults.size() == 1);
  CHECK(one.faults.front() == "record 1 has lost 1 personal values that no recorded erasure took");
  world.run("DELETE FROM personal");
  const AuditVerdict all = world.check();
  CHECK(all.faults.size() == kAuditFaultsMax);
  CHECK(all.erased_values == personal);
  // An erasure that comes later explains nothing that was gone before.
  {
    AuditFile file(world.path, world.key);
    CHECK(file.forget("bob", 1) == 0);
  }
  CHECK(world.check().faults.size() == kAuditFaultsMax);
}

TEST_CASE("a cut deletes old records in steps, and a signature records it") {
  AuditWorld world;
  world.write(1, 20);
  {
    AuditFile file(world.path, world.key);
    while (file.cut(kNow + 8'000, kNow + 60'000)) continue;
    CHECK(file.query({}).front().seq == 8);
    file.append({AuditEntry{"reload"}}, kNow + 90'000);
  }
  AuditVerdict verdict = world.check();
  CHECK(verdict.faults.empty());
  CHECK(verdict.was_cut);
  CHECK(verdict.first == 8);
  CHECK(verdict.last == 21);
  SECTION("which is checked") {
    world.run("UPDATE cut SET signature = randomblob(64)");
    CHECK(has_fault(world.check(), "the signature of the cut at 7 is wrong"));
  }
  SECTION("and a larger cut than it records is detected") {
    world.run("DELETE FROM record WHERE seq < 10");
    CHECK(has_fault(world.check(), "record 10 does not follow record 7"));
  }
  SECTION("and all of it may go: the next record follows") {
    AuditFile file(world.path, world.key);
    while (file.cut(kNow + 100'000, kNow + 100'000)) continue;
    CHECK(file.query({}).empty());
    CHECK(file.append({AuditEntry{"reload"}}, kNow + 110'000) == 22);
    CHECK(check_audit(world.path, {}).faults.empty());
  }
}

TEST_CASE("a file of another program, and a key that did not sign the audit, are refused") {
  AuditWorld world;
  world.write(1, 2);
  const std::string other = world.directory.path() + "/other.key";
  CHECK_THROWS_WITH(AuditFile(world.path, other), Catch::Contains("another key"));
  store::SqliteDatabase(world.directory.path() + "/some.db", store::SqliteMode::write, "").run("CREATE TABLE t (x)");
  CHECK_THROWS_WITH(AuditFile(world.directory.path() + "/some.db", world.key), Catch::Contains("not an audit"));
  CHECK((std::filesystem::status(world.key).permissions() & std::filesystem::perms::mask) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("fields of a record are bounded in number and size") {
  AuditWorld world;
  AuditFile file(world.path, world.key);
  AuditEntry entry{"sign_in"};
  for (int i = 0; i < 40; ++i) entry.add("field" + std::to_string(i), std::string(2000, 'x'));
  file.append({entry}, kNow);
  const std::string text = file.query({}).front().text;
  CHECK(text.find("field15") != std::string::npos);
  CHECK(text.find("field16") == std::string::npos);
  CHECK(text.size() < kAuditFieldsMax * (kAuditValueBytesMax + 20) + 200);
}

}  // namespace dialogue::testing
