// See server_certificate.hpp.
#include "server/embed/certificate/server_certificate.hpp"

#include <ctime>
#include <dialogue/setup_error.hpp>

#include "server/core/messages/log_message.hpp"

namespace dialogue {
namespace {

std::shared_ptr<net::TlsCertificate> loaded(const net::TlsFiles& files) {
  if (files.certificate.empty()) return nullptr;
  auto certificate = std::make_shared<net::TlsCertificate>(files);
  if (auto fault = certificate->load()) throw SetupError("tls", std::move(*fault), "");
  return certificate;
}

}  // namespace

void ServerCertificate::check(const net::TlsFiles& files) const {
  if (const auto certificate = loaded(files)) warn_of_end(*certificate);
}

std::shared_ptr<net::TlsCertificate> ServerCertificate::load(const net::TlsFiles& files) {
  auto certificate = loaded(files);
  const std::lock_guard lock(mutex_);
  return current_ = std::move(certificate);
}

void ServerCertificate::warn_of_end() const {
  if (const auto certificate = get()) warn_of_end(*certificate);
}

void ServerCertificate::warn_of_end(const net::TlsCertificate& certificate) const {
  if (const auto warning = certificate.expiry_warning(std::time(nullptr)))
    log_(core::log_message(core::LogLevel::warn, "certificate_ends", *warning));
}

void ServerCertificate::reload() const {
  const auto certificate = get();
  if (!certificate) return;
  const auto fault = certificate->load();
  log_(fault ? core::log_message(core::LogLevel::error, "certificate_refused", *fault + " The previous one stays in use.")
             : core::log_message(core::LogLevel::info, "certificate_reloaded", "new connections use the new certificate"));
  if (!fault) warn_of_end(*certificate);
}

void ServerCertificate::replace(const net::TlsFiles& files) const {
  const auto certificate = get();
  if (!certificate) return;
  if (auto fault = certificate->load(files)) throw SetupError("tls_cert and tls_key", std::move(*fault), "");
  warn_of_end(*certificate);
}

}  // namespace dialogue
