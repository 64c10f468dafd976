// The operators' view of the server as a whole. docs/decisions/318-observation.md
#include <cstdio>
#include <memory>

#include "server/core/messages/room_rules.hpp"
#include "server/definitions/output/definition_list.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/observe/observer.hpp"
#include "shared/base/shown_url.hpp"

namespace dialogue {
namespace {

std::string hex_of(std::uint64_t fingerprint) {
  char digits[14];
  std::snprintf(digits, sizeof digits, "%013llx", static_cast<unsigned long long>(fingerprint));
  return digits;
}

observe::ServerFacts facts_of(const Config& config, const host::ServerConfig& server_config) {
  observe::ServerFacts facts;
  facts.version = server_config.api.version;
  facts.store_address = shown_url(config.store_address);
  facts.hooks_url = shown_url(config.hooks.url);
  facts.is_durable = config.store != nullptr;
  facts.is_dev = config.allow_loopback_origins && server_config.shows_metrics_on_loopback && server_config.api.keys->is_empty();
  if (const auto catalogue = CatalogueView::parse(server_config.shard.catalogue_bytes)) {
    facts.catalogue = hex_of(catalogue->fingerprint());
    facts.pairs = core::metric_names(*catalogue, config.definitions.rooms).pairs;
  }
  return facts;
}

}  // namespace

void InstanceState::open_observation(host::ServerConfig& server_config) {
  observer = std::make_shared<observe::Observer>(facts_of(config, server_config));
  change_slot->set(observer);
  api::Observation& seen = server_config.api.observation;
  seen.overview = [observer = observer](auto done) { observer->overview(std::move(done)); };
  seen.store = [observer = observer](auto done) { observer->store(std::move(done)); };
  seen.hooks = [observer = observer](auto done) { observer->hooks(std::move(done)); };
  seen.top_events = [observer = observer](auto done) { observer->top_events(std::move(done)); };
  seen.settings = config.settings_report;
  const auto list = definitions::definition_list(config.definitions, server_config.shard.catalogue_bytes);
  seen.definitions = [text = std::make_shared<const std::string>(list)] { return *text; };
}

std::unique_ptr<ops::MetricExporter> InstanceState::begin_observation(const host::Server& from) const {
  const auto read = [&from, complete = metric_completion(config)](std::function<void(metrics::Reading)> done) {
    from.read_metrics([complete, done = std::move(done)](metrics::Reading reading) {
      complete(reading);
      done(std::move(reading));
    });
  };
  observer->begin(read);
  return std::make_unique<ops::MetricExporter>(
      [observer = observer, audit = audit_slot](const metrics::Reading& reading) {
        if (const auto log = audit->get()) log->probe();
        observer->take(reading);
      },
      observe::kSampleIntervalMs, read);
}

}  // namespace dialogue
