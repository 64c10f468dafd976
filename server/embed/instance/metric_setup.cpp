// Where metrics go besides /metrics.
#include <exception>

#include "server/core/messages/log_message.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/listen_address.hpp"
#include "server/ops/statsd_sink.hpp"

namespace dialogue {

std::unique_ptr<ops::MetricExporter> InstanceState::export_metrics(const host::Server& from) const {
  ops::MetricExporter::Sinks sinks = config.metric_sinks;
  if (!config.statsd.empty()) {
    const auto address = parse_listen_address(config.statsd);
    if (!address) throw SetupError("statsd", "\"" + config.statsd + "\" is not HOST:PORT", "Write for example 127.0.0.1:8125.");
    try {
      sinks.push_back(std::make_shared<ops::StatsdSink>(address->host, address->port));
    } catch (const std::exception& error) { throw SetupError("statsd", error.what(), "Write for example 127.0.0.1:8125."); }
  }
  if (sinks.empty()) return nullptr;
  const auto read = [&from, complete = metric_completion(config)](std::function<void(metrics::Reading)> done) {
    from.read_metrics([complete, done = std::move(done)](metrics::Reading reading) {
      complete(reading);
      done(std::move(reading));
    });
  };
  return std::make_unique<ops::MetricExporter>(
      std::move(sinks), config.statsd_interval_ms, read,
      [log = config.logger](const char* what) { log(core::log_message(LogLevel::error, "metric_sink_threw", what)); });
}

}  // namespace dialogue
