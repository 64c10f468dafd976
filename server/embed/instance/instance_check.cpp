// What stands against a start, found without starting: nothing is opened for clients, and nothing is made or changed on the disk.
#include "server/audit/audit_probe.hpp"
#include "server/embed/instance/audit_key.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/listen_address.hpp"
#include "server/host/listener.hpp"
#include "server/net/unix_socket_file.hpp"

namespace dialogue {

void InstanceState::check() const {
  const std::shared_lock lock(server_mutex);
  warn_of_end(load_certificate().get());
  if (auto fault = host::Server::fault_of(make_server_config(config))) throw SetupError("listen", std::move(*fault), "");
  check_audit();
  check_addresses();
}

void InstanceState::check_audit() const {
  if (config.audit_file.empty()) {
    if (config.receipts_interval_ms == 0) return;
    throw SetupError("receipts_interval_ms", "there is no audit to keep receipts in.", "Name a file with audit_file, too.");
  }
  try {
    audit::check_path(config.audit_file);
  } catch (const std::exception& fault) { throw SetupError("audit_file", fault.what(), ""); }
  try {
    audit::check_key_place(audit_key_of(config));
  } catch (const std::exception& fault) { throw SetupError("audit_key_file", fault.what(), ""); }
  try {
    audit::check_audit_place(config.audit_file, audit_key_of(config));
  } catch (const std::exception& fault) { throw SetupError("audit_file", fault.what(), ""); }
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
