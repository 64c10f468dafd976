// The certificate of an instance: loaded at the start, replaced while it serves, and its end announced.
#include <ctime>

#include "server/core/messages/log_message.hpp"
#include "server/embed/instance/instance_state.hpp"

namespace dialogue {

std::shared_ptr<net::TlsCertificate> InstanceState::load_certificate() const {
  if (config.tls_cert.empty()) return nullptr;
  auto certificate = std::make_shared<net::TlsCertificate>(net::TlsFiles{config.tls_cert, config.tls_key});
  if (auto fault = certificate->load()) throw SetupError("tls", std::move(*fault), "");
  return certificate;
}

void InstanceState::warn_of_end(const net::TlsCertificate* certificate) const {
  if (certificate == nullptr) return;
  if (const auto warning = certificate->expiry_warning(std::time(nullptr)))
    config.logger(core::log_message(LogLevel::warn, "certificate_ends", *warning));
}

void InstanceState::reload_certificate() const {
  std::shared_ptr<net::TlsCertificate> certificate;
  {
    const std::shared_lock lock(server_mutex);
    certificate = tls;
  }
  if (!certificate) return;
  const auto fault = certificate->load();
  config.logger(fault ? core::log_message(LogLevel::error, "certificate_refused", *fault + " The previous one stays in use.")
                      : core::log_message(LogLevel::info, "certificate_reloaded", "new connections use the new certificate"));
  if (!fault) warn_of_end(certificate.get());
}

}  // namespace dialogue
