// The ring of a producer's receipts as deltas make it, against the table that they come from.
#include "server/core/log/producer_ring.hpp"

#include <catch2/catch.hpp>

#include "server/core/log/producer_table.hpp"
#include "server/core/util/seeded_random.hpp"

namespace dialogue::core {
namespace {

const std::string kKey = "ada\n1";

ProducerReceipt receipt_at(std::uint64_t number) {
  return {number + 100, 5, static_cast<PayloadHash>(number * 10), ErrorCode::ok};
}

/// What a table says of every number that it could have heard of.
std::vector<std::pair<ProducerVerdict, std::uint64_t>> answers(const ProducerTable& table, std::uint64_t until) {
  std::vector<std::pair<ProducerVerdict, std::uint64_t>> found;
  for (std::uint64_t number = 0; number <= until; ++number) {
    const ProducerCheck check = table.check(kKey, number, receipt_at(number).hash, 5);
    found.emplace_back(check.verdict, check.receipt.seq);
  }
  return found;
}

TEST_CASE("applying every delta yields the table's state") {
  SeededRandom random(7);
  for (int round = 0; round < 100; ++round) {
    ProducerTable table;
    ProducerState told{kKey, 1, {}, 0};
    for (std::uint64_t number = 1; number < 300;) {
      for (std::uint64_t together = 1 + random.below(2 * kPublishInFlightMax); together > 0; --together, ++number)
        table.record(kKey, receipt_at(number), number);
      apply_delta(told, table.deltas().at(0));
      table.keep();
      CHECK(told.used_ms == number - 1);
      ProducerTable other;
      other.load({told});
      REQUIRE(answers(other, number + 2) == answers(table, number + 2));
    }
  }
}

TEST_CASE("a delta fits a ring that a version with another bound has kept") {
  const std::uint64_t had = GENERATE(5, 32, 64, 100);
  const std::uint64_t expected = GENERATE(2, 6, 33, 40, 65, 101, 133);
  ProducerState old{kKey, expected, std::vector<ProducerReceipt>(std::min(had, expected - 1)), 5};
  for (std::uint64_t number = expected - old.receipts.size(); number < expected; ++number)
    old.receipts[(number - 1) % had] = receipt_at(number);
  ProducerTable table;
  table.load({old});
  for (std::uint64_t number = expected; number < expected + 20; ++number) table.record(kKey, receipt_at(number), 9);
  apply_delta(old, table.deltas().at(0));
  ProducerTable other;
  other.load({old});
  CHECK(answers(other, expected + 22) == answers(table, expected + 22));
}

TEST_CASE("of a producer that only a delta names, older numbers match no content") {
  ProducerState told{kKey, 1, {}, 0};
  apply_delta(told, {kKey, 11, {receipt_at(10)}, 9});
  ProducerTable table;
  table.load({told});
  CHECK(table.check(kKey, 10, receipt_at(10).hash, 5).verdict == ProducerVerdict::duplicate);
  CHECK(table.check(kKey, 9, receipt_at(9).hash, 5).verdict == ProducerVerdict::conflict);
  CHECK(table.check(kKey, 11, 0, 5).verdict == ProducerVerdict::fresh);
}

}  // namespace
}  // namespace dialogue::core
