// The producer table alone: verdicts, the ring of receipts, and its bounds.
#include "server/core/log/producer_table.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "server/core/log/producer_ring.hpp"

namespace dialogue::core {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000'000;
constexpr SendingMark kResent{Sending::later, 1};

PayloadHash hash_of(std::uint64_t number) { return static_cast<PayloadHash>(10 * number); }

std::string plain_key(const std::string& user, const std::string& id) { return producer_key(user, ProducerKind::plain, id); }
std::string page_key(const std::string& user, const std::string& id) { return producer_key(user, ProducerKind::page, id); }
std::string kept_key(const std::string& user, const std::string& id) { return producer_key(user, ProducerKind::kept, id); }
std::string once_key(const std::string& caller, const std::string& id) { return producer_key(caller, ProducerKind::once, id); }

ProducerVerdict accept(ProducerTable& table, const std::string& key, std::uint64_t number, std::uint64_t now_ms = 5) {
  const ProducerCheck check = table.check(key, number, hash_of(number), now_ms);
  if (check.verdict == ProducerVerdict::fresh) {
    if (!table.admit(key, now_ms)) return ProducerVerdict::refused;
    table.record(key, {number + 100, 5, hash_of(number), ErrorCode::ok}, now_ms, number);
  }
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
  CHECK(table.check("a", 1, 0, 5).verdict == ProducerVerdict::fresh);
  CHECK(table.check("a", 1, 0, 5).verdict == ProducerVerdict::fresh);
  CHECK(table.size() == 0);
}

TEST_CASE("as many receipts are kept as numbers may be in flight, older numbers are a conflict") {
  ProducerTable table;
  for (std::uint64_t number = 1; number <= 100; ++number) REQUIRE(accept(table, "a", number) == ProducerVerdict::fresh);
  const std::uint64_t oldest = 101 - kPublishInFlightMax;
  for (std::uint64_t number = oldest; number <= 100; ++number) {
    const ProducerCheck check = table.check("a", number, hash_of(number), 5);
    REQUIRE(check.verdict == ProducerVerdict::duplicate);
    REQUIRE(check.receipt.seq == number + 100);
    REQUIRE(table.check("a", number, 1, 5).verdict == ProducerVerdict::conflict);
  }
  CHECK(table.check("a", oldest - 1, hash_of(oldest - 1), 5).verdict == ProducerVerdict::conflict);
  CHECK(table.check("a", 0, 0, 5).verdict == ProducerVerdict::conflict);
  CHECK(table.check("a", 102, 0, 5).verdict == ProducerVerdict::hole);
  CHECK(table.check("a", 102, 0, 5).expected == 101);
}

TEST_CASE("a ring of a version with another bound continues unchanged") {
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
    const ProducerCheck check = table.check("a", number, hash_of(number), 5);
    if (number < expected - known) REQUIRE(check.verdict == ProducerVerdict::conflict);
    if (number > expected) REQUIRE(check.verdict == ProducerVerdict::hole);
    if (number < expected - known || number >= expected) continue;
    REQUIRE(check.verdict == ProducerVerdict::duplicate);
    REQUIRE(check.receipt.seq == number + 100);
  }
  for (std::uint64_t number = expected; number < expected + 2 * kPublishInFlightMax; ++number)
    REQUIRE(accept(table, "a", number) == ProducerVerdict::fresh);
}

TEST_CASE("R-56 if nothing marks repetitions, a new producer is refused, and no other is forgotten for it") {
  ProducerTable table;
  constexpr std::size_t kOfClients = kProducersPerRoomMax - kProducersOfApiMin;
  for (std::size_t i = 0; i < kOfClients; ++i)
    REQUIRE(accept(table, plain_key("user" + std::to_string(i), "p"), 1) == ProducerVerdict::fresh);
  CHECK(accept(table, plain_key("new", "p"), 1) == ProducerVerdict::refused);
  CHECK(accept(table, plain_key("user0", "p"), 1) == ProducerVerdict::duplicate);
  CHECK(accept(table, plain_key("user0", "p"), 2) == ProducerVerdict::fresh);
  CHECK(table.size() == kOfClients);
  // Nor are those refused who say it, nor Idempotency-Keys.
  CHECK(accept(table, page_key("new", "p"), 1) == ProducerVerdict::fresh);
  CHECK(accept(table, once_key("caller", "k"), 1) == ProducerVerdict::fresh);
}

TEST_CASE("F-X6 if clients have filled a room, callers of the API still have places, and no client has one of these") {
  ProducerTable table;
  constexpr std::uint64_t kStart = 1'000'000, kAge = kProducerAgeMs;
  std::size_t taken = 0;
  for (; accept(table, plain_key("guest-" + std::to_string(taken), "p"), 1, kStart + taken) == ProducerVerdict::fresh; ++taken) {}
  CHECK(taken == kProducersPerRoomMax - kProducersOfApiMin);
  CHECK(table.wait_ms(plain_key("guest-new", "p"), kStart + 5, kAge) == kAge - 5);
  for (std::size_t i = 0; i < kProducersOfApiMin; ++i) {
    const std::string key = plain_key("backend-" + std::to_string(i % 4), std::to_string(i));
    REQUIRE(table.admit(key, kStart, ProducerOrigin::application));
    table.record(key, {i + 1, 5, 0, ErrorCode::ok}, kStart);
  }
  table.keep();
  CHECK_FALSE(table.admit(plain_key("system", "one more"), kStart, ProducerOrigin::application));
  CHECK(table.wait_ms(plain_key("system", "one more"), kStart + kAge / 2, kAge) == kAge / 2);
  CHECK_FALSE(table.admit(plain_key("guest-new", "p"), kStart));
}

TEST_CASE(
    "F-X6 a refused producer is asked to wait for the place of the longest silent, its own user's where that is what is full") {
  ProducerTable table;
  REQUIRE(accept(table, plain_key("ann", "old"), 1, 1000) == ProducerVerdict::fresh);
  for (std::size_t i = 0; i < kProducersPerUserMax; ++i)
    REQUIRE(accept(table, plain_key("eve", std::to_string(i)), 1, 5000 + i) == ProducerVerdict::fresh);
  REQUIRE(accept(table, plain_key("eve", "new"), 1, 9000) == ProducerVerdict::refused);
  CHECK(table.wait_ms(plain_key("eve", "new"), 9000, kProducerAgeMs) == kProducerAgeMs - 4000);
  REQUIRE(accept(table, plain_key("eve", "0"), 2, 10'000) == ProducerVerdict::fresh);
  CHECK(table.wait_ms(plain_key("eve", "new"), 10'000, kProducerAgeMs) == kProducerAgeMs - 4999);
  CHECK(table.wait_ms(plain_key("eve", "new"), 5001 + 2 * kProducerAgeMs, kProducerAgeMs) == 0);
  CHECK(table.wait_ms(page_key("eve", "p"), 9000, kProducerAgeMs) == 0);
}

TEST_CASE("F-K10 pages never fill the table: the longest silent go, and what they send again is refused") {
  ProducerTable table;
  for (std::size_t i = 0; i < 2 * kProducersPerRoomMax; ++i)
    REQUIRE(accept(table, page_key("user" + std::to_string(i), "p"), 1, 1000 + i) == ProducerVerdict::fresh);
  CHECK(table.size() <= kProducersPerRoomMax);
  CHECK(table.size() > kProducersPerRoomMax * 9 / 10);
  CHECK(table.check(page_key("user0", "p"), 1, hash_of(1), 40'000, kResent).verdict == ProducerVerdict::unknown);
  const std::string newest = page_key("user" + std::to_string(2 * kProducersPerRoomMax - 1), "p");
  CHECK(table.check(newest, 1, hash_of(1), kNow, kResent).verdict == ProducerVerdict::duplicate);
}

TEST_CASE("F-K10 a producer with a number in flight is not evicted") {
  ProducerTable table;
  const std::string busy = page_key("ann", "busy");
  REQUIRE(table.admit(busy, 1));
  table.record(busy, {1, 5, hash_of(1), ErrorCode::ok}, 1);
  for (std::size_t i = 0; i < 2 * kProducersPerUserMax; ++i) {
    const std::string key = page_key("ann", "p" + std::to_string(i));
    REQUIRE(table.check(key, 1, 0, kNow).verdict == ProducerVerdict::fresh);
    const bool has_place = table.admit(key, 2 + i);
    REQUIRE(has_place == (i + 1 < kProducersPerUserMax));
    if (has_place) table.record(key, {2 + i, 5, 0, ErrorCode::ok}, 2 + i);
  }
  CHECK(table.check(busy, 1, hash_of(1), kNow).verdict == ProducerVerdict::duplicate);
  table.keep();
  CHECK(table.admit(page_key("ann", "new"), 5000));
  CHECK(table.check(busy, 1, hash_of(1), kNow).verdict == ProducerVerdict::fresh);  // it was the longest silent
}

TEST_CASE("F-K10 a user with many producers evicts only that user's own") {
  ProducerTable table;
  REQUIRE(accept(table, page_key("bob", "p"), 1, 1) == ProducerVerdict::fresh);
  REQUIRE(accept(table, page_key("ann", "old"), 1, 2) == ProducerVerdict::fresh);
  for (std::size_t i = 0; i < kProducersPerUserMax; ++i)
    REQUIRE(accept(table, page_key("ann", "p" + std::to_string(i)), 1, 1000 + i) == ProducerVerdict::fresh);
  CHECK(table.size() == kProducersPerUserMax + 1);
  CHECK(table.check(page_key("bob", "p"), 1, hash_of(1), kNow).verdict == ProducerVerdict::duplicate);
  CHECK(table.check(page_key("ann", "old"), 1, hash_of(1), 5000, kResent).verdict == ProducerVerdict::unknown);
  for (std::size_t i = 0; i < kProducersPerUserMax; ++i) static_cast<void>(accept(table, plain_key("eve", std::to_string(i)), 1));
  CHECK(accept(table, plain_key("eve", "one more"), 1) == ProducerVerdict::refused);
}

TEST_CASE("F-K10 Idempotency-Keys are bounded by caller, and none is forgotten for another") {
  ProducerTable table;
  for (std::size_t i = 0; i < kProducersPerRoomMax; ++i)
    REQUIRE(accept(table, once_key("ann", std::to_string(i)), 1) == ProducerVerdict::fresh);
  CHECK(accept(table, once_key("ann", "new"), 1) == ProducerVerdict::refused);
  CHECK(accept(table, once_key("ann", "0"), 1) == ProducerVerdict::duplicate);
  CHECK(accept(table, once_key("bob", "0"), 1) == ProducerVerdict::fresh);
  for (const char* caller : {"carl", "dora", "eve"})
    for (std::size_t i = 0; i < kProducersPerRoomMax; ++i)
      static_cast<void>(accept(table, once_key(caller, std::to_string(i)), 1));
  CHECK(table.size() == kKeysPerRoomMax);
  CHECK(accept(table, once_key("fred", "0"), 1) == ProducerVerdict::refused);
  table.forget(100, 1000);
  CHECK(table.size() == 0);
  CHECK(accept(table, once_key("fred", "0"), 1) == ProducerVerdict::fresh);
}

TEST_CASE("F-K05 a repetition of an unknown producer is accepted only if no producer can have been forgotten since") {
  ProducerTable table;
  const bool is_kept = GENERATE(false, true);
  const std::string key = is_kept ? kept_key("ann", "p") : page_key("ann", "p");
  const std::uint64_t kept_s = (is_kept ? kProducerAgeMs : kPageProducerAgeMs) / 1000 - 6 * 60;
  for (const std::uint64_t number : {1, 2, 64, 65, 1000})
    for (const std::uint64_t resent_s : {kept_s, kept_s + 1, kSafeIntegerMax})
      for (const Sending sending : {Sending::later, Sending::oldest})
        CHECK(table.check(key, number, 0, kNow, {sending, resent_s}).verdict == ProducerVerdict::unknown);
  CHECK(table.check(key, 1, 0, kNow, {Sending::later, kept_s - 1}).verdict == ProducerVerdict::fresh);
  CHECK(table.check(key, 2, 0, kNow, {Sending::later, kept_s - 1}).verdict == ProducerVerdict::hole);
  CHECK(table.check(key, 2, 0, kNow, {Sending::oldest, kept_s - 1}).verdict == ProducerVerdict::fresh);
  CHECK(table.check(key, 1, 0, kNow, {Sending::later}).verdict == ProducerVerdict::fresh);
  CHECK(table.check(key, 65, 0, kNow, {Sending::later}).verdict == ProducerVerdict::hole);
  CHECK(table.check(key, 0, 0, kNow, {Sending::oldest}).verdict == ProducerVerdict::unknown);
}

TEST_CASE("F-K05 an eviction is stored with the log: numbers first sent before it are refused, later ones are accepted") {
  ProducerTable table;
  for (std::size_t i = 0; i <= kProducersPerUserMax; ++i) {
    const std::string key = page_key("ann", std::to_string(i));
    REQUIRE(table.admit(key, kNow));
    table.record(key, {1 + i, 5, 0, ErrorCode::ok}, kNow);
    if (i < kProducersPerUserMax) table.keep();
  }
  std::vector<ProducerState> kept;
  for (const ProducerDelta& delta : table.deltas()) apply_delta(kept.emplace_back(ProducerState{delta.key, 1, {}, 0}), delta);
  ProducerTable again;
  again.load(std::move(kept));
  for (ProducerTable* each : {&table, &again}) {
    const auto verdict = [each](std::uint64_t now_ms, std::uint64_t resent_s) {
      return each->check(page_key("bob", "p"), 1, 0, now_ms, {Sending::later, resent_s}).verdict;
    };
    CHECK(verdict(kNow, 1) == ProducerVerdict::unknown);
    CHECK(verdict(kNow + 100'000, 41) == ProducerVerdict::unknown);
    CHECK(verdict(kNow + 100'000, 40) == ProducerVerdict::fresh);
  }
  CHECK(again.size() == 1);
}

TEST_CASE("F-K05 if the clock is in doubt, earlier numbers are refused") {
  ProducerTable table;
  const auto verdict = [&table](std::uint64_t resent_s, const ClockDoubt& doubt) {
    return table.check(page_key("ann", "p"), 1, 0, kNow, {Sending::later, resent_s}, doubt).verdict;
  };
  const ClockDoubt jumped{0, kNow - 100'000}, started{kNow - 100'000, 0};
  CHECK(verdict(40, jumped) == ProducerVerdict::fresh);
  CHECK(verdict(41, jumped) == ProducerVerdict::unknown);
  CHECK(verdict(41, started) == ProducerVerdict::fresh);  // nobody has ever published here
  table.load({{page_key("bob", "p"), 2, {{101, 5, 10, ErrorCode::ok}}, kNow - 400'000}});
  CHECK(table.oldest_use(kNow - 400'000) == kNow - 400'000);
  CHECK(table.oldest_use(kNow - 399'999) > kNow);
  CHECK(verdict(100, started) == ProducerVerdict::fresh);
  CHECK(verdict(101, started) == ProducerVerdict::unknown);
  table.load({}, false);
  CHECK(verdict(41, started) == ProducerVerdict::fresh);
}

TEST_CASE("F-K05 an unknown producer continues with a number that was never sent, and all earlier ones are a conflict") {
  const std::uint64_t number = GENERATE(2, 5, 64, 65, 66, 200);
  ProducerTable table;
  const std::string key = page_key("ann", "p");
  REQUIRE(table.check(key, number, hash_of(number), kNow, {Sending::oldest}).verdict == ProducerVerdict::fresh);
  REQUIRE(table.admit(key, 9));
  table.record(key, {300, 5, hash_of(number), ErrorCode::ok}, 9, number);
  const std::vector<ProducerDelta> deltas = table.deltas();
  REQUIRE(deltas.size() == 1);
  CHECK((deltas[0].expected == number + 1 && deltas[0].receipts.size() == 1));
  table.undo();
  CHECK(table.size() == 0);
  table.record(key, {300, 5, hash_of(number), ErrorCode::ok}, 9, number);
  table.keep();
  CHECK(table.check(key, number, hash_of(number), kNow, kResent).verdict == ProducerVerdict::duplicate);
  CHECK(table.check(key, number - 1, hash_of(number - 1), kNow).verdict == ProducerVerdict::conflict);
  CHECK(table.check(key, number - 1, hash_of(number - 1), kNow, kResent).verdict == ProducerVerdict::unknown);
  CHECK(accept(table, key, number + 1) == ProducerVerdict::fresh);
  CHECK(accept(table, key, number + 3) == ProducerVerdict::hole);
}

TEST_CASE("F-K10 the log is notified of evictions, even if an append fails in between") {
  ProducerTable table;
  for (std::size_t i = 0; i <= kProducersPerUserMax; ++i) {
    const std::string key = page_key("ann", std::to_string(i));
    REQUIRE(table.admit(key, 10 + i));
    table.record(key, {1 + i, 5, 0, ErrorCode::ok}, 10 + i);
    if (i < kProducersPerUserMax) table.keep();
  }
  std::vector<ProducerDelta> deltas = table.deltas();
  REQUIRE(deltas.size() == 3);
  CHECK((deltas[0].key == page_key("ann", "0") && deltas[0].expected == 1 && deltas[0].receipts.empty()));
  CHECK((deltas[1].key == kEvictionKey && deltas[1].used_ms == 10 + kProducersPerUserMax));
  table.undo();
  CHECK(table.deltas().size() == 2);
  table.record(page_key("ann", "0"), {500, 5, 0, ErrorCode::ok}, 99, 7);  // it is back before the log heard
  deltas = table.deltas();
  REQUIRE(deltas.size() == 1);
  CHECK(deltas[0].expected == 8);
  table.keep();
  CHECK(table.deltas().empty());
}

TEST_CASE("F-K23 pages are forgotten when they were silent for a while, whatever is kept of their events") {
  ProducerTable table;
  REQUIRE(accept(table, page_key("ann", "p"), 1) == ProducerVerdict::fresh);
  REQUIRE(accept(table, kept_key("ann", "p"), 1) == ProducerVerdict::fresh);
  REQUIRE(accept(table, plain_key("ann", "p"), 1) == ProducerVerdict::fresh);
  CHECK(table.has_pages());
  table.forget(0, 1, 5);  // used at 5
  CHECK(table.size() == 3);
  table.forget(0, 1, 6);
  CHECK(table.size() == 2);
  CHECK_FALSE(table.has_pages());
}

TEST_CASE("a key contains its producer's user and kind") {
  for (const ProducerKind kind : {ProducerKind::plain, ProducerKind::page, ProducerKind::kept, ProducerKind::once})
    for (const char* owner : {"ann", "guest-x", "u"}) {
      const std::string key = producer_key(owner, kind, "p1");
      CHECK(kind_of(key) == kind);
      CHECK(owner_part(key) == (kind == ProducerKind::once ? "\n" : "") + std::string(owner) + "\n");
    }
  CHECK(producer_key("ann", ProducerKind::plain, "p") == "ann\np");  // as every version has kept it
  CHECK(kind_of("\nold key") == ProducerKind::once);                 // as earlier versions kept them
  CHECK(kind_of("\nold key\n3") == ProducerKind::once);
}

TEST_CASE("a silent producer is forgotten once its events are gone") {
  ProducerTable table;
  REQUIRE(accept(table, "a", 1) == ProducerVerdict::fresh);  // at sequence 101, used at 5
  table.forget(5, 1000);
  CHECK(table.size() == 1);
  table.forget(6, 101);
  CHECK(table.size() == 1);
  table.forget(6, 102);
  CHECK(table.size() == 0);
}

TEST_CASE("undo restores everything: new producers, receipts that were pushed out of the ring, the time of use") {
  ProducerTable table;
  for (std::uint64_t number = 1; number <= kPublishInFlightMax; ++number)
    REQUIRE(accept(table, "a", number) == ProducerVerdict::fresh);
  constexpr std::uint64_t kNext = kPublishInFlightMax + 1, kNewest = kPublishInFlightMax + 8;
  for (std::uint64_t number = kNext; number <= kNewest; ++number)
    table.record("a", {number + 100, 7, hash_of(number), ErrorCode::ok}, 7);
  table.record("new", {101, 7, 10, ErrorCode::ok}, 7);
  table.record("new", {102, 7, 20, ErrorCode::ok}, 7);
  CHECK(table.check("a", kNewest, hash_of(kNewest), 5).verdict == ProducerVerdict::duplicate);
  CHECK(table.check("a", 8, 80, kNow).verdict == ProducerVerdict::conflict);
  CHECK(table.size() == 2);

  table.undo();
  CHECK(table.size() == 1);
  CHECK(table.deltas().empty());
  CHECK(table.check("a", kNext, hash_of(kNext), 5).verdict == ProducerVerdict::fresh);
  for (std::uint64_t number = 1; number <= kPublishInFlightMax; ++number)
    CHECK(table.check("a", number, hash_of(number), 5).verdict == ProducerVerdict::duplicate);
  table.forget(6, 1000);  // used at 5, not at 7
  CHECK(table.size() == 0);
}

TEST_CASE("the delta of a producer is its unsettled numbers, in their order, and at most as many as are kept") {
  ProducerTable table;
  REQUIRE(accept(table, "a", 1) == ProducerVerdict::fresh);
  for (const char* key : {"b", "a", "b"}) table.record(key, {200, 9, 5, ErrorCode::ok}, 9);
  const std::vector<ProducerDelta> deltas = table.deltas();
  REQUIRE(deltas.size() == 2);
  CHECK((deltas[0].key == "b" && deltas[0].expected == 3 && deltas[0].receipts.size() == 2));
  CHECK((deltas[1].key == "a" && deltas[1].expected == 3 && deltas[1].used_ms == 9));
  CHECK(deltas[1].receipts == std::vector<ProducerReceipt>{{200, 9, 5, ErrorCode::ok}});
  table.forget(100, 1000);
  CHECK(table.size() == 2);
  table.keep();
  CHECK(table.deltas().empty());
  table.undo();
  CHECK(table.check("a", 3, 0, 5).verdict == ProducerVerdict::fresh);
  table.forget(100, 1000);
  CHECK(table.size() == 0);

  constexpr std::uint64_t kMany = 3 * kPublishInFlightMax / 2;
  for (std::uint64_t number = 1; number <= kMany; ++number) table.record("c", {number, 9, 0, ErrorCode::ok}, 9);
  const std::vector<ProducerReceipt> newest = table.deltas().at(0).receipts;
  REQUIRE(newest.size() == kPublishInFlightMax);
  CHECK(newest.front().seq == kMany - kPublishInFlightMax + 1);
  CHECK(newest.back().seq == kMany);
}

TEST_CASE("the table is restored from the store's state") {
  ProducerTable table;
  REQUIRE(accept(table, "gone", 1) == ProducerVerdict::fresh);
  table.load({{"a", 2, {{101, 5, 10, ErrorCode::ok}}, 5}});
  CHECK(table.size() == 1);
  CHECK(table.check("a", 1, 10, kNow).verdict == ProducerVerdict::duplicate);
}

}  // namespace dialogue::core
