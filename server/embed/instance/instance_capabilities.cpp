// What an instance does beside serving, in start order.
#include <utility>

#include "server/embed/cluster/cluster_node.hpp"
#include "server/embed/exchange/api_calls.hpp"
#include "server/embed/heads/heads_capability.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/push/push_capability.hpp"
#include "server/embed/steady_clock.hpp"
#include "shared/base/shown_url.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {

void InstanceState::add_capabilities() {
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
  auto erasures = std::make_unique<EventErasures>(erasure_settings());
  event_erasures = erasures.get();
  capabilities.push_back(std::move(erasures));
  capabilities.push_back(std::make_unique<HeadsCapability>(HeadsCapability::Settings{store, config.cluster}));
  if (config.push.is_set())
    capabilities.push_back(std::make_unique<PushCapability>(
        PushCapability::Settings{config.push, config.definitions, store, config.cluster, config.logger, config.shared_metrics}));
  if (config.cluster)
    capabilities.push_back(std::make_unique<ClusterNode>(ClusterNode::Settings{
        store, DIALOGUE_VERSION, shown_url(config.store_address), config.logger, revocations, config.on_failure}));
}

}  // namespace dialogue
