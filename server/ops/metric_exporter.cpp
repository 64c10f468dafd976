#include "server/ops/metric_exporter.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <deque>
#include <exception>
#include <span>
#include <string>
#include <utility>

#include "server/ops/metric_samples.hpp"

namespace dialogue::ops {
namespace {

using metrics::Label, metrics::MetricRow, metrics::MetricSample, metrics::MetricType;

std::string bound_text(const MetricRow& row, std::size_t bucket) {
  if (bucket == row.bounds.size()) return "+Inf";
  std::array<char, 64> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value_of(row, row.bounds[bucket]), std::chars_format::fixed).ptr;
  return {text.data(), end};
}

/// Calls `take` with the reading as single samples; they hold texts of this call.
void with_samples(const metrics::Reading& reading, const std::function<void(std::span<const MetricSample>)>& take) {
  std::vector<MetricSample> samples;
  std::deque<std::string> texts;  // of labels that a series has for the time of its visit only
  const auto visit = [&](const Series& series) {
    const MetricRow& row = *series.row;
    std::vector<Label> labels;
    for (const Label& label : series.labels)
      if (!label.name.empty()) labels.push_back({label.name, texts.emplace_back(label.value)});
    const std::string name(row.name);
    if (row.type != MetricType::histogram) {
      samples.push_back({name, std::move(labels), value_of(row, series.cells.front()), row.type == MetricType::counter});
      return;
    }
    std::uint64_t count = 0;
    for (std::size_t bucket = 0; bucket <= row.bounds.size(); ++bucket) {
      count += series.cells[bucket];
      std::vector<Label> bounded = labels;
      bounded.push_back({"le", texts.emplace_back(bound_text(row, bucket))});
      samples.push_back({name + "_bucket", std::move(bounded), static_cast<double>(count), true});
    }
    samples.push_back({name + "_sum", labels, value_of(row, series.cells.back()), true});
    samples.push_back({name + "_count", std::move(labels), static_cast<double>(count), true});
  };
  for_each_series(
      reading, [](const MetricRow&) {}, visit);
  take(samples);
}

void give_samples(const MetricExporter::Sinks& sinks, const std::function<void(const char*)>& failed,
                  const metrics::Reading& reading) {
  with_samples(reading, [&](std::span<const MetricSample> samples) {
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
