// See metric_export.hpp.
#include "server/embed/metrics/metric_export.hpp"

#include <dialogue/setup_error.hpp>
#include <exception>

#include "server/core/messages/log_message.hpp"
#include "server/embed/listen_address.hpp"
#include "server/embed/metrics/metric_readings.hpp"
#include "server/ops/statsd_sink.hpp"

namespace dialogue {

void MetricExport::configure(host::ServerConfig&) {
  sinks_ = settings_.sinks;
  if (settings_.statsd.empty()) return;
  const auto address = parse_listen_address(settings_.statsd);
  if (!address)
    throw SetupError("statsd", "\"" + settings_.statsd + "\" is not HOST:PORT", "Write, for example, 127.0.0.1:8125.");
  try {
    sinks_.push_back(std::make_shared<ops::StatsdSink>(address->host, address->port));
  } catch (const std::exception& error) { throw SetupError("statsd", error.what(), "Write, for example, 127.0.0.1:8125."); }
}

void MetricExport::start(host::Server& server) {
  if (sinks_.empty()) return;
  exporter_ = std::make_unique<ops::MetricExporter>(
      std::move(sinks_), settings_.interval_ms, metric_readings(server, settings_.store),
      [log = settings_.log](const char* what) { log(core::log_message(core::LogLevel::error, "metric_sink_threw", what)); });
}

}  // namespace dialogue
