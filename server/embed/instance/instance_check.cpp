// Finds obstacles to a start without starting: no listener is opened, and nothing is made or changed on the disk.
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/listen_address.hpp"
#include "server/embed/push/push_capability.hpp"
#include "server/host/listener.hpp"
#include "server/net/unix_socket_file.hpp"

namespace dialogue {
namespace {

/// For addresses that this machine does not have or does not grant, and for the Unix socket's place.
void check_addresses(const Config& config) {
  const auto check_address = [](const char* member, const std::string& text) {
    const auto address = parse_listen_address(text);
    if (!address) return;  // none, or refused when the instance was made
    if (auto fault = host::Listener::fault_of(address->host, address->port)) throw SetupError(member, std::move(*fault), "");
  };
  if (config.listen_descriptor < 0) check_address("listen", config.listen);
  check_address("metrics_listen", config.metrics_listen);
  check_address("tcp_listen", config.tcp_listen);
  if (!config.admin_listen.starts_with(net::kUnixScheme)) return check_address("admin_listen", config.admin_listen);
  if (auto fault = net::fault_of_unix_path(config.admin_listen.substr(net::kUnixScheme.size())); !fault.empty())
    throw SetupError("admin_listen", std::move(fault), "");
}

}  // namespace

void InstanceState::check() const {
  const std::shared_lock lock(server_mutex);
  certificate.check({config.tls_cert, config.tls_key});
  host::Server unstarted(make_server_config(config));
  if (auto fault = unstarted.fault()) throw SetupError(std::string(unstarted.faulty_member()), std::move(*fault), "");
  audit.check();
  check_addresses(config);
  if (config.push.is_set()) static_cast<void>(load_push_keys(config.push));
}

}  // namespace dialogue
