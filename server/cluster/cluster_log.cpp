// See cluster_log.hpp.
#include "server/cluster/cluster_log.hpp"

#include <algorithm>
#include <utility>

#include "server/cluster/cluster_log_answer.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::cluster {
namespace {

constexpr std::uint64_t kFirstProbeRecords = 512;
constexpr std::size_t kPageRecordsMax = 1024;
constexpr std::size_t kPageBytesMaxOfLog = std::size_t{2} << 20U;
constexpr std::uint64_t kMarkEvery = 256;

}  // namespace

core::RoomKey cluster_log_key() {
  return {
      "\x01"
      "cluster",
      "nodes"};
}

ClusterLog::ClusterLog(ClusterLogSettings settings, ClusterLogListener& listener)
    : settings_(std::move(settings)), listener_(listener) {}

ClusterLog::~ClusterLog() = default;

void ClusterLog::start() {
  phase_ = Phase::opening;
  answered_ms_ = whole_ms_ = settings_.now_ms();
  advance_soon();
}

void ClusterLog::close() {
  phase_ = Phase::closed;
  follow_.reset();
}

bool ClusterLog::append(Entry entry) {
  const std::size_t bytes = bytes_of(entry);
  if (phase_ == Phase::closed || queue_.size() >= kQueueEntriesMax || queue_bytes_ + bytes > kQueueBytesMax) return false;
  queue_bytes_ += bytes;
  queue_.push_back(std::move(entry));
  advance_soon();
  return true;
}

void ClusterLog::write_soon() {
  writes_next_ = true;
  advance_soon();
}

std::vector<Entry> ClusterLog::withdraw(const std::function<bool(const Entry&)>& is_wanted) {
  std::vector<Entry> taken;
  std::deque<Entry> kept;
  for (Entry& entry : queue_) {
    if (is_wanted(entry)) {
      queue_bytes_ -= bytes_of(entry);
      taken.push_back(std::move(entry));
    } else {
      kept.push_back(std::move(entry));
    }
  }
  queue_ = std::move(kept);
  return taken;
}

std::uint64_t ClusterLog::tick() {
  const std::uint64_t now = settings_.now_ms();
  if (phase_ == Phase::following && now >= answered_ms_ + kPollMs) {
    reads_next_ = true;
    if (!follow_) begin_follow();
  }
  advance();
  std::uint64_t next_ms = (answered_ms_ + kPollMs > now ? answered_ms_ : now) + kPollMs;
  for (const std::uint64_t at_ms : {reading_.at_ms, writing_.at_ms})
    if (at_ms > now) next_ms = std::min(next_ms, at_ms);
  return next_ms;
}

void ClusterLog::advance_soon() {
  if (std::exchange(is_scheduled_, true)) return;
  settings_.post([this, alive = std::weak_ptr<char>(alive_)] {
    if (alive.expired()) return;
    is_scheduled_ = false;
    advance();
  });
}

void ClusterLog::advance() {
  const std::uint64_t now = settings_.now_ms();
  if (is_busy_ || phase_ == Phase::closed || now < reading_.at_ms) return;
  is_busy_ = true;
  if (phase_ == Phase::opening) return ask_open();
  if (phase_ == Phase::probing) return ask_probe();
  if (reads_next_) return ask_page();
  if (trim_ && now >= writing_.at_ms) return ask_trim();
  if (now >= writing_.at_ms && (writes_next_ || !queue_.empty())) return ask_write();
  is_busy_ = false;
}

LogFigures ClusterLog::figures() const {
  const std::uint64_t now = settings_.now_ms();
  LogFigures figures{position_,          std::max(head_, position_), 0, queue_.size() + queued_.size(),
                     engine_.state(now), engine_.answer_ms(now)};
  if (figures.head > position_ || figures.engine == EngineState::away) figures.behind_ms = now - whole_ms_;
  return figures;
}

void ClusterLog::look_at_head() {
  head_ = std::max(head_, position_);
  if (position_ == head_) whole_ms_ = settings_.now_ms();
}

// Beginning.

void ClusterLog::ask_open() {
  engine_.asked(settings_.now_ms());
  settings_.store->open(cluster_log_key(), answer<core::RoomOpened>([this](const core::RoomOpened& opened) { on_open(opened); }));
}

void ClusterLog::on_open(const core::RoomOpened& opened) {
  if (!is_answered(opened.status, reading_)) return;
  opened_ = opened.state;
  opened_.producers.clear();
  epoch_ = opened_.epoch;
  timestamp_ms_ = std::max(timestamp_ms_, opened_.timestamp_ms);
  probe_distance_ = kFirstProbeRecords;
  phase_ = Phase::probing;
  if (opened_.head < opened_.base + probe_distance_) begin_at(opened_.base);
}

void ClusterLog::ask_probe() {
  core::ReadRange range{cluster_log_key(), epoch_, opened_.head - probe_distance_};
  range.records_max = 1;
  engine_.asked(settings_.now_ms());
  settings_.store->read(std::move(range), answer<core::LogPage>([this](const core::LogPage& page) { on_probe(page); }));
}

void ClusterLog::on_probe(const core::LogPage& page) {
  if (page.status == core::StoreStatus::stale) return restart("the cluster's log was erased while it was opened");
  if (!is_answered(page.status, reading_)) return;
  const std::uint64_t window_ms = 2 * settings_.lease_ms;
  const bool is_old = page.records.empty() || page.records.front().timestamp_ms + window_ms < opened_.timestamp_ms;
  if (is_old) return begin_at(opened_.head - probe_distance_);
  probe_distance_ *= 2;
  if (opened_.head < opened_.base + probe_distance_) begin_at(opened_.base);
}

void ClusterLog::begin_at(std::uint64_t seq) {
  position_ = seq - 1;
  phase_ = Phase::following;
  reads_next_ = true;
  begin_follow();
}

void ClusterLog::begin_follow() {
  follow_.reset();
  auto wake_up = answer_wake_up();
  store::FollowResult result = settings_.store->follow({cluster_log_key(), epoch_, position_}, std::move(wake_up));
  if (result.status == store::FollowStatus::ok) follow_ = std::move(result.handle);
  if (result.status == store::FollowStatus::unsupported) fail("the store cannot follow a log, which a cluster needs");
  if (result.status == store::FollowStatus::failed) fail("the store has failed");
}

store::FollowWakeUp ClusterLog::answer_wake_up() {
  return [this, post = settings_.post, alive = std::weak_ptr<char>(alive_)](const store::LogHead& head) {
    post([this, alive, head] {
      if (!alive.expired() && phase_ == Phase::following) on_wake_up(head);
    });
  };
}

void ClusterLog::on_wake_up(const store::LogHead& head) {
  if (head.status == core::StoreStatus::failed) return fail("the store has failed");
  if (head.status == core::StoreStatus::ok && head.epoch == epoch_) {
    head_ = std::max(head_, head.seq);
    if (head.seq <= position_) return;
  }
  reads_next_ = true;
  advance();
}

// Reading.

void ClusterLog::ask_page() {
  reads_next_ = false;
  core::ReadRange range{cluster_log_key(), epoch_, position_ + 1};
  range.records_max = kPageRecordsMax;
  range.bytes_max = kPageBytesMaxOfLog;
  range.purpose = core::ReadPurpose::catch_up;
  engine_.asked(settings_.now_ms());
  settings_.store->read(std::move(range), answer<core::LogPage>([this](core::LogPage page) { on_page(std::move(page)); }));
}

void ClusterLog::on_page(core::LogPage page) {
  if (page.status == core::StoreStatus::stale) return restart("the cluster's log is another one");
  if (page.status != core::StoreStatus::ok) reads_next_ = true;
  if (!is_answered(page.status, reading_)) return;
  answered_ms_ = settings_.now_ms();
  head_ = std::max(head_, page.head);
  if (page.head < position_) return restart("the cluster's log has lost its end");
  if (!deliver_page(page)) return restart("entries of the cluster's log are missing");
  if (phase_ == Phase::closed) return;
  if (position_ < page.head)
    reads_next_ = true;
  else
    is_caught_up_ = true;
  look_at_head();
}

bool ClusterLog::deliver_page(core::LogPage& page) {
  if (page.base > position_ + 1) {
    if (is_caught_up_) return false;
    pass(page.base - 1);
  }
  for (const core::LogRecord& record : page.records) {
    if (is_caught_up_ && record.seq != position_ + 1) return false;
    was_stale_ = false;
    pass(record.seq);
    deliver(record);
    if (phase_ == Phase::closed) return true;
  }
  if (page.last <= position_) return true;
  if (is_caught_up_) return false;
  pass(page.last);
  return true;
}

void ClusterLog::pass(std::uint64_t seq) {
  position_ = seq;
  if (marks_.empty() || seq >= marks_.back().seq + kMarkEvery) marks_.push_back({seq, settings_.now_ms()});
}

void ClusterLog::deliver(const core::LogRecord& record) {
  timestamp_ms_ = std::max(timestamp_ms_, record.timestamp_ms);
  record_ms_ = record.timestamp_ms;
  DecodedEntry decoded = entry_of(record);
  if (decoded.entry) return listener_.delivered(record.from, std::move(*decoded.entry));
  if (decoded.fault.empty()) return;
  ++refused_;
  const bool is_power_of_two = (refused_ & (refused_ - 1)) == 0;
  if (settings_.log && is_power_of_two)
    settings_.log({core::LogLevel::warn, "cluster_entry_refused",
                   JsonText().number("seq", record.seq).number("count", refused_).text("reason", decoded.fault).take()});
}

// Faults.

bool ClusterLog::is_answered(core::StoreStatus status, Retry& retry) {
  if (status == core::StoreStatus::ok) {
    retry = {};
    return true;
  }
  if (status == core::StoreStatus::failed)
    fail("the store has failed");
  else if (status == core::StoreStatus::damaged)
    fail("the cluster's log is damaged in the store");
  else
    retry_later(retry);
  return false;
}

void ClusterLog::retry_later(Retry& retry) const {
  retry.at_ms = settings_.now_ms() + retry.delay_ms;
  retry.delay_ms = std::min(2 * retry.delay_ms, kRetryMsMax);
}

void ClusterLog::restart(const std::string& reason) {
  phase_ = Phase::opening;
  follow_.reset();
  marks_.clear();
  epoch_ = position_ = head_ = 0;
  base_ = 1;
  is_caught_up_ = was_stale_ = false;
  end_trim(false);
  if (settings_.log) settings_.log({core::LogLevel::warn, "cluster_log_restarted", JsonText().text("reason", reason).take()});
  listener_.restarted(reason);
}

void ClusterLog::fail(const std::string& reason) {
  close();
  listener_.log_failed(reason);
}

}  // namespace dialogue::cluster
