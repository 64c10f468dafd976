// See observation.hpp.
#include "server/embed/observation/observation.hpp"

#include <cstdio>

#include "server/core/messages/room_rules.hpp"
#include "server/definitions/output/definition_list.hpp"
#include "server/embed/metrics/metric_readings.hpp"
#include "shared/base/shown_url.hpp"

namespace dialogue {
namespace {

std::string hex_of(std::uint64_t fingerprint) {
  char digits[14];
  std::snprintf(digits, sizeof digits, "%013llx", static_cast<unsigned long long>(fingerprint));
  return digits;
}

}  // namespace

observe::ServerFacts Observation::facts_of(const host::ServerConfig& server_config) const {
  observe::ServerFacts facts;
  facts.version = server_config.api.version;
  facts.store_address = shown_url(settings_.store_address);
  facts.hooks_url = shown_url(settings_.hooks_url);
  facts.is_durable = settings_.store != nullptr;
  facts.is_dev = settings_.allows_loopback && server_config.shows_metrics_on_loopback && server_config.api.keys->is_empty();
  if (const auto catalogue = CatalogueView::parse(server_config.shard.catalogue_bytes)) {
    facts.catalogue = hex_of(catalogue->fingerprint());
    facts.pairs = core::metric_names(*catalogue, settings_.definitions.rooms).pairs;
  }
  return facts;
}

void Observation::configure(host::ServerConfig& server_config) {
  observer_ = std::make_shared<observe::Observer>(facts_of(server_config));
  changes_->set(observer_);
  api::Observation& seen = server_config.api.observation;
  seen.overview = [observer = observer_](auto done) { observer->overview(std::move(done)); };
  seen.store = [observer = observer_](auto done) { observer->store(std::move(done)); };
  seen.hooks = [observer = observer_](auto done) { observer->hooks(std::move(done)); };
  seen.top_events = [observer = observer_](auto done) { observer->top_events(std::move(done)); };
  seen.settings = settings_.settings_report;
  const auto list = definitions::definition_list(settings_.definitions, server_config.shard.catalogue_bytes);
  seen.definitions = [text = std::make_shared<const std::string>(list)] { return *text; };
}

void Observation::start(host::Server& server) {
  const auto read = metric_readings(server, settings_.store);
  observer_->begin(read);
  sampler_ = std::make_unique<ops::MetricExporter>(
      [observer = observer_, probe = settings_.probe_audit](const metrics::Reading& reading) {
        probe();
        observer->take(reading);
      },
      observe::kSampleIntervalMs, read);
}

void Observation::stop() {
  sampler_.reset();
  observer_->end();
}

}  // namespace dialogue
