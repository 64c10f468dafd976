// See tls.hpp. OpenSSL 3.
#include "server/net/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "server/net/http_date.hpp"

namespace dialogue::net {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400, kWarnedDays = 14;
// TLS 1.2: ephemeral keys and authenticated encryption only. TLS 1.3 has nothing else.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr unsigned char kSessionContext[] = "dialogue";
// As ALPN writes them, the preferred first: the length, then the name.
constexpr unsigned char kHttp2AndHttp11[] = "\x02h2\x08http/1.1";
constexpr std::size_t kHttp2Bytes = 3;

/// The newest of OpenSSL's errors, in its words.
std::string openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "cannot be read" : reason;
}

int choose_protocol(SSL* session, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int size, void*) {
  unsigned char* found = nullptr;
  const std::size_t skipped = SSL_get_app_data(session) != nullptr ? 0 : kHttp2Bytes;
  const auto served = static_cast<unsigned int>(sizeof kHttp2AndHttp11 - 1 - skipped);
  const int outcome = SSL_select_next_proto(&found, length, kHttp2AndHttp11 + skipped, served, offered, size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int no_pass_phrase(char*, int, int, void*) { return 0; }

void harden(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphers);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // An idle connection holds no buffers; a write that could not be finished may come again from another place.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
}

std::int64_t expiry_of(const X509* certificate) {
  std::tm ends{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &ends) != 1) return 0;
  return ::timegm(&ends);
}

// --- The socket below a session: the descriptor is its BIO's data, cast to a pointer ---

int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool may_try_again() { return errno == EAGAIN || errno == EINTR; }

int read_socket(BIO* bio, char* into, std::size_t size, std::size_t* count) {
  BIO_clear_retry_flags(bio);
  const ssize_t received = ::recv(descriptor_of(bio), into, size, 0);
  if (received > 0) *count = static_cast<std::size_t>(received);
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  if (received < 0 && may_try_again()) BIO_set_retry_read(bio);
  return received > 0 ? 1 : static_cast<int>(received);
}

int write_socket(BIO* bio, const char* bytes, std::size_t size, std::size_t* count) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(descriptor_of(bio), bytes, size, MSG_NOSIGNAL);
  if (sent > 0) *count = static_cast<std::size_t>(sent);
  if (sent < 0 && may_try_again()) BIO_set_retry_write(bio);
  return sent > 0 ? 1 : static_cast<int>(sent);
}

long control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;  // nothing is held here
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
      return 0;
  }
}

BIO_METHOD* new_method() {
  BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
  if (method == nullptr) return nullptr;
  BIO_meth_set_read_ex(method, read_socket);
  BIO_meth_set_write_ex(method, write_socket);
  BIO_meth_set_ctrl(method, control);
  return method;
}

}  // namespace

bool set_tls_socket(SSL* session, int descriptor) {
  static BIO_METHOD* const method = new_method();  // never freed: sessions may outlive whatever ends at exit
  BIO* const bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) return false;
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
  BIO_set_init(bio, 1);
  SSL_set_bio(session, bio, bio);
  return true;
}

std::optional<std::string> TlsCertificate::load() { return load(files_); }

std::optional<std::string> TlsCertificate::load(TlsFiles files) {
  for (const std::string* path : {&files.certificate, &files.key})
    if (std::error_code ignored; std::filesystem::is_fifo(*path, ignored))
      return *path + " is a pipe. Name a file: a reload reads it again and would wait for a writer.";
  ERR_clear_error();
  std::unique_ptr<SSL_CTX, SslDeleter> context(SSL_CTX_new(TLS_server_method()));
  harden(context.get());
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1)
    return "the TLS certificate " + files.certificate + ": " + openssl_error() +
           ". It must be a PEM file: the certificate, followed by its issuers' certificates.";
  X509* const certificate = SSL_CTX_get0_certificate(context.get());  // of another kind than the key, it is not found later
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return "the TLS key " + files.key + ": " + openssl_error() +
           ". It must be the certificate's own private key, a PEM file without a pass phrase.";
  if (X509_check_private_key(certificate, SSL_CTX_get0_privatekey(context.get())) != 1)
    return "the TLS key " + files.key + ": " + openssl_error() + ". It must be the private key of " + files.certificate + ".";
  const std::lock_guard lock(mutex_);
  expires_unix_s_ = expiry_of(certificate);
  context_ = std::move(context);
  files_ = std::move(files);
  return {};
}

SslSession TlsCertificate::begin(bool offers_http2) const {
  const std::lock_guard lock(mutex_);
  SslSession session(SSL_new(context_.get()));
  if (!session) return session;
  SSL_set_accept_state(session.get());
  if (offers_http2) SSL_set_app_data(session.get(), const_cast<unsigned char*>(kHttp2AndHttp11));  // any mark would do
  return session;
}

std::optional<std::string> TlsCertificate::expiry_warning(std::int64_t unix_s) const {
  const std::lock_guard lock(mutex_);
  if (unix_s + kWarnedDays * kSecondsPerDay < expires_unix_s_) return {};
  return "the TLS certificate " + files_.certificate + (unix_s < expires_unix_s_ ? " expires on " : " has expired on ") +
         http_date(expires_unix_s_) + "; renew it, then send SIGHUP";
}

std::uint64_t TlsCertificate::expires_unix_s() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(expires_unix_s_, 0));
}

}  // namespace dialogue::net
