// The producer table alone: verdicts, the ring of receipts, and its bounds.
#include "server/core/producer_table.hpp"

#include <catch2/catch.hpp>

namespace dialogue {
namespace {

ProducerVerdict accept(ProducerTable& table, const std::string& key, std::uint64_t number) {
  const ProducerCheck check = table.check(key, number, number * 10);
  if (check.verdict == ProducerVerdict::fresh) table.record(key, {number * 10, number + 100, 5, ErrorCode::ok}, 5);
  return check.verdict;
}

}  // namespace

TEST_CASE("a producer's first number is 1") {
  ProducerTable table;
  CHECK(accept(table, "a", 2) == ProducerVerdict::hole);
  CHECK(accept(table, "a", kPublishInFlightMax) == ProducerVerdict::hole);
  CHECK(accept(table, "a", kPublishInFlightMax + 1) == ProducerVerdict::unknown);
  CHECK(accept(table, "a", 0) == ProducerVerdict::unknown);
  CHECK(table.size() == 0);
  CHECK(accept(table, "a", 1) == ProducerVerdict::fresh);
  CHECK(table.size() == 1);
}

TEST_CASE("checking does not consume: the same number stays due until it is recorded") {
  ProducerTable table;
  CHECK(table.check("a", 1, 0).verdict == ProducerVerdict::fresh);
  CHECK(table.check("a", 1, 0).verdict == ProducerVerdict::fresh);
  CHECK(table.size() == 0);
}

TEST_CASE("the last 32 receipts are kept, older numbers are a conflict") {
  ProducerTable table;
  for (std::uint64_t number = 1; number <= 100; ++number) REQUIRE(accept(table, "a", number) == ProducerVerdict::fresh);
  for (std::uint64_t number = 69; number <= 100; ++number) {
    const ProducerCheck check = table.check("a", number, number * 10);
    REQUIRE(check.verdict == ProducerVerdict::duplicate);
    REQUIRE(check.receipt.seq == number + 100);
    REQUIRE(table.check("a", number, 1).verdict == ProducerVerdict::conflict);
  }
  CHECK(table.check("a", 68, 680).verdict == ProducerVerdict::conflict);
  CHECK(table.check("a", 0, 0).verdict == ProducerVerdict::conflict);
  CHECK(table.check("a", 102, 0).verdict == ProducerVerdict::hole);
  CHECK(table.check("a", 102, 0).expected == 101);
}

TEST_CASE("R-56 the table is bounded: a new producer is refused, and nobody is forgotten for it") {
  ProducerTable table;
  for (std::size_t i = 0; i < kProducersPerRoomMax; ++i)
    REQUIRE(accept(table, "p" + std::to_string(i), 1) == ProducerVerdict::fresh);
  CHECK(accept(table, "new", 1) == ProducerVerdict::refused);
  CHECK(accept(table, "p0", 1) == ProducerVerdict::duplicate);
  CHECK(accept(table, "p0", 2) == ProducerVerdict::fresh);
  CHECK(table.size() == kProducersPerRoomMax);
}

TEST_CASE("who was silent for long is forgotten once his events are gone") {
  ProducerTable table;
  REQUIRE(accept(table, "a", 1) == ProducerVerdict::fresh);  // at sequence 101, used at 5
  table.forget(5, 1000);
  CHECK(table.size() == 1);
  table.forget(6, 101);
  CHECK(table.size() == 1);
  table.forget(6, 102);
  CHECK(table.size() == 0);
}

TEST_CASE("a state that was saved is put back, or taken out again") {
  ProducerTable table;
  CHECK_FALSE(table.state("a"));
  REQUIRE(accept(table, "a", 1) == ProducerVerdict::fresh);
  const auto before = table.state("a");
  REQUIRE(accept(table, "a", 2) == ProducerVerdict::fresh);
  table.restore("a", before);
  CHECK(table.check("a", 2, 20).verdict == ProducerVerdict::fresh);
  table.restore("a", std::nullopt);
  CHECK(table.size() == 0);
  table.load({*before});
  CHECK(table.check("a", 1, 10).verdict == ProducerVerdict::duplicate);
}

TEST_CASE("the hash tells events, lengths and contents apart") {
  CHECK(payload_hash("m", "abc") == payload_hash("m", "abc"));
  CHECK(payload_hash("m", "abc") != payload_hash("n", "abc"));
  CHECK(payload_hash("m", "abc") != payload_hash("m", "abd"));
  CHECK(payload_hash("m", "12345678") != payload_hash("m", "12345679"));
  CHECK(payload_hash("m", "") != payload_hash("m", std::string_view("\0", 1)));
  CHECK(payload_hash("m", "1234567812345678") != payload_hash("m", "12345678"));
  CHECK(payload_hash("ab", "c") != payload_hash("a", "bc"));
}

}  // namespace dialogue
