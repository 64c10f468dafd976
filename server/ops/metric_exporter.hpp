// Gives each sink all series, each interval, on a thread of its own. Ends with its destructor, which waits for a sink that is
// busy.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "server/metrics/metric_sink.hpp"
#include "server/metrics/reading.hpp"

namespace dialogue::ops {

class MetricExporter {
 public:
  using Sinks = std::vector<std::shared_ptr<metrics::MetricSink>>;
  /// Asks for a reading; `done` is called once, on any thread, or never.
  using Read = std::function<void(std::function<void(metrics::Reading)> done)>;

  using Give = std::function<void(const metrics::Reading&)>;

  /// `give` gets each reading, on the exporter's thread, and throws nothing.
  MetricExporter(Give give, std::uint64_t interval_ms, Read read);
  /// `failed` receives a sink's exceptions, on the exporter's thread.
  MetricExporter(Sinks sinks, std::uint64_t interval_ms, Read read, std::function<void(const char* what)> failed);
  ~MetricExporter();
  MetricExporter(const MetricExporter&) = delete;
  MetricExporter& operator=(const MetricExporter&) = delete;

 private:
  /// One reading at most waits here: a newer one replaces it.
  struct Inbox {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<metrics::Reading> reading;
    bool is_ending = false;
  };
  void run();

  const Give give_;
  const std::uint64_t interval_ms_;
  const Read read_;
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace dialogue::ops
