// Where metrics go besides /metrics: StatsD, if an address is set, and the sinks of the configuration.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/embed/capability.hpp"
#include "server/ops/metric_exporter.hpp"
#include "server/store/store.hpp"

namespace dialogue {

class MetricExport final : public Capability {
 public:
  struct Settings {
    ops::MetricExporter::Sinks sinks;
    std::string statsd;  ///< empty: none
    std::uint64_t interval_ms = 0;
    std::shared_ptr<store::Store> store;  ///< null: none
    std::function<void(const core::LogLine&)> log;
  };
  explicit MetricExport(Settings settings) : settings_(std::move(settings)) {}

  void configure(host::ServerConfig& server_config) override;
  void start(host::Server& server) override;
  void stop() override { exporter_.reset(); }

 private:
  const Settings settings_;
  ops::MetricExporter::Sinks sinks_;
  std::unique_ptr<ops::MetricExporter> exporter_;  ///< null: metrics go nowhere
};

}  // namespace dialogue
