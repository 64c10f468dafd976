// See redis_socket.hpp. OpenSSL works on memory, so that each wait has a deadline and no write raises SIGPIPE.
#include "server/store/redis/connection/redis_socket.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "server/store/redis/connection/redis_error.hpp"

namespace dialogue::store {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;
// What was sent and is not acknowledged by then is lost.
constexpr int kUnacknowledgedMs = 20'000;
constexpr int kKeepIdleSeconds = 10, kKeepIntervalSeconds = 5, kKeepCount = 3;

[[noreturn]] void lose(const std::string& why) { throw RedisError("", why); }

std::string tls_fault() {
  std::array<char, 256> text{};
  ::ERR_error_string_n(::ERR_get_error(), text.data(), text.size());
  return text.data();
}

void set_option(int descriptor, int level, int name, int value) {
  static_cast<void>(::setsockopt(descriptor, level, name, &value, sizeof(value)));
}

void set_options(int descriptor) {
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, kKeepIdleSeconds);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, kKeepIntervalSeconds);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, kKeepCount);
  set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledgedMs);
}

}  // namespace

struct RedisSocket::Tls {
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context{::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&::SSL_free)> session{nullptr, &::SSL_free};
  BIO* received = nullptr;  // the session's
  BIO* to_send = nullptr;   // the session's
};

RedisSocket::RedisSocket(const RedisAddress& address, Clock::time_point deadline) : buffer_(kReadBytes, '\0') {
  try {
    connect(address, deadline);
    if (address.is_secure) begin_tls(address.host, deadline);
  } catch (const RedisError&) {
    if (descriptor_ >= 0) ::close(descriptor_);
    throw;
  }
}

RedisSocket::~RedisSocket() { ::close(descriptor_); }

void RedisSocket::connect(const RedisAddress& address, Clock::time_point deadline) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int outcome = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &wanted, &found);
  if (outcome != 0) lose("the host is not found: " + std::string(::gai_strerror(outcome)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  std::string fault = "the name has no address";
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    descriptor_ = ::socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) continue;
    set_options(descriptor_);
    int error = ::connect(descriptor_, at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      wait_for_socket(POLLOUT, deadline);
      socklen_t size = sizeof(error);
      ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error == 0) return;
    fault = std::strerror(error);
    ::close(std::exchange(descriptor_, -1));
  }
  lose("no connection: " + fault);
}

void RedisSocket::begin_tls(const std::string& host, Clock::time_point deadline) {
  auto tls = std::make_unique<Tls>();
  ::SSL_CTX_set_min_proto_version(tls->context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_verify(tls->context.get(), SSL_VERIFY_PEER, nullptr);
  ::SSL_CTX_set_default_verify_paths(tls->context.get());
  tls->session.reset(::SSL_new(tls->context.get()));
  tls->received = ::BIO_new(::BIO_s_mem());
  tls->to_send = ::BIO_new(::BIO_s_mem());
  SSL* const session = tls->session.get();
  ::SSL_set_bio(session, tls->received, tls->to_send);
  X509_VERIFY_PARAM* const checks = ::SSL_get0_param(session);
  if (::X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) != 1) {
    ::SSL_set_tlsext_host_name(session, host.c_str());
    ::SSL_set1_host(session, host.c_str());
  }
  tls_ = std::move(tls);
  if (run_tls([session] { return ::SSL_connect(session); }, deadline) == 1) return;
  const long verdict = ::SSL_get_verify_result(session);
  lose("TLS: " + (verdict == X509_V_OK ? tls_fault() : ::X509_verify_cert_error_string(verdict)));
}

void RedisSocket::wait_for_socket(short events, Clock::time_point deadline) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) lose("the server does not answer");
    pollfd each{descriptor_, events, 0};
    const int ready = ::poll(&each, 1, static_cast<int>(left.count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) lose(std::strerror(errno));
  }
}

void RedisSocket::send_all(std::string_view bytes, Clock::time_point deadline) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno == EAGAIN)
      wait_for_socket(POLLOUT, deadline);
    else if (errno != EINTR)
      lose(std::strerror(errno));
  }
}

std::string_view RedisSocket::receive(Clock::time_point deadline) {
  for (;;) {
    const ssize_t received = ::recv(descriptor_, buffer_.data(), buffer_.size(), 0);
    if (received > 0) return std::string_view(buffer_).substr(0, static_cast<std::size_t>(received));
    if (received == 0) lose("the server has ended the connection");
    if (errno == EAGAIN)
      wait_for_socket(POLLIN, deadline);
    else if (errno != EINTR)
      lose(std::strerror(errno));
  }
}

void RedisSocket::flush_tls(Clock::time_point deadline) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(tls_->to_send, &bytes);
  if (size <= 0) return;
  send_all({bytes, static_cast<std::size_t>(size)}, deadline);
  static_cast<void>(BIO_reset(tls_->to_send));
}

template <typename Step>
int RedisSocket::run_tls(const Step& step, Clock::time_point deadline) {
  for (;;) {
    ::ERR_clear_error();
    const int outcome = step();
    const int why = ::SSL_get_error(tls_->session.get(), outcome);
    flush_tls(deadline);
    if (outcome > 0 || (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)) return outcome;
    if (why == SSL_ERROR_WANT_WRITE) continue;
    const std::string_view bytes = receive(deadline);
    ::BIO_write(tls_->received, bytes.data(), static_cast<int>(bytes.size()));
  }
}

void RedisSocket::write(std::string_view bytes, Clock::time_point deadline) {
  if (!tls_) return send_all(bytes, deadline);
  constexpr std::size_t kWriteBytes = 64 << 10;  // what is encrypted lies in memory until it is sent
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kWriteBytes, bytes.size()))) {
    const auto size = static_cast<int>(std::min(kWriteBytes, bytes.size()));
    if (run_tls([&] { return ::SSL_write(tls_->session.get(), bytes.data(), size); }, deadline) <= 0) lose("TLS: " + tls_fault());
  }
}

std::string_view RedisSocket::read(Clock::time_point deadline) {
  if (!tls_) return receive(deadline);
  plain_.resize(kReadBytes);
  const int size =
      run_tls([&] { return ::SSL_read(tls_->session.get(), plain_.data(), static_cast<int>(plain_.size())); }, deadline);
  if (size <= 0) lose("TLS: the server has ended the connection");
  return std::string_view(plain_).substr(0, static_cast<std::size_t>(size));
}

void RedisSocket::wait(int wake, std::chrono::milliseconds at_most) {
  if (tls_ && (::SSL_pending(tls_->session.get()) > 0 || BIO_ctrl_pending(tls_->received) > 0)) return;
  std::array<pollfd, 2> all{{{descriptor_, POLLIN, 0}, {wake, POLLIN, 0}}};
  static_cast<void>(::poll(all.data(), all.size(), static_cast<int>(at_most.count())));
}

// What TLS says to itself, such as a session's ticket, does not count.
bool RedisSocket::has_input() {
  for (;;) {
    char byte = 0;
    ::ERR_clear_error();
    const int outcome = tls_ ? ::SSL_peek(tls_->session.get(), &byte, 1) : -1;
    if (tls_ && (outcome > 0 || ::SSL_get_error(tls_->session.get(), outcome) != SSL_ERROR_WANT_READ)) return true;
    pollfd each{descriptor_, POLLIN, 0};
    if (::poll(&each, 1, 0) <= 0) return false;
    if (!tls_) return true;
    const ssize_t received = ::recv(descriptor_, buffer_.data(), buffer_.size(), 0);
    if (received <= 0) return true;
    ::BIO_write(tls_->received, buffer_.data(), static_cast<int>(received));
  }
}

}  // namespace dialogue::store
