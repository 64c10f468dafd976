// The producer table alone: verdicts, the ring of receipts, and its bounds.
#include "server/core/producer_table.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

namespace dialogue {
namespace {

PayloadHash hash_of(std::uint64_t number) { return static_cast<PayloadHash>(10 * number); }

ProducerVerdict accept(ProducerTable& table, const std::string& key, std::uint64_t number) {
  const ProducerCheck check = table.check(key, number, hash_of(number));
  if (check.verdict == ProducerVerdict::fresh) table.record(key, {number + 100, 5, hash_of(number), ErrorCode::ok}, 5);
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

TEST_CASE("as many receipts are kept as numbers may be in flight, older numbers are a conflict") {
  ProducerTable table;
  for (std::uint64_t number = 1; number <= 100; ++number) REQUIRE(accept(table, "a", number) == ProducerVerdict::fresh);
  const std::uint64_t oldest = 101 - kPublishInFlightMax;
  for (std::uint64_t number = oldest; number <= 100; ++number) {
    const ProducerCheck check = table.check("a", number, hash_of(number));
    REQUIRE(check.verdict == ProducerVerdict::duplicate);
    REQUIRE(check.receipt.seq == number + 100);
    REQUIRE(table.check("a", number, 1).verdict == ProducerVerdict::conflict);
  }
  CHECK(table.check("a", oldest - 1, hash_of(oldest - 1)).verdict == ProducerVerdict::conflict);
  CHECK(table.check("a", 0, 0).verdict == ProducerVerdict::conflict);
  CHECK(table.check("a", 102, 0).verdict == ProducerVerdict::hole);
  CHECK(table.check("a", 102, 0).expected == 101);
}

TEST_CASE("a ring that a version with another bound has kept goes on as it was") {
  const std::uint64_t had = GENERATE(5, 32, 64, 100);
  const std::uint64_t expected = GENERATE(2, 6, 33, 40, 65, 101, 133);
  ProducerState producer{"a", expected, std::vector<ProducerReceipt>(std::min(had, expected - 1)), 5};
  for (std::uint64_t number = expected - producer.receipts.size(); number < expected; ++number)
    producer.receipts[(number - 1) % had] = {number + 100, 5, hash_of(number), ErrorCode::ok};
  const std::uint64_t known = std::min<std::uint64_t>(producer.receipts.size(), kPublishInFlightMax);
  ProducerTable table;
  table.load({producer});
  for (std::uint64_t number = 1; number < expected + 3; ++number) {
    INFO("number " << number << " of a ring of " << had << ", expected " << expected);
    const ProducerCheck check = table.check("a", number, hash_of(number));
    if (number < expected - known) REQUIRE(check.verdict == ProducerVerdict::conflict);
    if (number > expected) REQUIRE(check.verdict == ProducerVerdict::hole);
    if (number < expected - known || number >= expected) continue;
    REQUIRE(check.verdict == ProducerVerdict::duplicate);
    REQUIRE(check.receipt.seq == number + 100);
  }
  for (std::uint64_t number = expected; number < expected + 2 * kPublishInFlightMax; ++number)
    REQUIRE(accept(table, "a", number) == ProducerVerdict::fresh);
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
  constexpr std::uint64_t kNext = kPublishInFlightMax + 1, kNewest = kPublishInFlightMax + 8;
  for (std::uint64_t number = kNext; number <= kNewest; ++number)
    table.record("a", {number + 100, 7, hash_of(number), ErrorCode::ok}, 7);
  table.record("new", {101, 7, 10, ErrorCode::ok}, 7);
  table.record("new", {102, 7, 20, ErrorCode::ok}, 7);
  CHECK(table.check("a", kNewest, hash_of(kNewest)).verdict == ProducerVerdict::duplicate);
  CHECK(table.check("a", 8, 80).verdict == ProducerVerdict::conflict);
  CHECK(table.size() == 2);

  table.undo();
  CHECK(table.size() == 1);
  CHECK(table.news().empty());
  CHECK(table.check("a", kNext, hash_of(kNext)).verdict == ProducerVerdict::fresh);
  for (std::uint64_t number = 1; number <= kPublishInFlightMax; ++number)
    CHECK(table.check("a", number, hash_of(number)).verdict == ProducerVerdict::duplicate);
  table.forget(6, 1000);  // used at 5, not at 7
  CHECK(table.size() == 0);
}

TEST_CASE("the news of a producer are his unsettled numbers, in their order, and no more of them than are kept") {
  ProducerTable table;
  REQUIRE(accept(table, "a", 1) == ProducerVerdict::fresh);
  for (const char* key : {"b", "a", "b"}) table.record(key, {200, 9, 5, ErrorCode::ok}, 9);
  const std::vector<ProducerNews> news = table.news();
  REQUIRE(news.size() == 2);
  CHECK((news[0].key == "b" && news[0].expected == 3 && news[0].receipts.size() == 2));
  CHECK((news[1].key == "a" && news[1].expected == 3 && news[1].used_ms == 9));
  CHECK(news[1].receipts == std::vector<ProducerReceipt>{{200, 9, 5, ErrorCode::ok}});
  table.forget(100, 1000);
  CHECK(table.size() == 2);
  table.keep();
  CHECK(table.news().empty());
  table.undo();
  CHECK(table.check("a", 3, 0).verdict == ProducerVerdict::fresh);
  table.forget(100, 1000);
  CHECK(table.size() == 0);

  constexpr std::uint64_t kMany = 3 * kPublishInFlightMax / 2;
  for (std::uint64_t number = 1; number <= kMany; ++number) table.record("c", {number, 9, 0, ErrorCode::ok}, 9);
  const std::vector<ProducerReceipt> newest = table.news().at(0).receipts;
  REQUIRE(newest.size() == kPublishInFlightMax);
  CHECK(newest.front().seq == kMany - kPublishInFlightMax + 1);
  CHECK(newest.back().seq == kMany);
}

TEST_CASE("what a store remembered is what the table knows") {
  ProducerTable table;
  REQUIRE(accept(table, "gone", 1) == ProducerVerdict::fresh);
  table.load({{"a", 2, {{101, 5, 10, ErrorCode::ok}}, 5}});
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
