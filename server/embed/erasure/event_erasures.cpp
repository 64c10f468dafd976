// See event_erasures.hpp.
#include "server/embed/erasure/event_erasures.hpp"

#include <algorithm>
#include <utility>

#include "server/embed/erasure/store_code.hpp"
#include "server/embed/steady_clock.hpp"

namespace dialogue {
namespace {

constexpr std::uint64_t kIdleMs = 3'600'000;  ///< the thread has no deadlines

api::EventErasureReport refused_erasure(ErrorCode code, std::string argument = {}) {
  api::EventErasureReport report;
  report.fault = {code, std::move(argument), {}};
  return report;
}

}  // namespace

void EventErasures::configure(host::ServerConfig& server_config) {
  server_config.api.erase_events = [this](api::EventErasure what, auto done) { erase(std::move(what), std::move(done)); };
}

void EventErasures::open() {
  const std::lock_guard lock(mutex_);
  is_open_ = true;
}

void EventErasures::stop() {
  is_stopping_ = true;
  std::vector<Request> left;
  {
    const std::lock_guard lock(mutex_);
    is_open_ = false;
    left.swap(waiting_);
  }
  for (const Request& each : left) each.done(refused_erasure(ErrorCode::draining));
  thread_.reset();
}

void EventErasures::erase(api::EventErasure what, std::function<void(api::EventErasureReport)> done) {
  auto ordered = api::ordered_ranges(std::move(what.sequences));
  if (!ordered)
    return done(refused_erasure(ErrorCode::request_invalid, "sequences must be 1 to " + std::to_string(api::kEventErasureMax) +
                                                                " positions in ranges of a first and a last one"));
  what.sequences = std::move(*ordered);
  ErrorCode refusal = ErrorCode::ok;
  {
    const std::lock_guard lock(mutex_);
    if (!is_open_)
      refusal = is_stopping_ ? ErrorCode::draining : ErrorCode::closed;
    else if (waiting_.size() >= kEventErasuresWaitingMax)
      refusal = ErrorCode::rate_limited;
    else {
      waiting_.push_back({std::move(what), std::move(done)});
      if (!thread_) thread_.emplace(steady_now_ms, [] { return steady_now_ms() + kIdleMs; });
      if (waiting_.size() == 1) thread_->post([this] { work(); });
    }
  }
  if (refusal != ErrorCode::ok) done(refused_erasure(refusal));
}

void EventErasures::work() {
  std::vector<Request> requests;
  {
    const std::lock_guard lock(mutex_);
    requests.swap(waiting_);
  }
  store::UserErasure erasure({}, [this] { return is_stopping_.load(); });
  for (Request& each : requests) erase_in_stores(each, erasure);
  const bool has_files = settings_.durable != nullptr && erasure.records() > 0;
  const bool is_clean = !has_files || erasure.scrub(*settings_.durable).is_clean();
  for (Request& each : requests) {
    each.report.is_clean = is_clean && each.report.fault.code == ErrorCode::ok;
    each.report.is_recording = settings_.is_recording;
    each.done(std::move(each.report));
  }
}

void EventErasures::erase_in_stores(Request& request, store::UserErasure& erasure) {
  api::EventErasureReport& report = request.report;
  report.fault = is_stopping_ ? core::Error{ErrorCode::draining, {}, {}} : settings_.look_at(request.what.room);
  if (report.fault.code != ErrorCode::ok) return;
  const auto notify = [&](const store::ErasedRoom& room) {
    report.epoch = room.epoch;
    report.events += room.records;
    report.sequences.insert(report.sequences.end(), room.sequences.begin(), room.sequences.end());
    return settings_.notify(room);
  };
  for (const auto& store : settings_.stores()) {
    const core::StoreStatus status = erasure.erase_records(*store, {{{}, request.what.room}, request.what.sequences}, notify);
    if (status == core::StoreStatus::ok) continue;
    report.fault = {erasure.is_supported() ? code_of(status) : ErrorCode::not_supported, {}, {}};
    return;
  }
}

}  // namespace dialogue
