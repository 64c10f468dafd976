// The server's certificate: read from files, replaced while the server runs, and handed to every new connection. TLS 1.2 and 1.3
// with forward secrecy only; docs/decisions/170-tls.md. And the socket below a session. Safe from any thread.
#pragma once
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace dialogue::net {

struct SslDeleter {
  void operator()(SSL* session) const { SSL_free(session); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslSession = std::unique_ptr<SSL, SslDeleter>;

/// Puts `session` above a connected socket that does not block and that outlives it. OpenSSL's own socket sends by write(), so
/// that a peer that has gone ends the process by SIGPIPE where the host left that signal at its default; this one sends without
/// signals. Returns false if memory is exhausted.
[[nodiscard]] bool set_tls_socket(SSL* session, int descriptor);

/// PEM files: the certificate with its chain after it, and its private key without a pass phrase.
struct TlsFiles {
  std::string certificate, key;
};

class TlsCertificate {
 public:
  explicit TlsCertificate(TlsFiles files) : files_(std::move(files)) {}

  /// Reads the files. Returns an error message with the file's name, or nothing. After an error the previous certificate stays.
  /// Existing connections keep the certificate that they began with.
  [[nodiscard]] std::optional<std::string> load();
  /// The same, from other files from here on.
  [[nodiscard]] std::optional<std::string> load(TlsFiles files);
  /// The server's side of a new connection, which may become one of HTTP/2 where that is offered. After a successful load().
  [[nodiscard]] SslSession begin(bool offers_http2 = false) const;
  /// A sentence when the certificate ends within 14 days of `unix_s`, or has ended.
  [[nodiscard]] std::optional<std::string> expiry_warning(std::int64_t unix_s) const;
  /// When the certificate ends, in Unix time.
  [[nodiscard]] std::uint64_t expires_unix_s() const;

 private:
  TlsFiles files_;
  mutable std::mutex mutex_;
  std::unique_ptr<SSL_CTX, SslDeleter> context_;
  std::int64_t expires_unix_s_ = 0;
};

}  // namespace dialogue::net
