#include "server/ops/metric_exporter.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "server/ops/flat_samples.hpp"

namespace dialogue::ops {

namespace {

void give_samples(const MetricExporter::Sinks& sinks, const std::function<void(const char*)>& failed,
                  const metrics::Reading& reading) {
  with_samples(reading, [&](std::span<const metrics::MetricSample> samples) {
    for (const auto& sink : sinks) {
      try {
        sink->take(samples);
      } catch (const std::exception& error) { failed(error.what()); } catch (...) {
        failed("something that is not a std::exception");
      }
    }
  });
}

}  // namespace

MetricExporter::MetricExporter(Give give, std::uint64_t interval_ms, Read read)
    : give_(std::move(give)), interval_ms_(interval_ms), read_(std::move(read)), thread_([this] { run(); }) {}

MetricExporter::MetricExporter(Sinks sinks, std::uint64_t interval_ms, Read read, std::function<void(const char*)> failed)
    : MetricExporter([sinks = std::move(sinks),
                      failed = std::move(failed)](const metrics::Reading& reading) { give_samples(sinks, failed, reading); },
                     interval_ms, std::move(read)) {}

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
    give_(*reading);
    lock.lock();
  }
}

}  // namespace dialogue::ops
