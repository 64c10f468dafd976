// See producer_ring.hpp.
#include "server/core/log/producer_ring.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace dialogue::core {

void resize_ring(ProducerState& producer) {
  const std::size_t had = producer.receipts.size(), wanted = std::min<std::uint64_t>(producer.expected - 1, kPublishInFlightMax);
  if (had == wanted || had == 0) return;
  std::vector<ProducerReceipt> ring(wanted);
  for (std::uint64_t number = producer.expected - std::min(had, wanted); number < producer.expected; ++number)
    ring[ring_slot(number)] = producer.receipts[(number - 1) % had];
  producer.receipts = std::move(ring);
}

ProducerDelta delta_of(const ProducerState& producer, std::uint64_t count) {
  ProducerDelta delta{producer.key, producer.expected, {}, producer.used_ms};
  delta.receipts.reserve(count);
  for (std::uint64_t number = producer.expected - count; number < producer.expected; ++number)
    delta.receipts.push_back(producer.receipts[ring_slot(number)]);
  return delta;
}

void apply_delta(ProducerState& producer, const ProducerDelta& delta) {
  resize_ring(producer);
  producer.expected = delta.expected;
  producer.used_ms = delta.used_ms;
  producer.receipts.resize(std::min<std::uint64_t>(delta.expected - 1, kPublishInFlightMax));
  std::uint64_t number = delta.expected - delta.receipts.size();
  for (const ProducerReceipt& receipt : delta.receipts) producer.receipts[ring_slot(number++)] = receipt;
}

}  // namespace dialogue::core
