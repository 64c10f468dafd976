// The certificate of a server: loaded at the start, replaced while it serves, and its end announced. Any thread.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "server/core/messages/actions.hpp"
#include "server/net/tls.hpp"

namespace dialogue {

class ServerCertificate {
 public:
  explicit ServerCertificate(std::function<void(const core::LogLine&)> log) : log_(std::move(log)) {}

  /// Loads the files and warns of their certificate's end. Throws SetupError; does nothing without a file.
  void check(const net::TlsFiles& files) const;
  /// What a server with these files speaks; null without a file. Throws SetupError.
  [[nodiscard]] std::shared_ptr<net::TlsCertificate> load(const net::TlsFiles& files);
  [[nodiscard]] bool is_set() const { return get() != nullptr; }
  /// Logs that the certificate ends soon or has ended.
  void warn_of_end() const;
  /// Loads the files again. If they are refused, the log says why.
  void reload() const;
  /// Loads other files. Throws SetupError; the previous certificate stays in use then.
  void replace(const net::TlsFiles& files) const;

 private:
  [[nodiscard]] std::shared_ptr<net::TlsCertificate> get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void warn_of_end(const net::TlsCertificate& certificate) const;

  const std::function<void(const core::LogLine&)> log_;
  mutable std::mutex mutex_;
  std::shared_ptr<net::TlsCertificate> current_;  ///< null: the server speaks no TLS
};

}  // namespace dialogue
