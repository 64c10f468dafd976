// What an audit forgets of a user: values about the user and values that name the user, in its files, too. Others' stay.
#include "server/audit/audit_erasure.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "server/audit/audit_check.hpp"
#include "server/audit/audit_lines.hpp"
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

TEST_CASE("a value names a user whose id stands in it as a word, percent-encoded or not") {
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
  REQUIRE(records.size() == 3);
  REQUIRE(records[0].personal.size() == 1);
  CHECK(records[0].personal[0].value == "chat");
  REQUIRE(records[1].personal.size() == 1);
  CHECK(records[1].personal[0].name == "address");
  CHECK(records[2].personal.size() == 3);
  CHECK(world.file.receipts({"chat"}).size() == 1);
  CHECK(check_audit(world.path, {}).faults.empty());
}

TEST_CASE("what has the same bytes and is not the user's is counted and does not make an audit unclean") {
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
