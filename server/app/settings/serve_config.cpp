// See serve_config.hpp.
#include "server/app/settings/serve_config.hpp"

#include <boost/asio/ip/address.hpp>
#include <dialogue/instance.hpp>
#include <utility>

#include "server/app/settings/secrets.hpp"
#include "server/embed/listen_address.hpp"
#include "server/net/address_range.hpp"
#include "server/store/factory/open_store.hpp"
#include "shared/base/shown_url.hpp"

namespace dialogue::app {
namespace {

/// Throws SetupError when no client could connect, or when other machines could and no policy was named.
void check_identity_policy(const Config& config) {
  const std::vector<std::string>&issuers = config.auth.policy.issuers, &audiences = config.auth.policy.audiences;
  if (config.auth.keys.empty() && config.auth.jwks.empty() && !(issuers.empty() && audiences.empty()))
    throw SetupError(issuers.empty() ? "--auth-audience" : "--auth-issuer", "no key is set to verify tokens",
                     "Add --auth-key, --auth-hs256-env or --auth-jwks.");
  if (is_public(config) && !config.auth.is_set() && !config.dev)
    throw SetupError(
        "--listen " + config.listen,
        "other machines can reach this address, but clients cannot authenticate: no key is set to verify tokens",
        "Add --auth-key, --auth-hs256-env or --auth-jwks; admit all clients as guests with --auth-anonymous; listen on "
        "127.0.0.1; or use --dev for a trial.");
}

void check_bus_is_of_use(const ProgramOptions& program) {
  if (program.bus.empty()) return;
  if (program.cluster.empty())
    throw SetupError("--bus", "it wakes the nodes of a cluster, and --cluster is not set",
                     "Add --cluster postgres://USER@HOST/DATABASE, or remove --bus.");
  if (!store::parse_store_address(program.cluster).takes_bus)
    throw SetupError("--bus", "the store of this cluster wakes the nodes by itself",
                     "Remove --bus, or use --cluster postgres://USER@HOST/DATABASE.");
}

}  // namespace

bool is_public(const Config& config) {
  const std::string host = parse_listen_address(config.listen)->host;
  return !net::is_loopback_address(boost::asio::ip::make_address(host));
}

Config serve_config(const Settings& settings, const Environment& environment, Definitions definitions) {
  Config config = settings.config;
  config.definitions = std::move(definitions);
  if (const std::string file = store::parse_store_address(settings.program.store_url()).file; !file.empty())
    config.drain_file = file + "-drain";
  config.otlp_headers = otlp_headers_of(settings, environment);
  config.auth.keys = token_keys(settings.program, environment);
  check_identity_policy(config);
  check_bus_is_of_use(settings.program);
  config.api_keys = api_keys_of(settings.program, environment);
  config.hooks.secret = hooks_secret(settings, environment);
  return config;
}

void check_serve_config(const Settings& settings, Config config) {
  try {
    store::check_store(settings.program.store_url());
  } catch (const store::StoreError& error) {
    throw SetupError("--store " + shown_url(settings.program.store_url()), error.what(), "");
  }
  create_dialogue(std::move(config)).check();
}

}  // namespace dialogue::app
