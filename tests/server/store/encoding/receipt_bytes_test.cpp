// Receipts as bytes and back, in all forms, and bytes that are none.
#include "server/store/encoding/receipt_bytes.hpp"

#include <catch2/catch.hpp>

#include "server/core/util/seeded_random.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::store {

using namespace core;

namespace {

using Receipts = std::vector<ProducerReceipt>;

std::optional<Receipts> there_and_back(const Receipts& receipts) {
  return receipts_from_bytes(ReceiptForm::deltas, receipts_to_bytes(receipts));
}

}  // namespace

TEST_CASE("receipts are decoded unchanged, whatever their content") {
  CHECK(there_and_back({}) == Receipts{});
  const Receipts extremes = {{UINT64_MAX, 0, UINT32_MAX, ErrorCode::ok},
                             {0, UINT64_MAX, 0, static_cast<ErrorCode>(UINT16_MAX)},
                             {std::uint64_t{1} << 63, (std::uint64_t{1} << 63) - 1, 1, ErrorCode::ok}};
  CHECK(there_and_back(extremes) == extremes);
  SeededRandom random(4);
  for (int round = 0; round < 500; ++round) {
    Receipts receipts(random.below(kPublishInFlightMax + 1));
    for (ProducerReceipt& receipt : receipts)
      receipt = {random.below(1ULL << random.below(60)), random.below(1ULL << random.below(60)),
                 static_cast<PayloadHash>(random.safe_integer()), static_cast<ErrorCode>(random.below(70'000) % 65'536)};
    REQUIRE(there_and_back(receipts) == receipts);
  }
}

TEST_CASE("a usual ring of receipts is short, though numbers run round it") {
  Receipts receipts(kPublishInFlightMax);
  for (std::uint64_t number = 1; number <= 3 * kPublishInFlightMax / 2; ++number)
    receipts[(number - 1) % kPublishInFlightMax] = {5'000'000 + 7 * number, 1'700'000'000'000 + 20 * number,
                                                    static_cast<PayloadHash>(number * 0x9E37'79B9U), ErrorCode::ok};
  CHECK(receipts_to_bytes(receipts).size() < 8 * kPublishInFlightMax);
  CHECK(there_and_back(receipts) == receipts);
}

TEST_CASE("the form of older databases is read: 26 bytes a receipt") {
  const std::string one("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\3\1\0\0\0\0\0\0\5\0", 26);
  const Receipts expected = {{2, 259, 1, static_cast<ErrorCode>(5)}};
  CHECK(receipts_from_bytes(ReceiptForm::fixed, one) == expected);
  CHECK(receipts_from_bytes(ReceiptForm::fixed, one + one)->size() == 2);
  CHECK_FALSE(receipts_from_bytes(ReceiptForm::fixed, one + "x"));
}

TEST_CASE("the form of version 4 is read: of its longer hash the lower half counts") {
  const std::string one("\1\2\3\4\5\6\7\x8\0\x6\x8", 11);
  const Receipts expected = {{3, 4, 0x0403'0201, ErrorCode::ok}};
  CHECK(receipts_from_bytes(ReceiptForm::long_hash, one) == expected);
  CHECK_FALSE(receipts_from_bytes(ReceiptForm::long_hash, one.substr(0, 10)));
}

TEST_CASE("producer deltas survive encoding and decoding, and truncated bytes are refused") {
  CHECK(deltas_from_bytes(deltas_to_bytes({}))->empty());
  const std::vector<ProducerDelta> news = {{std::string("ada\n\0b", 6),
                                            3,
                                            {{5, 1'700'000'000'000, 7, ErrorCode::ok}, {0, 0, 9, ErrorCode::denied_by_hook}},
                                            1'700'000'000'001},
                                           {"", UINT64_MAX, {}, 0},
                                           {"eve", 2, {{UINT64_MAX, 1, UINT32_MAX, ErrorCode::ok}}, UINT64_MAX}};
  const std::string bytes = deltas_to_bytes(news);
  const auto found = deltas_from_bytes(bytes);
  REQUIRE(found);
  CHECK(*found == news);
  std::size_t whole = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size)
    if (const auto part = deltas_from_bytes(bytes.substr(0, size))) {
      ++whole;
      CHECK(part->size() < news.size());
      CHECK(std::equal(part->begin(), part->end(), news.begin()));
    }
  CHECK(whole == news.size());  // after none, the first and the second
}

TEST_CASE("changes with more receipts than numbers are refused") {
  std::string bytes = deltas_to_bytes({{"a", 2, {{1, 1, 1, ErrorCode::ok}}, 1}});
  REQUIRE(deltas_from_bytes(bytes));
  REQUIRE(bytes[2] == 2);
  bytes[2] = 1;
  CHECK_FALSE(deltas_from_bytes(bytes));
}

TEST_CASE("bytes that are not receipts are distinguished from receipts") {
  const std::string bytes = receipts_to_bytes({{200, 300, 1, ErrorCode::ok}});
  for (std::size_t size = 1; size < bytes.size(); ++size)
    CHECK_FALSE(receipts_from_bytes(ReceiptForm::deltas, std::string_view(bytes).substr(0, size)));
  CHECK_FALSE(receipts_from_bytes(ReceiptForm::deltas, std::string(4, 'h') + std::string(11, '\xFF')));
  CHECK_FALSE(receipts_from_bytes(ReceiptForm::deltas, std::string(4, 'h') + "\xFF\xFF\x7F" + std::string(2, '\0')));
  CHECK_FALSE(receipts_from_bytes(static_cast<ReceiptForm>(3), bytes));
}

}  // namespace dialogue::store
