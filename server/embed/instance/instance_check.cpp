// Finds obstacles to a start without starting: no listener is opened, and nothing is made or changed on the disk.
#include "server/audit/audit_probe.hpp"
#include "server/embed/instance/audit_key.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/listen_address.hpp"
#include "server/embed/push/push_capability.hpp"
#include "server/host/listener.hpp"
#include "server/net/unix_socket_file.hpp"

namespace dialogue {

void InstanceState::check() const {
  const std::shared_lock lock(server_mutex);
  warn_of_end(load_certificate().get());
  host::Server unstarted(make_server_config(config));
  if (auto fault = unstarted.fault()) throw SetupError(std::string(unstarted.faulty_member()), std::move(*fault), "");
  check_audit();
  check_addresses();
  if (config.push.is_set()) static_cast<void>(load_push_keys(config.push));
}

void InstanceState::check_audit() const {
  if (config.audit.empty()) {
    if (config.receipts == 0) return;
    throw SetupError("receipts", "receipts require an audit", "Name its file with `audit`.");
  }
  try {
    audit::check_path(config.audit);
  } catch (const std::exception& fault) { throw SetupError("audit", fault.what(), ""); }
  try {
    audit::check_key_place(audit_key_of(config));
  } catch (const std::exception& fault) { throw SetupError("audit_key", fault.what(), ""); }
  try {
    audit::check_audit_place(config.audit, audit_key_of(config));
  } catch (const std::exception& fault) { throw SetupError("audit", fault.what(), ""); }
}

void InstanceState::check_addresses() const {
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

}  // namespace dialogue
