// What an audit forgets of a user: values about the user and values that name the user, in its files, too. Others' stay.
#include "server/audit/audit_erasure.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "server/audit/audit_check.hpp"
#include "server/audit/audit_lines.hpp"
#include "server/audit/erased_values.hpp"
#include "tests/file_bytes.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::testing {

using namespace audit;

namespace {

struct ErasedAudit {
  test::TemporaryDirectory directory;
  std::string path = directory.path() + "/audit.db";
  AuditFile file{path, path + "-key"};

  void add(const std::string& room, const std::string& actor, std::uint64_t count = 1) {
    std::vector<AuditEntry> entries;
    for (std::uint64_t i = 0; i < count; ++i) {
      AuditEntry entry{"publishEvent"};
      entry.add("actor", actor, is_personal("actor", actor)).add("room", room, true).add("address", "192.0.2.1", true);
      entries.push_back(std::move(entry));
    }
    file.append(entries, 1'700'000'000'000);
  }
  AuditErasure erase(const std::string& user) {
    return erase_from_audit(path, user, [this](const std::function<void(AuditFile&)>& use) {
      ++uses;
      use(file);
      return true;
    });
  }
  [[nodiscard]] std::size_t found(const std::string& text) const {
    std::size_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
      const std::string bytes = file_bytes(entry.path());
      for (std::size_t at = bytes.find(text); at != std::string::npos; at = bytes.find(text, at + 1)) ++found;
    }
    return found;
  }
  std::size_t uses = 0;
};

}  // namespace

TEST_CASE("a value names a user if it contains the id as a word, percent-encoded or not") {
  CHECK(names_user("room", "inbox-ann", "ann"));
  CHECK(names_user("room", "user:ann", "ann"));
  CHECK(names_user("room", "dm:ann:bob", "ann"));
  CHECK(names_user("path", "/users/ann/data", "ann"));
  CHECK(names_user("path", "/users/%61nn/data", "ann"));
  CHECK(names_user("path", "/users/%C3%B6rjan", "\xC3\xB6rjan"));
  CHECK(names_user("user", "ann", "ann"));
  CHECK(names_user("room", "annual-ann", "ann"));
  CHECK(names_user("actor", "user:7", "7"));
  CHECK_FALSE(names_user("actor", "user:team-7", "7"));
  CHECK_FALSE(names_user("user", "team-7", "7"));
  CHECK_FALSE(names_user("address", "203.0.113.7", "7"));
  CHECK_FALSE(names_user("peer", "127.0.0.1", "127.0.0.1"));
  CHECK_FALSE(names_user("room", "ann", "ann"));  // a room that is called so is not the user's
  CHECK_FALSE(names_user("room", "annual", "ann"));
  CHECK_FALSE(names_user("room", "joann", "ann"));
  CHECK_FALSE(names_user("room", "ann\xC3\xB6", "ann"));
  CHECK_FALSE(names_user("path", "/users/%zz", "ann"));
}

TEST_CASE("an erased user's values and the rooms that name the user go from the files, others' stay, and the chain is whole") {
  ErasedAudit world;
  world.add("chat", "user:quintessa");
  world.add("inbox-quintessa", "key:billing");
  world.add("chat", "user:bob");
  world.file.add_receipts({{"chat", "quintessa", 1, 1, 5, 9}, {"chat", "bob", 1, 1, 5, 9}});
  REQUIRE(world.found("quintessa") > 0);
  const AuditErasure erasure = world.erase("quintessa");
  CHECK(erasure.is_done);
  CHECK(erasure.is_clean);
  CHECK(erasure.values == 4);  // actor and address of the first, the second's room, the receipt
  CHECK(erasure.mentions == 0);
  CHECK(world.found("quintessa") == 0);
  const auto records = world.file.query({0, 100});
  REQUIRE(records.size() == 5);
  CHECK(records[3].text.find(R"("action":"values_erased","fields":{"records1":"1*2"})") != std::string::npos);
  CHECK(records[4].text.find(R"("fields":{"records1":"2"})") != std::string::npos);
  REQUIRE(records[0].personal.size() == 1);
  CHECK(records[0].personal[0].value == "chat");
  REQUIRE(records[1].personal.size() == 1);
  CHECK(records[1].personal[0].name == "address");
  CHECK(records[2].personal.size() == 3);
  CHECK(world.file.receipts({"chat"}).size() == 1);
  CHECK(check_audit(world.path, {}).faults.empty());
}

TEST_CASE("F-X3 receipts of deleted rooms that were named after the user are erased for all users") {
  ErasedAudit world;
  world.file.add_receipts({{"inbox-quintessa", "bob", 1, 1, 5, 9}, {"topic-quintessa", "bob", 1, 1, 5, 9}});
  CHECK(world.file.forget("quintessa", 1, {"inbox-quintessa"}) == 1);
  CHECK(world.file.receipts({"inbox-quintessa"}).empty());
  CHECK(world.file.receipts({"topic-quintessa"}).size() == 1);
}

TEST_CASE("F-X7 in a record with one erased value, another missing one is a fault") {
  ErasedAudit world;
  world.add("inbox-quintessa", "user:bob");
  CHECK(world.erase("quintessa").values == 1);
  CHECK(check_audit(world.path, {}).faults.empty());
  store::SqliteDatabase(world.path, store::SqliteMode::write, "").run("DELETE FROM personal WHERE name = 'address'");
  const auto faults = check_audit(world.path, {}).faults;
  REQUIRE(faults.size() == 1);
  CHECK(faults.front() == "record 1 has lost 1 personal values that no recorded erasure took");
}

TEST_CASE("F-X7 the places of an erasure are recorded in as many records as they need, and read as they were written") {
  ErasedValues erased;
  for (std::uint64_t seq = 1; seq <= 12; ++seq) erased[seq] = 2;
  erased[20] = 1;
  REQUIRE(erasure_entries(erased).size() == 1);
  CHECK(erasure_entries(erased).front().fields.front().value == "1-12*2,20");
  for (std::uint64_t seq = 1; seq <= 10'000; ++seq) erased[1000 * seq] = 1 + seq % 3;
  ErasedValues read;
  const auto entries = erasure_entries(erased);
  CHECK(entries.size() > 5);
  for (const AuditEntry& entry : entries) {
    CHECK(entry.fields.size() <= kAuditFieldsMax);
    for (const AuditField& field : entry.fields) CHECK(field.value.size() <= kAuditValueBytesMax);
    for (const auto& [seq, values] : erased_values_in(record_text(1, 1, kValuesErased, entry.fields, {}), 20'000))
      read[seq] += values;
  }
  CHECK(read == erased);
  CHECK(erasure_entries({}).empty());
}

TEST_CASE("F-X7 unreadable places are ignored, and a range has no more records than can exist") {
  const auto read = [](const std::string& places) {
    return erased_values_in(record_text(1, 1, kValuesErased, {{"records1", places}}, {}), 5);
  };
  CHECK(read("1-99999999999999").size() == 5);
  CHECK(read("7*3") == ErasedValues{{7, 3}});
  CHECK(read("7,x") == ErasedValues{{7, 1}});
  CHECK(read("").empty());
  CHECK(read("9-7").empty());
  CHECK(read("99999999999999999999999").empty());
  CHECK(erased_values_in("not JSON", 5).empty());
}

TEST_CASE("equal bytes that are not the user's are counted and do not make an audit unclean") {
  ErasedAudit world;
  world.add("annual", "key:joanna");
  world.add("ann", "user:bob");
  world.add("chat", "user:ann");
  const AuditErasure erasure = world.erase("ann");
  CHECK(erasure.is_clean);
  CHECK(erasure.values == 2);
  CHECK(erasure.mentions >= 5);  // both rooms, in the table and its index, and the key's name in the chain
  CHECK(world.file.query({0, 100})[1].personal.size() == 3);
}

TEST_CASE("an audit of many records is searched in steps, so that others may write between them") {
  ErasedAudit world;
  for (int i = 0; i < 5; ++i) world.add("chat", "key:billing", 2000);
  world.add("inbox-quintessa", "key:billing");
  const AuditErasure erasure = world.erase("quintessa");
  CHECK(erasure.is_clean);
  CHECK(erasure.values == 1);
  CHECK(world.uses >= 10'000 / kForgetStepMax);
}

TEST_CASE("an older copy beside the audit makes it unclean, its key does not") {
  ErasedAudit world;
  world.add("inbox-quintessa", "key:billing");
  static_cast<void>(world.file.empty_wal());
  std::filesystem::copy_file(world.path, world.path + "-older");
  std::ofstream(world.path + "-key.pub", std::ios::app) << "quintessa";
  const AuditErasure erasure = world.erase("quintessa");
  CHECK(erasure.is_done);
  CHECK_FALSE(erasure.is_clean);
  CHECK(world.erase("quintessa").values == 0);
  std::filesystem::remove(world.path + "-older");
  CHECK(world.erase("quintessa").is_clean);
}

TEST_CASE("an audit that cannot be used is not erased from") {
  ErasedAudit world;
  world.add("chat", "user:ann");
  const AuditErasure erasure = erase_from_audit(world.path, "ann", [](const auto&) { return false; });
  CHECK_FALSE(erasure.is_done);
  CHECK_FALSE(erasure.is_clean);
}

}  // namespace dialogue::testing
