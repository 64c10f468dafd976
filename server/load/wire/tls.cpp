#include "server/load/wire/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "shared/base/setup_error.hpp"

namespace dialogue::load {
namespace {

std::string newest_fault() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "an unknown fault" : reason;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> ignored;
  return inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 || inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

}  // namespace

TlsContext::TlsContext(const TlsTrust& trust, std::string host)
    : context_(SSL_CTX_new(TLS_client_method())), host_(std::move(host)) {
  ERR_clear_error();
  SSL_CTX* const context = context_.get();
  if (context == nullptr) throw SetupError("", "TLS is unavailable: " + newest_fault(), "");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // What is left to send moves to the front of its buffer between two attempts; thousands of idle sessions must cost little.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);                           // or each record would be two reads of the socket
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // each member is another user: a whole handshake
  if (trust.believes_anybody) return;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (trust.authorities.empty())
    SSL_CTX_set_default_verify_paths(context);
  else if (SSL_CTX_load_verify_file(context, trust.authorities.c_str()) != 1)
    throw SetupError(trust.authorities, "no certificates can be read from it: " + newest_fault(),
                     "Name a PEM file with the certificate of the authority, or of the server itself.");
}

TlsSession::TlsSession(const TlsContext& context, int socket) : session_(SSL_new(context.get())) {
  SSL* const session = session_.get();
  SSL_set_fd(session, socket);
  SSL_set_connect_state(session);
  SSL_set_quiet_shutdown(session, 1);  // connections end by a reset
  const std::string& host = context.host();
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str());
  } else {
    SSL_set1_host(session, host.c_str());
    SSL_set_tlsext_host_name(session, host.c_str());
  }
}

TlsSession::Outcome TlsSession::greet() {
  ERR_clear_error();
  return outcome_of(SSL_do_handshake(session_.get()));
}

TlsSession::Transfer TlsSession::receive(std::span<char> into) {
  ERR_clear_error();
  std::size_t size = 0;
  const int result = SSL_read_ex(session_.get(), into.data(), into.size(), &size);
  return {outcome_of(result), size};
}

TlsSession::Transfer TlsSession::send(std::string_view bytes) {
  ERR_clear_error();
  std::size_t size = 0;
  const int result = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &size);
  return {outcome_of(result), size};
}

TlsSession::Outcome TlsSession::outcome_of(int result) {
  if (result == 1) return Outcome::done;
  const int error = errno;
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Outcome::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::wants_write;
    case SSL_ERROR_SSL:
      is_refused_ = true;
      if (const long verdict = SSL_get_verify_result(session_.get()); verdict != X509_V_OK)
        fault_ = std::string("the server's certificate is not trusted: ") + X509_verify_cert_error_string(verdict) +
                 ". Pass the certificate of its authority with --ca FILE, or accept any certificate with --insecure.";
      else
        fault_ = "TLS failed: " + newest_fault();
      break;
    case SSL_ERROR_SYSCALL:
      fault_ = error == 0 ? "the server closed the connection" : std::strerror(error);
      break;
    default:
      fault_ = "the server closed the connection";
  }
  ERR_clear_error();
  return Outcome::ended;
}

}  // namespace dialogue::load
