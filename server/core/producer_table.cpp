// The keys of the map are views into the list's nodes, which never move.
#include "server/core/producer_table.hpp"

#include <cstring>

namespace dialogue {

ProducerCheck ProducerTable::check(const std::string& key, std::uint64_t number, std::uint64_t hash) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {number == 1 ? ProducerVerdict::fresh : ProducerVerdict::unknown, 1, {}};
  producers_.splice(producers_.begin(), producers_, found->second);
  const Producer& producer = *found->second;
  if (number == producer.expected) return {ProducerVerdict::fresh, producer.expected, {}};
  if (number > producer.expected) return {ProducerVerdict::hole, producer.expected, {}};
  if (number == 0 || producer.expected - number > kPublishInFlightMax) return {ProducerVerdict::conflict, producer.expected, {}};
  const ProducerReceipt& receipt = producer.receipts[(number - 1) % kPublishInFlightMax];
  return {receipt.hash == hash ? ProducerVerdict::duplicate : ProducerVerdict::conflict, producer.expected, receipt};
}

void ProducerTable::record(const std::string& key, const ProducerReceipt& receipt) {
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (by_key_.size() == kProducersPerRoomMax) {
      by_key_.erase(producers_.back().key);
      producers_.pop_back();
    }
    producers_.push_front({key, 1, {}});
    found = by_key_.emplace(producers_.front().key, producers_.begin()).first;
  }
  Producer& producer = *found->second;
  const std::size_t place = (producer.expected - 1) % kPublishInFlightMax;
  if (place == producer.receipts.size())
    producer.receipts.push_back(receipt);
  else
    producer.receipts[place] = receipt;
  ++producer.expected;
}

std::uint64_t payload_hash(std::uint32_t event, std::string_view payload) {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;  // 2^64 divided by the golden ratio, odd
  std::uint64_t hash = (event + 1) * kMultiplier ^ payload.size();
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * kMultiplier;
    hash ^= hash >> 32;
  };
  while (payload.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload.data(), sizeof word);
    mix(word);
    payload.remove_prefix(sizeof word);
  }
  std::uint64_t rest = 0;
  if (!payload.empty()) std::memcpy(&rest, payload.data(), payload.size());
  mix(rest);
  return hash;
}

}  // namespace dialogue
