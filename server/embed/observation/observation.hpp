// The operators' view of a server as a whole: samples of its metrics, and recent changes. docs/decisions/318-observation.md
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/embed/capability.hpp"
#include "server/embed/observation/change_slot.hpp"
#include "server/ops/metric_exporter.hpp"
#include "server/store/store.hpp"

namespace dialogue {

class Observation final : public Capability {
 public:
  struct Settings {
    const Definitions& definitions;        ///< must outlive this object
    std::string store_address, hooks_url;  ///< as they may be shown
    bool allows_loopback = false;          ///< origins
    std::function<std::string()> settings_report;
    std::shared_ptr<store::Store> store;  ///< null: none
    std::function<void()> probe_audit;    ///< before each sample
  };
  Observation(Settings settings, std::shared_ptr<ChangeSlot> changes)
      : settings_(std::move(settings)), changes_(std::move(changes)) {}

  void configure(host::ServerConfig& server_config) override;
  void start(host::Server& server) override;
  void stop() override;

 private:
  [[nodiscard]] observe::ServerFacts facts_of(const host::ServerConfig& server_config) const;

  const Settings settings_;
  const std::shared_ptr<ChangeSlot> changes_;
  std::shared_ptr<observe::Observer> observer_;
  std::unique_ptr<ops::MetricExporter> sampler_;
};

}  // namespace dialogue
