#include "server/ops/metric_exporter.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "server/ops/flat_samples.hpp"

namespace dialogue::ops {

MetricExporter::MetricExporter(Sinks sinks, std::uint64_t interval_ms, Read read, std::function<void(const char*)> failed)
    : sinks_(std::move(sinks)), interval_ms_(interval_ms), read_(std::move(read)), failed_(std::move(failed)), thread_([this] {
        run();
      }) {}

MetricExporter::~MetricExporter() {
  {
    const std::lock_guard lock(inbox_->mutex);
    inbox_->is_ending = true;
  }
  inbox_->changed.notify_all();
  thread_.join();
}

// A reading that never comes, since the server ends, is not waited for beyond the interval.
void MetricExporter::run() {
  std::unique_lock lock(inbox_->mutex);
  const auto interval = std::chrono::milliseconds(interval_ms_);
  for (auto due = std::chrono::steady_clock::now() + interval; !inbox_->is_ending; due += interval) {
    inbox_->changed.wait_until(lock, due, [this] { return inbox_->is_ending; });
    if (inbox_->is_ending) return;
    lock.unlock();
    read_([inbox = inbox_](metrics::Reading reading) {
      const std::lock_guard putting(inbox->mutex);
      inbox->reading = std::move(reading);
      inbox->changed.notify_all();
    });
    lock.lock();
    inbox_->changed.wait_for(lock, interval, [this] { return inbox_->is_ending || inbox_->reading.has_value(); });
    const std::optional<metrics::Reading> reading = std::exchange(inbox_->reading, std::nullopt);
    if (!reading) continue;
    lock.unlock();
    give(*reading);
    lock.lock();
  }
}

void MetricExporter::give(const metrics::Reading& reading) const {
  with_samples(reading, [this](std::span<const metrics::MetricSample> samples) {
    for (const auto& sink : sinks_) {
      try {
        sink->take(samples);
      } catch (const std::exception& error) { failed_(error.what()); } catch (...) {
        failed_("something that is no std::exception");
      }
    }
  });
}

}  // namespace dialogue::ops
