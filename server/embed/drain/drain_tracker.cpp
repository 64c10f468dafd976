// See drain_tracker.hpp.
#include "server/embed/drain/drain_tracker.hpp"

#include <algorithm>
#include <chrono>
#include <dialogue/setup_error.hpp>
#include <filesystem>
#include <utility>

#include "server/core/messages/log_message.hpp"
#include "server/embed/text_file.hpp"

namespace dialogue {
namespace {

/// The time after the last slot, for clients whose first attempt failed.
constexpr std::uint64_t kReturnGraceMs = 10'000;
/// The time after the last session has reconnected, for its joins.
constexpr auto kJoinGrace = std::chrono::milliseconds(1000);

std::uint64_t unix_now_ms() {
  using std::chrono::system_clock, std::chrono::milliseconds;
  return static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

/// Returns the time since `begun_unix_ms`; 0 if the clock was set back.
std::uint64_t ms_since(std::uint64_t begun_unix_ms, std::uint64_t now_unix_ms) {
  return now_unix_ms - std::min(now_unix_ms, begun_unix_ms);
}

std::string described(const DrainReceipt& receipt) {
  return std::to_string(receipt.resumed) + " of " + std::to_string(receipt.resumable) +
         " sessions reconnected after the drain, " + std::to_string(receipt.lost) + " joins miss events";
}

}  // namespace

DrainTracker::DrainTracker(std::string path, std::function<void(const core::LogLine&)> log)
    : path_(std::move(path)), log_(std::move(log)) {
  std::error_code fault;
  if (path_.empty() || !std::filesystem::exists(path_, fault)) return;
  try {
    if (read_drain_file(read_regular_file(path_, kDrainFileBytesMax), before_, expected_)) {
      expects_ = !before_.is_complete;
      return;
    }
  } catch (const SetupError&) {}  // what is wrong with it does not matter: it is replaced at the next drain
  log_(core::log_message(core::LogLevel::warn, "drain_receipt_unreadable", path_ + " does not contain a drain receipt"));
  before_ = {};
  expected_.clear();
}

DrainTracker::~DrainTracker() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  if (waiter_.joinable()) waiter_.join();
}

void DrainTracker::begin() {
  if (expects_) waiter_ = std::thread([this] { wait_for_return(); });
}

void DrainTracker::wait_for_return() {
  std::unique_lock lock(mutex_);
  const std::uint64_t all_ms = before_.took_ms + before_.pause_ms + before_.spread_ms + kReturnGraceMs;
  const std::uint64_t passed_ms = std::min(all_ms, ms_since(before_.begun_unix_ms, unix_now_ms()));
  changed_.wait_for(lock, std::chrono::milliseconds(all_ms - passed_ms), [this] { return is_ending_ || expected_.empty(); });
  changed_.wait_for(lock, kJoinGrace, [this] { return is_ending_; });
  if (is_ending_) return;
  before_.is_complete = true;
  expects_ = false;
  expected_.clear();
  const DrainReceipt receipt = before_;
  lock.unlock();
  keep(drain_file_text(receipt, {}));
  log_({core::LogLevel::info, "drain_completed", receipt_fields(receipt, described(receipt))});
}

void DrainTracker::notified(std::string_view secret, core::Time now) {
  const std::lock_guard lock(mutex_);
  if (own_.notified++ == 0) own_.begun_unix_ms = now.unix_ms;
  if (secret.empty()) return;
  ++own_.resumable;
  if (left_.size() < kDrainSessionsMax)
    left_.emplace(fingerprint_of_secret(secret), static_cast<std::uint32_t>(ms_since(own_.begun_unix_ms, now.unix_ms)));
}

bool DrainTracker::returned(std::string_view secret, core::Time now) {
  if (!expects_.load(std::memory_order_relaxed)) return false;
  const std::uint64_t fingerprint = fingerprint_of_secret(secret);
  const std::lock_guard lock(mutex_);
  const auto session = expected_.find(fingerprint);
  if (session == expected_.end()) return false;
  ++before_.resumed;
  before_.gap_ms_max = std::max(before_.gap_ms_max, ms_since(before_.begun_unix_ms + session->second, now.unix_ms));
  expected_.erase(session);
  if (expected_.empty()) changed_.notify_all();
  return true;
}

void DrainTracker::joined(bool misses_events) {
  const std::lock_guard lock(mutex_);
  ++before_.rooms;
  if (misses_events) ++before_.lost;
}

void DrainTracker::repeated() {
  const std::lock_guard lock(mutex_);
  ++before_.repeated;
}

void DrainTracker::end(const host::DrainOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  if (outcome.begun_ms == 0) return;  // it has never served
  own_.begun_unix_ms = own_.notified == 0 ? outcome.begun_ms : own_.begun_unix_ms;
  own_.took_ms = outcome.took_ms;
  own_.pause_ms = outcome.pause_ms;
  own_.spread_ms = outcome.spread_ms;
  own_.cut = outcome.cut;
  own_.is_complete = own_.resumable == 0;
  keep(drain_file_text(own_, left_));
  if (own_.notified == 0) return;
  log_({core::LogLevel::info, "drain_receipt",
        receipt_fields(own_, std::to_string(own_.notified) + " sessions were asked to reconnect")});
}

std::string DrainTracker::receipt() const {
  const std::lock_guard lock(mutex_);
  return before_.begun_unix_ms == 0 ? std::string() : receipt_json(before_);
}

void DrainTracker::keep(const std::string& text) const {
  if (path_.empty()) return;
  if (const std::string fault = replace_text_file(path_, text); !fault.empty())
    log_(core::log_message(core::LogLevel::warn, "drain_receipt_lost", fault));
}

}  // namespace dialogue
