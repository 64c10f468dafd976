// See producer_table.hpp.
#include "server/core/log/producer_table.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "server/core/log/producer_ring.hpp"

namespace dialogue::core {

void ProducerTable::load(std::vector<ProducerState> producers, bool was_used, std::uint64_t unix_ms) {
  *this = {};
  was_used_ = was_used;
  for (ProducerState& producer : producers) {
    if (producer.expected <= 1) continue;  // a store that keeps producers that it was asked to forget
    if (producer.key == kEvictionKey) {
      evicted_ms_ = std::max(producer.used_ms, unix_ms);
      continue;
    }
    resize_ring(producer);
    std::string key = producer.key;
    const auto [place, is_new] = by_key_.insert_or_assign(std::move(key), Producer{std::move(producer)});
    if (is_new) count(place->first, true);
  }
}

std::uint64_t ProducerTable::oldest_use(std::uint64_t from_ms) const {
  std::uint64_t oldest_ms = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [key, producer] : by_key_)
    if (producer.state.used_ms >= from_ms) oldest_ms = std::min(oldest_ms, producer.state.used_ms);
  return oldest_ms;
}

void ProducerTable::count(const std::string& key, bool is_in) {
  const ProducerKind kind = kind_of(key);
  count_of(kind) += is_in ? 1 : std::size_t(0) - 1;
  if (kind != ProducerKind::once) return;
  const auto owner = keys_of_.try_emplace(std::string(owner_part(key))).first;
  owner->second += is_in ? 1 : std::size_t(0) - 1;
  if (owner->second == 0) keys_of_.erase(owner);
}

bool ProducerTable::may_be_forgotten(ProducerKind kind, std::uint64_t resent_s, std::uint64_t now_ms, std::uint64_t sure_ms) {
  const std::uint64_t kept_ms = kind == ProducerKind::page ? kPageProducerAgeMs : kProducerAgeMs;
  if (resent_s >= (kept_ms - kClockSetMs - kResentOnItsWayMs) / 1000) return true;
  return now_ms < sure_ms + resent_s * 1000;
}

ProducerCheck ProducerTable::check(const std::string& key, std::uint64_t number, PayloadHash hash, std::uint64_t now_ms,
                                   SendingMark mark, const ClockDoubt& doubt) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    const std::uint64_t forgot_ms = std::max(evicted_ms_, doubt.jumped_ms);
    const std::uint64_t sure_ms = std::max(forgot_ms == 0 ? 0 : forgot_ms + kResentOnItsWayMs, was_used_ ? doubt.sure_ms : 0);
    const bool may_be_taken = mark.resent_s > 0 && may_be_forgotten(kind_of(key), mark.resent_s, now_ms, sure_ms);
    if (number == 0 || may_be_taken) return {ProducerVerdict::unknown, 1, {}};
    if (number == 1 || mark.sending == Sending::oldest) return {ProducerVerdict::fresh, number, {}};
    // Numbers that were sent along with the first one, which was refused retryably, wait for it.
    const bool may_wait = number <= kPublishInFlightMax || mark.sending == Sending::later;
    return {may_wait ? ProducerVerdict::hole : ProducerVerdict::unknown, 1, {}};
  }
  const ProducerState& producer = found->second.state;
  if (number == producer.expected) return {ProducerVerdict::fresh, producer.expected, {}};
  if (number > producer.expected) return {ProducerVerdict::hole, producer.expected, {}};
  // The result is not known any more, so a repetition is not answered as refused.
  const ProducerVerdict lost = mark.resent_s > 0 ? ProducerVerdict::unknown : ProducerVerdict::conflict;
  if (number == 0 || producer.expected - number > producer.receipts.size()) return {lost, producer.expected, {}};
  const ProducerReceipt& receipt = producer.receipts[ring_slot(number)];
  if (receipt.seq == 0 && receipt.refused == ErrorCode::ok) return {lost, producer.expected, {}};
  return {receipt.hash == hash ? ProducerVerdict::duplicate : ProducerVerdict::conflict, producer.expected, receipt};
}

bool ProducerTable::admit(const std::string& key, std::uint64_t unix_ms, ProducerOrigin origin) {
  if (by_key_.contains(key)) return true;
  const ProducerKind kind = kind_of(key);
  if (kind == ProducerKind::once) return admit_once(key);
  if (!make_room_of_user(owner_part(key), unix_ms)) return false;
  const std::size_t reserved = origin == ProducerOrigin::client ? kProducersOfApiMin : 0;
  if (kind == ProducerKind::plain) return count_of(kind) + reserved < kProducersPerRoomMax;
  return count_of(ProducerKind::page) + count_of(ProducerKind::kept) < kProducersPerRoomMax || make_room(unix_ms);
}

std::uint64_t ProducerTable::wait_ms(const std::string& key, std::uint64_t unix_ms, std::uint64_t age_ms) {
  const ProducerKind kind = kind_of(key);
  if (says_what_is_resent(kind)) return 0;
  const auto left = [=](std::uint64_t used_ms) { return used_ms + age_ms - std::min(used_ms + age_ms, unix_ms); };
  const auto [of_owner, oldest_of_owner] = oldest_of(owner_part(key), kind, unix_ms);
  if (of_owner >= (kind == ProducerKind::once ? kProducersPerRoomMax : kProducersPerUserMax)) return left(oldest_of_owner);
  std::uint64_t& oldest_ms = oldest_ms_[static_cast<std::size_t>(kind)];
  if (oldest_ms == 0 || oldest_ms + age_ms <= unix_ms) oldest_ms = oldest_of({}, kind, unix_ms).second;
  return left(oldest_ms);
}

std::pair<std::size_t, std::uint64_t> ProducerTable::oldest_of(std::string_view prefix, ProducerKind kind,
                                                               std::uint64_t now_ms) const {
  std::pair<std::size_t, std::uint64_t> found{0, now_ms};
  for (auto at = by_key_.lower_bound(std::string(prefix)); at != by_key_.end() && at->first.starts_with(prefix); ++at) {
    if (kind_of(at->first) != kind) continue;
    ++found.first;
    found.second = std::min(found.second, at->second.state.used_ms);
  }
  return found;
}

bool ProducerTable::admit_once(const std::string& key) const {
  const auto owner = keys_of_.find(owner_part(key));
  return count_of(ProducerKind::once) < kKeysPerRoomMax && (owner == keys_of_.end() || owner->second < kProducersPerRoomMax);
}

bool ProducerTable::is_evictable(const Producers::value_type& entry) {
  return !entry.second.is_unsettled && says_what_is_resent(kind_of(entry.first));
}

bool ProducerTable::make_room_of_user(std::string_view owner, std::uint64_t unix_ms) {
  std::size_t there = 0;
  auto oldest = by_key_.end();
  for (auto at = by_key_.lower_bound(std::string(owner)); at != by_key_.end() && at->first.starts_with(owner); ++at, ++there)
    if (is_evictable(*at) && (oldest == by_key_.end() || at->second.state.used_ms < oldest->second.state.used_ms)) oldest = at;
  if (there < kProducersPerUserMax) return true;
  if (oldest == by_key_.end()) return false;
  evict(oldest, unix_ms);
  return true;
}

// A part of them at a time, so that not every new producer pays for a scan of all.
bool ProducerTable::make_room(std::uint64_t unix_ms) {
  constexpr std::size_t kPart = 16;
  std::vector<Producers::iterator> found;
  for (auto at = by_key_.begin(); at != by_key_.end(); ++at)
    if (is_evictable(*at)) found.push_back(at);
  if (found.empty()) return false;
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(1 + (found.size() - 1) / kPart);
  std::nth_element(found.begin(), end - 1, found.end(),
                   [](const auto& a, const auto& b) { return a->second.state.used_ms < b->second.state.used_ms; });
  std::for_each(found.begin(), end, [=, this](const auto& place) { evict(place, unix_ms); });
  return true;
}

void ProducerTable::evict(Producers::iterator place, std::uint64_t unix_ms) {
  evicted_ms_ = std::max(evicted_ms_, unix_ms);
  count(place->first, false);
  evicted_.push_back(place->first);
  by_key_.erase(place);
}

void ProducerTable::record(const std::string& key, const ProducerReceipt& receipt, std::uint64_t unix_ms, std::uint64_t number) {
  auto place = by_key_.lower_bound(key);
  const bool is_new = place == by_key_.end() || place->first != key;
  if (is_new) {
    // What it sent before matches no content.
    std::vector<ProducerReceipt> unknown(std::min<std::uint64_t>(number - 1, kPublishInFlightMax));
    place = by_key_.emplace_hint(place, key, Producer{{key, number, std::move(unknown), 0}});
    count(key, true);
    std::erase(evicted_, key);
  }
  ProducerState& producer = place->second.state;
  Step& step = steps_.emplace_back(
      Step{place, {}, producer.used_ms, producer.expected, !std::exchange(place->second.is_unsettled, true), is_new});
  const std::size_t slot = ring_slot(producer.expected);
  if (slot == producer.receipts.size())
    producer.receipts.push_back(receipt);
  else
    step.replaced = std::exchange(producer.receipts[slot], receipt);
  ++producer.expected;
  producer.used_ms = unix_ms;
}

std::vector<ProducerDelta> ProducerTable::deltas() const {
  std::vector<ProducerDelta> deltas;
  for (const std::string& key : evicted_) deltas.push_back({key, 1, {}, evicted_ms_});
  if (!evicted_.empty()) deltas.push_back({std::string(kEvictionKey), 2, {ProducerReceipt{}}, evicted_ms_});
  for (const Step& step : steps_) {
    if (!step.is_first) continue;
    const ProducerState& producer = step.producer->second.state;
    deltas.push_back(delta_of(producer, std::min<std::uint64_t>(producer.expected - step.number, kPublishInFlightMax)));
  }
  return deltas;
}

void ProducerTable::keep() {
  for (const Step& step : steps_) step.producer->second.is_unsettled = false;
  steps_ = {};
  evicted_ = {};
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
    if (!step.is_new) continue;
    count(step.producer->first, false);
    by_key_.erase(step.producer);
  }
}

void ProducerTable::forget(std::uint64_t before_ms, std::uint64_t base, std::uint64_t pages_before_ms) {
  std::erase_if(by_key_, [&](const auto& entry) {
    const auto& [key, producer] = entry;
    if (producer.is_unsettled) return false;
    const auto& receipts = producer.state.receipts;
    const bool is_old = producer.state.used_ms < before_ms &&
                        std::all_of(receipts.begin(), receipts.end(), [base](const auto& receipt) { return receipt.seq < base; });
    const bool is_gone = is_old || (producer.state.used_ms < pages_before_ms && kind_of(key) == ProducerKind::page);
    if (is_gone) count(key, false);
    return is_gone;
  });
}

std::size_t ProducerTable::forget_owner(const std::string& owner) {
  std::size_t forgotten = 0;
  for (auto at = by_key_.lower_bound(owner); at != by_key_.end() && at->first.starts_with(owner);) {
    if (at->second.is_unsettled) {
      ++at;
      continue;
    }
    count(at->first, false);
    at = by_key_.erase(at);
    ++forgotten;
  }
  std::erase_if(evicted_, [&owner](const std::string& key) { return key.starts_with(owner); });
  return forgotten;
}

PayloadHash payload_hash(std::string_view event, std::string_view payload, bool deletes) {
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
  const auto found = static_cast<PayloadHash>(hash);
  return deletes ? ~found : found;
}

}  // namespace dialogue::core
