// An audit whose file is moved, removed or replaced while it is written: nothing goes on silently, and nothing written is lost.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <future>

#include "server/audit/audit_check.hpp"
#include "server/audit/audit_erasure.hpp"
#include "server/audit/audit_log.hpp"
#include "server/audit/audit_probe.hpp"
#include "tests/file_bytes.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::testing {

using namespace audit;
using metrics::AuditKind;
using metrics::Metric;

namespace fs = std::filesystem;

namespace {

struct PlacedAudit {
  test::TemporaryDirectory directory;
  std::shared_ptr<metrics::SharedCells> cells = std::make_shared<metrics::SharedCells>();
  std::string path = directory.path() + "/audit.db", moved = path + ".1";
  std::shared_ptr<std::vector<std::string>> warnings = std::make_shared<std::vector<std::string>>();

  [[nodiscard]] std::unique_ptr<AuditLog> open() const {
    const auto warn = [warnings = warnings](const std::string& text) { warnings->push_back(text); };
    return std::make_unique<AuditLog>(AuditSettings{path, path + "-key", 0, warn, cells});
  }
  [[nodiscard]] std::uint64_t figure(Metric metric) const {
    metrics::CellValues values{};
    cells->add_to(values);
    return values[metrics::cell_of(metric, 0)];
  }
};

std::uint64_t write_record(AuditLog& log, const std::string& action) {
  std::promise<std::uint64_t> written;
  log.write(AuditEntry{action}, [&](std::uint64_t seq) { written.set_value(seq); });
  return written.get_future().get();
}

std::string fault_of_query(AuditLog& log) {
  std::promise<std::string> answer;
  log.query({}, [&](const std::vector<AuditRecord>&, std::string fault) { answer.set_value(std::move(fault)); });
  return answer.get_future().get();
}

}  // namespace

TEST_CASE("an audit that was moved is neither written nor read, keeps all its records, and continues once it is restored") {
  PlacedAudit world;
  const auto log = world.open();
  REQUIRE(write_record(*log, "one") == 1);
  REQUIRE(write_record(*log, "two") == 2);
  fs::rename(world.path, world.moved);
  log->note(AuditEntry{"sign_in"}, AuditKind::sign_in);
  CHECK(write_record(*log, "refused") == 0);
  CHECK(write_record(*log, "refused") == 0);
  CHECK(fault_of_query(*log).find("moved or removed") != std::string::npos);
  REQUIRE(world.warnings->size() == 1);
  CHECK(world.warnings->front().find(world.path + ": the file was moved or removed while open") != std::string::npos);
  CHECK(world.figure(Metric::audit_failing) == 1);
  CHECK(world.figure(Metric::audit_records_lost_total) == 1);
  CHECK(check_audit(world.moved, {}).records == 2);  // though its -wal stayed behind

  fs::rename(world.moved, world.path);
  CHECK(write_record(*log, "back") == 4);
  CHECK(world.figure(Metric::audit_failing) == 0);
  CHECK(fault_of_query(*log).empty());
  const AuditVerdict verdict = check_audit(world.path, {});
  CHECK(verdict.records == 4);  // with the gap
  CHECK(verdict.faults.empty());
}

TEST_CASE("an audit that was removed, or that another file has replaced, is not written") {
  PlacedAudit world;
  const auto log = world.open();
  REQUIRE(write_record(*log, "one") == 1);
  SECTION("removed") {
    fs::remove(world.path);
    CHECK(write_record(*log, "refused") == 0);
    CHECK_FALSE(fs::exists(world.path));
  }
  SECTION("a copy in its place") {
    fs::copy_file(world.path, world.moved);
    fs::rename(world.moved, world.path);
    CHECK(write_record(*log, "refused") == 0);
    CHECK(world.warnings->at(0).find("was replaced by another one") != std::string::npos);
  }
  SECTION("its write-ahead log removed: the audit itself has all") {
    fs::remove(world.path + "-wal");
    CHECK(write_record(*log, "refused") == 0);
    CHECK(check_audit(world.path, {}).records == 1);
  }
}

TEST_CASE("a link that leads to another file is not followed: the audit is the file that was opened") {
  PlacedAudit world;
  const std::string kept = world.directory.path() + "/kept.db", other = world.directory.path() + "/other.db";
  fs::create_symlink(kept, world.path);
  const auto log = world.open();
  REQUIRE(write_record(*log, "one") == 1);
  AuditFile(other, world.path + "-key").append({AuditEntry{"other"}}, 1);
  fs::remove(world.path);
  fs::create_symlink(other, world.path);
  CHECK(write_record(*log, "refused") == 0);
  fs::remove(world.path);
  fs::create_symlink(kept, world.path);
  CHECK(write_record(*log, "two") == 2);
}

TEST_CASE("a probe detects a missing file, and a restored one, without a record") {
  PlacedAudit world;
  const auto log = world.open();
  REQUIRE(write_record(*log, "one") == 1);
  fs::rename(world.path, world.moved);
  log->probe();
  CHECK_FALSE(fault_of_query(*log).empty());
  CHECK(world.figure(Metric::audit_failing) == 1);
  CHECK(world.warnings->size() == 1);
  fs::rename(world.moved, world.path);
  log->probe();
  CHECK(fault_of_query(*log).empty());
  CHECK(world.figure(Metric::audit_failing) == 0);
}

TEST_CASE("an audit that was moved in the last moment has all of it, too") {
  PlacedAudit world;
  auto log = world.open();
  REQUIRE(write_record(*log, "one") == 1);
  fs::rename(world.path, world.moved);
  log.reset();
  CHECK(world.warnings->size() == 1);
  CHECK(check_audit(world.moved, {}).records == 1);
}

TEST_CASE("erasing, rewriting and removing old records leave an audit in its place") {
  PlacedAudit world;
  AuditFile file(world.path, world.path + "-key");
  AuditEntry entry{"sign_in"};
  entry.add("user", "ann", true);
  for (int i = 0; i < 100; ++i) file.append({entry}, 1'700'000'000'000);
  const auto use = [&file](const std::function<void(AuditFile&)>& work) {
    work(file);
    return true;
  };
  CHECK(erase_from_audit(world.path, "ann", use).is_clean);
  file.rewrite();
  while (file.cut(1'800'000'000'000, 1'800'000'000'000)) continue;
  CHECK(file.empty_wal());
  CHECK_NOTHROW(file.check_place());
  CHECK(file.append({entry}, 1'800'000'000'000) == 102);  // behind the record of the erasure
}

TEST_CASE("whether an audit has begun is known when it is opened") {
  PlacedAudit world;
  {
    const auto log = world.open();
    CHECK_FALSE(log->has_begun());
    CHECK(write_record(*log, "one") == 1);
  }
  CHECK(world.open()->has_begun());
}

TEST_CASE("an audit that is cut and written again, and is shorter then, is still written") {
  PlacedAudit world;
  AuditFile file(world.path, world.path + "-key");
  AuditEntry large{"large"};
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) large.fields.push_back({name, std::string(1000, 'x')});
  for (std::uint64_t i = 1; i <= 20; ++i) static_cast<void>(file.append(std::vector(100, large), i));
  REQUIRE(file.empty_wal());
  const auto bytes = fs::file_size(world.path);
  static_cast<void>(file.cut(6, 21));
  file.rewrite();  // more pages than a checkpoint of SQLite's own waits for
  CHECK(file.append({AuditEntry{"last"}}, 22) == 2001);
  REQUIRE(file.empty_wal());
  CHECK(fs::file_size(world.path) < bytes);
  CHECK(file.append({AuditEntry{"last"}}, 22) == 2002);
}

TEST_CASE("an audit that was overwritten is not written any more, and a log without its audit is reported") {
  PlacedAudit world;
  AuditFile file(world.path, world.path + "-key");
  static_cast<void>(file.append({AuditEntry{"first"}}, 1));
  REQUIRE(file.empty_wal());
  const std::string older = file_bytes(world.path);
  for (int i = 0; i < 100; ++i) static_cast<void>(file.append(std::vector(10, AuditEntry{"one"}), 1));
  REQUIRE(file.empty_wal());
  static_cast<void>(file.append({AuditEntry{"last"}}, 1));
  fs::copy_file(world.path + "-wal", world.moved + "-wal");  // as a server that was killed leaves it
  std::ofstream(world.path, std::ios::binary) << older;
  CHECK_THROWS_WITH(file.append({AuditEntry{"refused"}}, 1), Catch::Contains("another program overwrote the file"));
  CHECK_THROWS_WITH(check_audit_place(world.moved, world.path + "-key"), Catch::Contains("the audit is gone, but its log"));
  CHECK_THROWS_WITH(AuditFile(world.moved, world.path + "-key"), Catch::Contains("the audit is gone, but its log"));
  CHECK(fs::file_size(world.moved + "-wal") > 0);
}

}  // namespace dialogue::testing
