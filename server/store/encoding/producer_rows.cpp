// See producer_rows.hpp.
#include "server/store/encoding/producer_rows.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "server/core/log/producer_ring.hpp"
#include "server/store/encoding/receipt_bytes.hpp"

namespace dialogue::store {

void ProducerRows::add_row(std::string key, std::uint64_t expected, std::uint64_t used_ms, std::string_view receipts) {
  std::optional<std::vector<core::ProducerReceipt>> read = receipts_from_bytes(ReceiptForm::deltas, receipts);
  if (!read) {
    is_damaged_ = true;
    return;
  }
  core::ProducerState state{key, expected, std::move(*read), used_ms};
  known_.emplace(std::move(key), std::move(state));
}

void ProducerRows::add_news(std::uint64_t number, std::string_view bytes) { news_.emplace(number, bytes); }

std::optional<std::vector<std::string>> ProducerRows::keys_of_news() const {
  std::set<std::string> keys;
  for (const auto& [number, bytes] : news_) {
    const std::optional<std::vector<core::ProducerDelta>> news = deltas_from_bytes(bytes);
    if (!news) return std::nullopt;
    for (const core::ProducerDelta& each : *news) keys.insert(each.key);
  }
  return std::vector<std::string>(keys.begin(), keys.end());
}

std::optional<std::vector<core::ProducerState>> ProducerRows::take(bool with_evicted) && {
  for (const auto& [number, bytes] : news_) {
    const std::optional<std::vector<core::ProducerDelta>> news = deltas_from_bytes(bytes);
    if (!news) return std::nullopt;
    for (const core::ProducerDelta& each : *news)
      core::apply_delta(known_.try_emplace(each.key, core::ProducerState{each.key, 1, {}, 0}).first->second, each);
  }
  if (is_damaged_) return std::nullopt;
  std::vector<core::ProducerState> found;
  for (auto& [key, producer] : known_)
    if (with_evicted || producer.expected > 1) found.push_back(std::move(producer));
  return found;
}

std::uint64_t newest_record_of(const core::ProducerState& producer) {
  std::uint64_t newest = 0;
  for (const core::ProducerReceipt& receipt : producer.receipts)
    if (receipt.refused == ErrorCode::ok) newest = std::max(newest, receipt.seq);
  return newest;
}

}  // namespace dialogue::store
