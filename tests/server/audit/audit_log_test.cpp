// The audit of a running server: what must be recorded is refused where it cannot be, what goes on is counted.
#include "server/audit/audit_log.hpp"

#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <future>

#include "server/audit/audit_check.hpp"
#include "server/audit/audit_lines.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::testing {

using namespace audit;
using metrics::AuditKind;
using metrics::Metric;

namespace {

struct RunningAudit {
  test::TemporaryDirectory directory;
  std::shared_ptr<metrics::SharedCells> cells = std::make_shared<metrics::SharedCells>();
  std::string path = directory.path() + "/audit.db";

  [[nodiscard]] std::unique_ptr<AuditLog> open() {
    return std::make_unique<AuditLog>(AuditSettings{path, path + "-key", 0, {}, cells});
  }
  [[nodiscard]] std::uint64_t counted(Metric metric, AuditKind kind = {}) const {
    metrics::CellValues values{};
    cells->add_to(values);
    return values[metrics::cell_of(metric, metric == Metric::audit_records_total ? metrics::place_of(kind) : 0)];
  }
};

std::uint64_t write_one(AuditLog& log, const std::string& action) {
  std::promise<std::uint64_t> written;
  log.write(AuditEntry{action}, [&](std::uint64_t seq) { written.set_value(seq); });
  return written.get_future().get();
}

std::vector<AuditRecord> all_of(AuditLog& log) {
  std::promise<std::vector<AuditRecord>> answer;
  log.query({0, kAuditPageMax}, [&](std::vector<AuditRecord> found, const std::string&) { answer.set_value(std::move(found)); });
  return answer.get_future().get();
}

}  // namespace

TEST_CASE("a record gets its number once it is on the disk, in order with notes") {
  RunningAudit world;
  {
    const auto log = world.open();
    CHECK(write_one(*log, "createRoom") == 1);
    log->note(AuditEntry{"sign_in"}.add("user", "ann", true), AuditKind::sign_in);
    CHECK(write_one(*log, "deleteRoom") == 3);
    const auto records = all_of(*log);
    REQUIRE(records.size() == 3);
    CHECK(records[1].action == "sign_in");
    CHECK(records[1].text.find("ann") == std::string::npos);
    CHECK(records[1].personal.at(0).value == "ann");
    CHECK(world.counted(Metric::audit_records_total, AuditKind::administration) == 2);
    CHECK(world.counted(Metric::audit_records_total, AuditKind::sign_in) == 1);
  }
  const AuditVerdict verdict = check_audit(world.path, {});
  CHECK(verdict.faults.empty());
  CHECK(verdict.signed_up_to == 3);
}

TEST_CASE("while the file cannot be written, required records are refused, notes are lost, and a gap has their number") {
  RunningAudit world;
  const auto log = world.open();
  REQUIRE(write_one(*log, "first") == 1);
  {
    store::SqliteDatabase blocking(world.path, store::SqliteMode::write, "");
    blocking.run("BEGIN IMMEDIATE");
    log->note(AuditEntry{"sign_in"}, AuditKind::sign_in);
    CHECK(write_one(*log, "refused") == 0);
    blocking.run("ROLLBACK");
  }
  CHECK(world.counted(Metric::audit_records_lost_total) == 1);
  CHECK(write_one(*log, "after") == 3);
  const auto records = all_of(*log);
  REQUIRE(records.size() == 3);
  CHECK(records[1].action == "gap");
  CHECK(records[1].text.find(R"("records":"1")") != std::string::npos);
  CHECK(world.counted(Metric::audit_records_total, AuditKind::gap) == 1);
}

TEST_CASE("notes beyond their bound are lost and counted, and places are left for what must be written") {
  RunningAudit world;
  const auto log = world.open();
  store::SqliteDatabase blocking(world.path, store::SqliteMode::write, "");
  blocking.run("BEGIN IMMEDIATE");
  for (std::size_t i = 0; i < 3 * kNotesMax; ++i) log->note(AuditEntry{"sign_in"}, AuditKind::sign_in);
  CHECK(world.counted(Metric::audit_records_lost_total) >= kNotesMax);
  blocking.run("ROLLBACK");
  std::uint64_t seq = 0;
  for (int tries = 0; seq == 0 && tries < 100; ++tries) seq = write_one(*log, "createRoom");
  CHECK(seq > 0);
}

TEST_CASE("records lost at the end are in the audit as a gap") {
  RunningAudit world;
  {
    const auto log = world.open();
    log->note(AuditEntry{"sign_in"}, AuditKind::sign_in);
    log->lose(7);
  }
  const auto log = world.open();
  const auto records = all_of(*log);
  std::uint64_t lost = 0;
  for (const AuditRecord& each : records) lost += each.action == "gap" ? 1 : 0;
  CHECK(lost == 1);
  CHECK(world.counted(Metric::audit_records_lost_total) == 7);
}

TEST_CASE("lines of the log about sign-ins, refusals and the configuration are records, others are not") {
  const auto found =
      audit_entry_of({core::LogLevel::info, "connected", R"({"session":"s1","user":"ann","address":"192.0.2.1","client":"js"})"});
  REQUIRE(found);
  CHECK(found->second == AuditKind::sign_in);
  CHECK(found->first.action == "sign_in");
  CHECK(found->first.fields ==
        std::vector<AuditField>{
            {"session", "s1", true}, {"user", "ann", true}, {"address", "192.0.2.1", true}, {"client", "js", false}});
  const auto refused =
      audit_entry_of({core::LogLevel::info, "api_refused", R"({"status":403,"path":"/users/ann","caller":"user:ann"})"});
  REQUIRE(refused);
  CHECK(refused->second == AuditKind::refusal);
  CHECK(refused->first.fields ==
        std::vector<AuditField>{{"status", "403", false}, {"path", "/users/ann", true}, {"actor", "user:ann", true}});
  const auto known = audit_entry_of(
      {core::LogLevel::info, "api_refused", R"({"status":403,"path":"/users/ann","operation":"disconnectUser","user":"ann"})"});
  REQUIRE(known);
  CHECK(known->first.fields ==
        std::vector<AuditField>{{"status", "403", false}, {"operation", "disconnectUser", false}, {"user", "ann", true}});
  const auto odd =
      audit_entry_of({core::LogLevel::info, "api_refused", R"({"path":"/\u0000","status":403,"caller":"user:ann"})"});
  REQUIRE(odd);
  CHECK(odd->first.fields.size() == 3);
  CHECK_FALSE(audit_entry_of({core::LogLevel::info, "joined", "{}"}));
  CHECK(is_audited("connected"));
  CHECK_FALSE(is_audited("joined"));
}

}  // namespace dialogue::testing
