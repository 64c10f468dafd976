// Where the traces of a server go: requests of the HTTP API, hooks and publications, to the receiver of the settings.
// docs/decisions/316-traces.md
#pragma once
#include <dialogue/config.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/host/server_config.hpp"
#include "server/trace/otlp/otlp_exporter.hpp"
#include "server/trace/tracer.hpp"

namespace dialogue {

/// Throws SetupError.
void refuse_bad_traces(const Config& config);

class ServerTraces {
 public:
  struct Settings {
    std::string endpoint;  ///< empty: nothing is traced
    trace::OtlpHeaders headers;
    double sample = 0;
    std::function<void(const core::LogLine&)> log;
    std::shared_ptr<metrics::SharedCells> metrics;
  };
  explicit ServerTraces(Settings settings) : settings_(std::move(settings)) {}

  /// Before the hooks that are traced are made.
  void configure(host::ServerConfig& server_config);
  /// After configure(); null: nothing is traced.
  [[nodiscard]] const std::shared_ptr<trace::Tracer>& tracer() const { return tracer_; }
  void adjust(double sample, const trace::OtlpHeaders& headers) const;
  /// Sends what waits. When nothing is traced any more.
  void end() const {
    if (exporter_) exporter_->stop();
  }

 private:
  const Settings settings_;
  std::shared_ptr<trace::OtlpExporter> exporter_;
  std::shared_ptr<trace::Tracer> tracer_;
};

}  // namespace dialogue
