// See memory_log.hpp.
#include "server/store/memory/memory_log.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "server/core/log/producer_ring.hpp"
#include "server/store/log_rules.hpp"

namespace dialogue::store {
namespace {

/// A place in each container with its share of the allocator's own and of what is not used: measured with malloc_usable_size,
/// g++ 12.
constexpr std::size_t kRecordBytes = 256, kProducerBytes = 192;

std::size_t cost_of(const core::LogRecord& record) {
  return kRecordBytes + record.event.size() + record.from.size() + record.payload.size() + 2 * record.group.size();
}

/// Of ProducerState and ProducerDelta.
template <typename Producer>
std::size_t cost_of_producer(const Producer& producer) {
  return kProducerBytes + 2 * producer.key.size() + producer.receipts.size() * sizeof(core::ProducerReceipt);
}

}  // namespace

std::size_t MemoryLog::cost(const core::RoomWrite& write) {
  std::size_t bytes = 0;
  for (const core::LogRecord& record : write.records) bytes += cost_of(record);
  for (const core::ProducerDelta& delta : write.producers) bytes += cost_of_producer(delta);
  return bytes;
}

core::RoomLogState MemoryLog::state() const {
  core::RoomLogState state{epoch_, base_, head_, timestamp_ms_, {}};
  state.producers.reserve(producers_.size());
  for (const auto& [key, producer] : producers_) state.producers.push_back(producer);
  return state;
}

void MemoryLog::append(core::RoomWrite write) {
  const std::size_t added = write.records.size();
  for (core::LogRecord& record : write.records) add(std::move(record));
  for (const core::ProducerDelta& delta : write.producers) apply(delta);
  base_ = base_after(base_, write.base, head_);
  keep_ms_ = write.keep_ms;
  static_cast<void>(drop_below_base(kTrimRecordsMax + added));
}

void MemoryLog::put(const RoomPart& part) {
  for (core::LogRecord record : part.records) {
    record.group_keep = record.group.empty() ? 0 : std::numeric_limits<std::uint64_t>::max();  // it replaces none
    add(std::move(record));
  }
  for (const core::ProducerState& each : part.producers) {
    const auto [place, is_new] = producers_.try_emplace(each.key);
    if (!is_new) bytes_ -= cost_of_producer(place->second);
    place->second = each;
    bytes_ += cost_of_producer(each);
  }
  base_ = part.base;
  head_ = part.head;
  timestamp_ms_ = part.timestamp_ms;
  keep_ms_ = part.keep_ms;
}

void MemoryLog::add(core::LogRecord record) {
  head_ = record.seq;
  timestamp_ms_ = std::max(timestamp_ms_, record.timestamp_ms);
  bytes_ += cost_of(record);
  if (record.group_keep == 0) record.group.clear();
  const std::uint64_t keep = record.group_keep;
  const std::string group = record.group;
  records_.append(std::move(record));
  if (group.empty()) return;
  std::deque<std::uint64_t>& members = groups_[group];
  members.push_back(head_);
  for (std::size_t steps = 0; members.size() > keep && steps < kTrimRecordsMax; ++steps) drop(*records_.from(members.front()));
}

void MemoryLog::apply(const core::ProducerDelta& delta) {
  if (delta.expected <= 1) {
    const auto known = producers_.find(delta.key);
    if (known == producers_.end()) return;
    bytes_ -= cost_of_producer(known->second);
    producers_.erase(known);
    return;
  }
  const auto [place, is_new] = producers_.try_emplace(delta.key);
  core::ProducerState& producer = place->second;
  if (is_new)
    producer.key = delta.key;
  else
    bytes_ -= cost_of_producer(producer);
  core::apply_delta(producer, delta);
  bytes_ += cost_of_producer(producer);
}

void MemoryLog::drop(const core::LogRecord& record) {
  bytes_ -= cost_of(record);
  if (!record.group.empty()) {
    const auto group = groups_.find(record.group);
    group->second.pop_front();
    if (group->second.empty()) groups_.erase(group);
  }
  records_.erase(record.seq);
}

std::optional<std::uint64_t> MemoryLog::find_user(std::string_view user_id, std::uint64_t after, std::uint64_t& looks_left,
                                                  const std::function<bool(const core::LogRecord&)>& look) const {
  std::uint64_t last = after;
  for (const core::LogRecord* at = records_.from(after + 1); at != nullptr; at = records_.from(last + 1)) {
    if (looks_left == 0) return last;
    --looks_left;
    last = at->seq;
    if ((user_id.empty() || at->from == user_id) && !look(*at)) return last;
  }
  return std::nullopt;
}

bool MemoryLog::has_records_of_others() const {
  for (const core::LogRecord* at = records_.from(base_); at != nullptr; at = records_.from(at->seq + 1))
    if (is_of_others(at->from, at->event)) return true;
  return false;
}

void MemoryLog::erase_record(std::uint64_t seq) {
  const core::LogRecord& record = *records_.from(seq);
  bytes_ -= cost_of(record);
  if (const auto group = groups_.find(record.group); group != groups_.end()) {
    std::erase(group->second, seq);
    if (group->second.empty()) groups_.erase(group);
  }
  records_.erase(seq);
}

std::uint64_t MemoryLog::erase_producers(const std::string& prefix) {
  std::uint64_t erased = 0;
  for (auto at = producers_.lower_bound(prefix); at != producers_.end() && at->first.starts_with(prefix); ++erased) {
    bytes_ -= cost_of_producer(at->second);
    at = producers_.erase(at);
  }
  return erased;
}

bool MemoryLog::drop_below_base(std::size_t records_max) {
  for (const core::LogRecord* oldest = nullptr; (oldest = records_.from(0)) != nullptr && oldest->seq < base_; --records_max) {
    if (records_max == 0) return true;
    drop(*oldest);
  }
  return false;
}

core::LogPage MemoryLog::read(const core::ReadRange& range) const {
  if (range.epoch != epoch_) return {core::StoreStatus::stale, base_, head_, 1, 0, {}};
  core::LogPage page{core::StoreStatus::ok, base_, head_, 1, 0, {}};
  range.backwards ? read_backwards(range, page) : read_forwards(range, page);
  return page;
}

void MemoryLog::read_forwards(const core::ReadRange& range, core::LogPage& page) const {
  page.first = std::max(range.from_seq, base_);
  page.last = head_;
  std::size_t bytes = 0;
  for (const core::LogRecord* at = records_.from(page.first); at != nullptr; at = records_.from(at->seq + 1)) {
    if (is_page_full(range, page.records.size(), bytes, at->payload.size())) {
      page.last = at->seq - 1;
      return;
    }
    bytes += at->payload.size();
    page.records.push_back(*at);
  }
}

void MemoryLog::read_backwards(const core::ReadRange& range, core::LogPage& page) const {
  page.first = base_;
  page.last = std::min(range.from_seq, head_);
  std::size_t bytes = 0;
  for (const core::LogRecord* at = records_.up_to(page.last); at != nullptr && at->seq >= base_;
       at = records_.up_to(at->seq - 1)) {
    if (is_page_full(range, page.records.size(), bytes, at->payload.size())) {
      page.first = at->seq + 1;
      break;
    }
    bytes += at->payload.size();
    page.records.push_back(*at);
  }
  std::reverse(page.records.begin(), page.records.end());
}

core::LogTrimmed MemoryLog::trim(const core::TrimLog& trim) {
  if (trim.epoch != epoch_) return {core::StoreStatus::stale, base_, false};
  bool more = move_base(trim.before_ms);
  more = drop_below_base(kTrimRecordsMax) || more;
  for (const core::TrimLog::Window& window : trim.windows) more = drop_window(window) || more;
  drop_producers(trim.producers_before_ms, trim.page_producers_before_ms);
  return {core::StoreStatus::ok, base_, more};
}

bool MemoryLog::move_base(std::uint64_t before_ms) {
  const core::LogRecord* at = records_.from(base_);
  for (std::size_t steps = 0; at != nullptr && at->timestamp_ms < before_ms; ++steps, at = records_.from(at->seq + 1)) {
    base_ = at->seq;
    if (steps == kTrimRecordsMax) return true;
  }
  if (before_ms > 0) base_ = at == nullptr ? head_ + 1 : std::max(base_, at->seq);
  return false;
}

bool MemoryLog::drop_window(const core::TrimLog::Window& window) {
  for (std::size_t steps = 0;; ++steps) {
    const auto group = groups_.find(window.group);
    if (group == groups_.end()) return false;
    const core::LogRecord& oldest = *records_.from(group->second.front());
    if (oldest.timestamp_ms >= window.before_ms) return false;
    if (steps == kTrimRecordsMax) return true;
    drop(oldest);
  }
}

void MemoryLog::look_after(std::uint64_t clock_ms) {
  if (!producers_.empty() && clock_ms >= producers_due_ms_) {
    producers_due_ms_ = clock_ms + core::kPageProducerAgeMs / 2;
    drop_producers(clock_ms - std::min(clock_ms, kProducerAgeMs), clock_ms - std::min(clock_ms, core::kPageProducerAgeMs));
  }
  if (keep_ms_ == 0 || keep_ms_ >= clock_ms) return;
  static_cast<void>(move_base(clock_ms - keep_ms_));
  static_cast<void>(drop_below_base(kTrimRecordsMax));
}

void MemoryLog::drop_producers(std::uint64_t before_ms, std::uint64_t pages_before_ms) {
  std::erase_if(producers_, [&](const auto& entry) {
    if (!is_forgettable(entry.second, before_ms, base_) && !is_page_over(entry.second, pages_before_ms)) return false;
    bytes_ -= cost_of_producer(entry.second);
    return true;
  });
}

}  // namespace dialogue::store
