// What an instance does beside serving, in start order. The readers of metrics come first, so that they end last.
#include <utility>

#include "server/embed/cluster/cluster_node.hpp"
#include "server/embed/exchange/api_calls.hpp"
#include "server/embed/heads/heads_capability.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/metrics/metric_export.hpp"
#include "server/embed/observation/observation.hpp"
#include "server/embed/push/push_capability.hpp"
#include "server/embed/steady_clock.hpp"
#include "shared/base/shown_url.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {

void InstanceState::add_capabilities() {
  const auto probe_audit = [slot = audit_slot] {
    if (const auto log = slot->get()) log->probe();
  };
  capabilities.push_back(std::make_unique<Observation>(
      Observation::Settings{config.definitions, config.store_address, config.hooks.url, config.allow_loopback_origins,
                            config.settings_report, store, probe_audit},
      change_slot));
  capabilities.push_back(std::make_unique<MetricExport>(
      MetricExport::Settings{config.metric_sinks, config.statsd, config.statsd_interval_ms, store, config.logger}));
  auto handlers = std::make_unique<CallHandlers>(
      config.definitions,
      [log = config.logger](const std::string& name, const char* what) {
        log({LogLevel::error, "call_handler_threw", JsonText().text("call", name).text("what", what).take()});
      },
      steady_now_ms);
  call_handlers = handlers.get();
  auto by_http = std::make_unique<ApiCalls>(config.definitions, handlers->source(), config.logger, steady_now_ms);
  capabilities.push_back(std::move(handlers));
  capabilities.push_back(std::move(by_http));
  capabilities.push_back(std::make_unique<Routes>(routes));
  add_erasures();
  capabilities.push_back(std::make_unique<HeadsCapability>(HeadsCapability::Settings{store, config.cluster}));
  if (config.push.is_set())
    capabilities.push_back(std::make_unique<PushCapability>(
        PushCapability::Settings{config.push, config.definitions, store, config.cluster, config.logger, config.shared_metrics}));
  if (config.cluster)
    capabilities.push_back(std::make_unique<ClusterNode>(ClusterNode::Settings{
        store, DIALOGUE_VERSION, shown_url(config.store_address), config.logger, revocations.list(), config.on_failure}));
}

}  // namespace dialogue
