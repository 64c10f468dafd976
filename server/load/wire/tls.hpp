// TLS as a client over a non-blocking socket: the trusted certificates, shared by a run, and one session for each connection.
// Nothing here blocks: a blocked operation returns the event that it waits for. Used by the loop's thread.
#pragma once
#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace dialogue::load {

/// Whose certificates are believed.
struct TlsTrust {
  std::string authorities;        ///< a PEM file; empty: the system's
  bool believes_anybody = false;  ///< no certificate is looked at
};

class TlsContext {
 public:
  /// `host`: the name or address that the certificate must have. Throws SetupError if the file has no certificates.
  TlsContext(const TlsTrust& trust, std::string host);
  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }
  [[nodiscard]] const std::string& host() const { return host_; }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
  std::string host_;
};

class TlsSession {
 public:
  enum class Outcome : std::uint8_t { done, wants_read, wants_write, ended };
  struct Transfer {
    Outcome outcome = Outcome::done;
    std::size_t size = 0;
  };

  /// Of `context`, which outlives it, over `socket`, which is closed by its opener.
  TlsSession(const TlsContext& context, int socket);

  [[nodiscard]] Outcome greet();
  /// done: at least one byte.
  [[nodiscard]] Transfer receive(std::span<char> into);
  /// Sends bytes. Bytes that were not sent must be passed again; more bytes may follow them.
  [[nodiscard]] Transfer send(std::string_view bytes);
  /// Whether TLS has already read bytes from the socket that receive() has not returned; waiting for the socket misses them.
  [[nodiscard]] bool has_unread() const { return SSL_has_pending(session_.get()) != 0; }

  /// Returns, after `ended`, why the connection has ended.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  [[nodiscard]] bool is_refused() const { return is_refused_; }

 private:
  [[nodiscard]] Outcome outcome_of(int result);

  struct Free {
    void operator()(SSL* session) const { SSL_free(session); }
  };
  std::unique_ptr<SSL, Free> session_;
  std::string fault_;
  bool is_refused_ = false;
};

}  // namespace dialogue::load
