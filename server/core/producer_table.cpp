// See producer_table.hpp.
#include "server/core/producer_table.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "server/core/producer_ring.hpp"

namespace dialogue {

void ProducerTable::load(std::vector<ProducerState> producers) {
  steps_.clear();
  by_key_.clear();
  for (ProducerState& producer : producers) {
    resize_ring(producer);
    std::string key = producer.key;
    by_key_.insert_or_assign(std::move(key), Producer{std::move(producer)});
  }
}

ProducerCheck ProducerTable::check(const std::string& key, std::uint64_t number, PayloadHash hash) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    // Numbers that were sent along with the first one, which was refused retryably, wait for it.
    if (number > kPublishInFlightMax || number == 0) return {ProducerVerdict::unknown, 1, {}};
    if (number != 1) return {ProducerVerdict::hole, 1, {}};
    return {by_key_.size() < kProducersPerRoomMax ? ProducerVerdict::fresh : ProducerVerdict::refused, 1, {}};
  }
  const ProducerState& producer = found->second.state;
  if (number == producer.expected) return {ProducerVerdict::fresh, producer.expected, {}};
  if (number > producer.expected) return {ProducerVerdict::hole, producer.expected, {}};
  if (number == 0 || producer.expected - number > producer.receipts.size())
    return {ProducerVerdict::conflict, producer.expected, {}};
  const ProducerReceipt& receipt = producer.receipts[ring_slot(number)];
  return {receipt.hash == hash ? ProducerVerdict::duplicate : ProducerVerdict::conflict, producer.expected, receipt};
}

void ProducerTable::record(const std::string& key, const ProducerReceipt& receipt, std::uint64_t unix_ms) {
  auto place = by_key_.lower_bound(key);
  if (place == by_key_.end() || place->first != key) place = by_key_.emplace_hint(place, key, Producer{{key, 1, {}, 0}});
  ProducerState& producer = place->second.state;
  Step& step =
      steps_.emplace_back(Step{place, {}, producer.used_ms, producer.expected, !std::exchange(place->second.is_unsettled, true)});
  const std::size_t slot = ring_slot(producer.expected);
  if (slot == producer.receipts.size())
    producer.receipts.push_back(receipt);
  else
    step.replaced = std::exchange(producer.receipts[slot], receipt);
  ++producer.expected;
  producer.used_ms = unix_ms;
}

std::vector<ProducerNews> ProducerTable::news() const {
  std::vector<ProducerNews> news;
  for (const Step& step : steps_) {
    if (!step.is_first) continue;
    const ProducerState& producer = step.producer->second.state;
    news.push_back(news_of(producer, std::min<std::uint64_t>(producer.expected - step.number, kPublishInFlightMax)));
  }
  return news;
}

void ProducerTable::keep() {
  for (const Step& step : steps_) step.producer->second.is_unsettled = false;
  steps_ = {};
}

void ProducerTable::undo() {
  for (; !steps_.empty(); steps_.pop_back()) {
    const Step& step = steps_.back();
    ProducerState& producer = step.producer->second.state;
    if (step.is_first) step.producer->second.is_unsettled = false;
    --producer.expected;
    producer.used_ms = step.used_ms;
    if (step.replaced)
      producer.receipts[ring_slot(producer.expected)] = *step.replaced;
    else
      producer.receipts.pop_back();
    if (producer.expected == 1) by_key_.erase(step.producer);
  }
}

void ProducerTable::forget(std::uint64_t before_ms, std::uint64_t base) {
  std::erase_if(by_key_, [&](const auto& entry) {
    const ProducerState& producer = entry.second.state;
    return !entry.second.is_unsettled && producer.used_ms < before_ms &&
           std::all_of(producer.receipts.begin(), producer.receipts.end(),
                       [base](const ProducerReceipt& receipt) { return receipt.seq < base; });
  });
}

PayloadHash payload_hash(std::string_view event, std::string_view payload) {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;  // 2^64 divided by the golden ratio, odd
  std::uint64_t hash = (event.size() + 1) * kMultiplier ^ payload.size();
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * kMultiplier;
    hash ^= hash >> 32;
  };
  for (std::string_view text : {event, payload}) {
    while (text.size() >= sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data(), sizeof word);
      mix(word);
      text.remove_prefix(sizeof word);
    }
    std::uint64_t rest = 0;
    if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
    mix(rest);
  }
  return static_cast<PayloadHash>(hash);
}

}  // namespace dialogue
