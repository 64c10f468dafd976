// Receipts beside an audit's chain: ranges that touch become one, pages, retention, erasure, and the bound of what waits.
#include "server/audit/receipt_table.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <random>
#include <set>

#include "server/audit/audit_check.hpp"
#include "server/audit/audit_log.hpp"
#include "tests/file_bytes.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::testing {

using namespace audit;

namespace {

core::Receipt receipt(const std::string& user, std::uint64_t first, std::uint64_t last, std::uint64_t at_ms = 1000,
                      const std::string& room = "chat", std::uint64_t epoch = 7) {
  return {room, user, epoch, first, last, at_ms};
}

struct ReceiptFile {
  test::TemporaryDirectory directory;
  std::string path = directory.path() + "/audit.db";
  AuditFile file{path, path + "-key"};

  [[nodiscard]] std::string ranges(const std::string& user, const std::string& room = "chat") {
    std::string text;
    for (const ReceiptRange& each : file.receipts({room, user, kReceiptPageMax}))
      text += std::to_string(each.first) + "-" + std::to_string(each.last) + " ";
    return text;
  }
  [[nodiscard]] bool mentions(const std::string& text) const {
    for (const char* suffix : {"", "-wal"})
      if (file_bytes(path + suffix).find(text) != std::string::npos) return true;
    return false;
  }
};

}  // namespace

TEST_CASE("ranges that touch become one with the time of both, and others stay apart") {
  ReceiptFile world;
  world.file.add_receipts({receipt("ann", 1, 4, 1000), receipt("ann", 5, 6, 2000), receipt("ann", 9, 9), receipt("bob", 5, 6),
                           receipt("ann", 1, 1, 1000, "other"), receipt("ann", 7, 7, 1000, "chat", 8)});
  const auto found = world.file.receipts({"chat", "ann"});
  REQUIRE(found.size() == 3);
  CHECK(world.ranges("ann") == "1-6 9-9 7-7 ");
  CHECK(found[0].since_ms == 1000);
  CHECK(found[0].until_ms == 2000);
  world.file.add_receipts({receipt("ann", 3, 8)});  // another connection of hers
  CHECK(world.ranges("ann") == "1-9 7-7 ");
}

TEST_CASE("the range that has a sequence is found, whatever was before and after it") {
  ReceiptFile world;
  for (std::uint64_t i = 0; i < 3000; ++i) world.file.add_receipts({receipt("ann", 10 * i + 1, 10 * i + 5)});
  world.file.add_receipts({receipt("bob", 20'006, 20'010), receipt("ann", 20'006, 20'010, 1000, "chat", 8)});
  const auto covering = [&](std::uint64_t seq) {
    ReceiptQuery query{"chat", "ann", 1};
    query.covers = {7, seq};
    const auto found = world.file.receipts(query);
    return found.empty() ? 0 : found.front().first;
  };
  CHECK(covering(20'001) == 20'001);
  CHECK(covering(20'005) == 20'001);
  CHECK(covering(20'006) == 0);
  CHECK(covering(99'999) == 0);
}

TEST_CASE("whatever is added in whatever order, the ranges are what was added, apart from each other") {
  std::mt19937 random(20'260'131);
  ReceiptFile world;
  std::set<std::uint64_t> added;
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t first = 1 + random() % 1000, last = first + random() % 8;
    for (std::uint64_t seq = first; seq <= last; ++seq) added.insert(seq);
    world.file.add_receipts({receipt("ann", first, last)});
  }
  std::set<std::uint64_t> found;
  std::uint64_t before = 0;
  for (const ReceiptRange& each : world.file.receipts({"chat", "ann", kReceiptPageMax})) {
    CHECK((before == 0 || each.first > before + 1));
    for (std::uint64_t seq = each.first; seq <= each.last; ++seq) found.insert(seq);
    before = each.last;
  }
  CHECK(found == added);
}

TEST_CASE("pages leave no range out and repeat none, of a room, of a user in it, and of a user") {
  ReceiptFile world;
  for (std::uint64_t i = 0; i < 9; ++i)
    world.file.add_receipts({receipt("ann", 10 * i + 1, 10 * i + 2), receipt("bob", 10 * i + 1, 10 * i + 2),
                             receipt("ann", 10 * i + 1, 10 * i + 2, 1000, "other")});
  const auto paged = [&](ReceiptQuery query) {
    std::size_t count = 0;
    std::set<std::string> seen;
    for (query.limit = 4;;) {
      const auto page = world.file.receipts(query);
      for (const ReceiptRange& each : page) seen.insert(each.room + " " + each.user_id + " " + std::to_string(each.first));
      count += page.size();
      if (page.size() < 4) break;
      query.after = page.back();
    }
    CHECK(count == seen.size());
    return count;
  };
  CHECK(paged({"chat", ""}) == 18);
  CHECK(paged({"chat", "bob"}) == 9);
  CHECK(paged({"", "ann"}) == 18);
  CHECK(paged({"nowhere", ""}) == 0);
}

TEST_CASE("a user's receipts are erased from the file, and old ones are cut with the audit") {
  ReceiptFile world;
  world.file.append({AuditEntry{"createRoom"}}, 1000);
  world.file.add_receipts({receipt("quintessa", 1, 4), receipt("bob", 1, 4, 9000), receipt("bob", 1, 4, 9000, "user:quintessa")});
  REQUIRE(world.mentions("quintessa"));
  CHECK(world.file.forget("quintessa", 1) == 2);
  CHECK(world.file.empty_wal());
  CHECK_FALSE(world.mentions("quintessa"));
  CHECK(world.ranges("quintessa").empty());
  world.file.add_receipts({receipt("ann", 1, 4, 1000)});
  CHECK_FALSE(world.file.cut(5000, 10'000));
  CHECK(world.ranges("ann").empty());
  CHECK(world.ranges("bob") == "1-4 ");
  CHECK(check_audit(world.path, {}).faults.empty());
}

TEST_CASE("receipts that arrive faster than the file accepts them are lost by batches, counted, and recorded as lost") {
  test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/audit.db";
  const auto cells = std::make_shared<metrics::SharedCells>();
  std::promise<void> release;
  {
    AuditLog log({path, path + "-key", 0, {}, cells});
    const auto held = release.get_future().share();
    std::promise<void> holding;
    log.query({}, [&holding, held](const auto&, const auto&) {  // keeps the writer
      holding.set_value();
      held.wait();
    });
    holding.get_future().wait();
    CHECK(log.has_room());
    for (std::uint64_t i = 0; i < kReceiptBatchesMax + 2; ++i) log.keep({receipt("ann", 2 * i + 1, 2 * i + 1)});
    CHECK_FALSE(log.has_room());
    release.set_value();
    std::promise<std::uint64_t> written;
    log.write(AuditEntry{"createRoom"}, [&written](std::uint64_t seq) { written.set_value(seq); });
    CHECK(written.get_future().get() == 2);  // behind the record "gap"
    CHECK(log.has_room());
  }
  metrics::CellValues values{};
  cells->add_to(values);
  CHECK(values[metrics::cell_of(metrics::Metric::audit_records_lost_total, 0)] == 2);
  AuditFile file(path, {}, AuditFile::Mode::read);
  CHECK(file.receipts({"chat", "ann", kReceiptPageMax}).size() == kReceiptBatchesMax);
  CHECK(file.query({}).front().text.find(R"("records":"2")") != std::string::npos);
}

TEST_CASE("an audit that was written before there were receipts is read without any") {
  test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/audit.db";
  {
    AuditFile file(path, path + "-key");
    file.append({AuditEntry{"createRoom"}}, 1000);
    file.database().run("DROP TABLE receipt");
  }
  AuditFile file(path, {}, AuditFile::Mode::read);
  CHECK(file.receipts({"chat", ""}).empty());
  CHECK(file.query({}).size() == 1);
}

}  // namespace dialogue::testing
