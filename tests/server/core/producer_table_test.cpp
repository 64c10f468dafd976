// The producer table alone: verdicts, the ring of receipts, and its bounds.
#include "server/core/producer_table.hpp"

#include <catch2/catch.hpp>

namespace dialogue {
namespace {

ProducerVerdict accept(ProducerTable& table, const std::string& key, std::uint64_t number) {
  const ProducerCheck check = table.check(key, number, number * 10);
  if (check.verdict == ProducerVerdict::fresh) table.record(key, {number * 10, number + 100, 5, ErrorCode::ok}, 5);
  table.keep();
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

TEST_CASE("what is undone was never there: new producers, receipts that were pushed out of the ring, the time of use") {
  ProducerTable table;
  for (std::uint64_t number = 1; number <= kPublishInFlightMax; ++number)
    REQUIRE(accept(table, "a", number) == ProducerVerdict::fresh);
  for (std::uint64_t number = 33; number <= 40; ++number) table.record("a", {number * 10, number + 100, 7, ErrorCode::ok}, 7);
  table.record("new", {10, 101, 7, ErrorCode::ok}, 7);
  table.record("new", {20, 102, 7, ErrorCode::ok}, 7);
  CHECK(table.check("a", 40, 400).verdict == ProducerVerdict::duplicate);
  CHECK(table.check("a", 8, 80).verdict == ProducerVerdict::conflict);
  CHECK(table.size() == 2);

  table.undo();
  CHECK(table.size() == 1);
  CHECK(table.changed().empty());
  CHECK(table.check("a", 33, 330).verdict == ProducerVerdict::fresh);
  for (std::uint64_t number = 1; number <= kPublishInFlightMax; ++number)
    CHECK(table.check("a", number, number * 10).verdict == ProducerVerdict::duplicate);
  table.forget(6, 1000);  // used at 5, not at 7
  CHECK(table.size() == 0);
}

TEST_CASE("each producer with new numbers comes whole and once, until they are settled") {
  ProducerTable table;
  REQUIRE(accept(table, "a", 1) == ProducerVerdict::fresh);
  for (const char* key : {"b", "a", "b"}) table.record(key, {5, 200, 9, ErrorCode::ok}, 9);
  const std::vector<ProducerState> changed = table.changed();
  REQUIRE(changed.size() == 2);
  CHECK(changed[0] == ProducerState{"b", 3, {{5, 200, 9, ErrorCode::ok}, {5, 200, 9, ErrorCode::ok}}, 9});
  CHECK(changed[1] == ProducerState{"a", 3, {{10, 101, 5, ErrorCode::ok}, {5, 200, 9, ErrorCode::ok}}, 9});
  table.forget(100, 1000);
  CHECK(table.size() == 2);
  table.keep();
  CHECK(table.changed().empty());
  table.undo();
  CHECK(table.check("a", 3, 0).verdict == ProducerVerdict::fresh);
  table.forget(100, 1000);
  CHECK(table.size() == 0);
}

TEST_CASE("what a store remembered is what the table knows") {
  ProducerTable table;
  REQUIRE(accept(table, "gone", 1) == ProducerVerdict::fresh);
  table.load({{"a", 2, {{10, 101, 5, ErrorCode::ok}}, 5}});
  CHECK(table.size() == 1);
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
