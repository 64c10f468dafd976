// What a node writes to the cluster's log, and what it removes from it. See cluster_log.hpp.
#include <algorithm>
#include <iterator>
#include <utility>

#include "server/cluster/cluster_log_answer.hpp"

namespace dialogue::cluster {

void ClusterLog::ask_write() {
  writes_next_ = false;
  take_batch();
  if (!listener_.before_write(first_, queued_)) {
    std::vector<Entry> first = std::exchange(first_, {});
    take_back();
    first_ = std::move(first);
  }
  if (first_.empty() && queued_.empty()) {
    is_busy_ = false;
    return;
  }
  std::vector<core::RoomWrite> writes;
  writes.push_back(write_of_batch());
  engine_.asked(settings_.now_ms());
  settings_.store->append(std::move(writes), answer<std::vector<core::StoreStatus>>([this](const auto& statuses) {
                            on_write(statuses.empty() ? core::StoreStatus::failed : statuses.front());
                          }));
}

void ClusterLog::take_batch() {
  for (std::size_t bytes = 0; !queue_.empty() && queued_.size() < kWriteEntriesMax; queue_.pop_front()) {
    const std::size_t more = bytes_of(queue_.front());
    if (!queued_.empty() && bytes + more > kWriteBytesMax) return;
    bytes += more;
    queue_bytes_ -= more;
    queued_.push_back(std::move(queue_.front()));
  }
}

void ClusterLog::take_back() {
  for (const Entry& entry : queued_) queue_bytes_ += bytes_of(entry);
  queue_.insert(queue_.begin(), std::make_move_iterator(queued_.begin()), std::make_move_iterator(queued_.end()));
  queued_.clear();
  writes_next_ = writes_next_ || !first_.empty();
  first_.clear();
}

core::RoomWrite ClusterLog::write_of_batch() {
  move_base();
  timestamp_ms_ = std::max(timestamp_ms_, settings_.unix_ms());
  core::RoomWrite write{cluster_log_key(), epoch_, {}, {}, base_};
  write.records.reserve(first_.size() + queued_.size());
  for (const std::vector<Entry>* const part : {&first_, &queued_})
    for (const Entry& entry : *part) {
      core::LogRecord& record = write.records.emplace_back(record_of(entry, settings_.self));
      record.seq = position_ + write.records.size();
      record.timestamp_ms = timestamp_ms_;
    }
  return write;
}

void ClusterLog::move_base() {
  const std::uint64_t now = settings_.now_ms();
  while (!marks_.empty() && marks_.front().seq + kLogRecordsKept <= position_ && marks_.front().read_ms + kLogKeptMs <= now) {
    base_ = marks_.front().seq + 1;
    marks_.pop_front();
  }
}

void ClusterLog::on_write(core::StoreStatus status) {
  if (status == core::StoreStatus::ok) {
    answered_ms_ = settings_.now_ms();
    writing_ = {};
    was_stale_ = false;
    return deliver_written();
  }
  take_back();
  if (status != core::StoreStatus::stale) return static_cast<void>(is_answered(status, writing_));
  reads_next_ = true;
  if (std::exchange(was_stale_, true)) retry_later(writing_);
}

void ClusterLog::deliver_written() {
  record_ms_ = timestamp_ms_;
  std::vector<Entry> written = std::exchange(first_, {});
  written.insert(written.end(), std::make_move_iterator(queued_.begin()), std::make_move_iterator(queued_.end()));
  queued_.clear();
  for (Entry& entry : written) {
    pass(position_ + 1);
    listener_.delivered(settings_.self, std::move(entry));
    if (phase_ == Phase::closed) return;
  }
  look_at_head();
}

// Trimming.

void ClusterLog::trim(std::uint64_t before_ms, std::function<void(bool is_done)> done) {
  if (phase_ == Phase::closed || trim_) return done(false);
  trim_ = Trim{before_ms, std::move(done)};
  advance_soon();
}

void ClusterLog::ask_trim() {
  core::TrimLog trim{cluster_log_key(), epoch_, trim_->before_ms, {}};
  engine_.asked(settings_.now_ms());
  settings_.store->trim(std::move(trim), answer<core::LogTrimmed>([this](const core::LogTrimmed& trimmed) { on_trim(trimmed); }));
}

void ClusterLog::on_trim(const core::LogTrimmed& trimmed) {
  if (trimmed.status == core::StoreStatus::stale) {
    reads_next_ = true;
    return end_trim(false);
  }
  if (!is_answered(trimmed.status, writing_)) return;
  base_ = std::max(base_, trimmed.base);
  if (!trimmed.more) end_trim(true);
}

void ClusterLog::end_trim(bool is_done) {
  if (const auto ended = std::exchange(trim_, std::nullopt)) ended->done(is_done);
}

}  // namespace dialogue::cluster
