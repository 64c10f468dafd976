// See wire.hpp. Reading and writing are coroutines of their own that hold the wire while it is open.
#include "server/doctor/wire/wire.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <sstream>
#include <utility>

#include "server/doctor/wire/await.hpp"

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kReadBytesMax = 16 * 1024;
constexpr std::size_t kUnreadBytesMax = 4 * 1024 * 1024;
constexpr int kSecondsPerDay = 86'400;

std::string words_of(const boost::system::error_code& error) {
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) return "closed";
  if (error == asio::error::connection_reset || error == asio::error::broken_pipe) return "reset";
  return error.message();
}

Certificate certificate_of(SSL* session) {
  Certificate found{.protocol = SSL_get_version(session)};
  X509* const certificate = SSL_get1_peer_certificate(session);
  if (certificate == nullptr) return found;
  int days = 0, seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) == 1)
    found.days_left = (std::int64_t{days} * kSecondsPerDay + seconds) / kSecondsPerDay;
  X509_free(certificate);
  return found;
}

}  // namespace

Wire::Wire(asio::any_io_executor executor, const Route& route)
    : executor_(std::move(executor)), route_(route), socket_(executor_), news_(executor_) {}

asio::awaitable<std::string> Wire::open(Time until) {
  const auto timer = std::make_shared<asio::steady_timer>(executor_, until);
  timer->async_wait([self = weak_from_this(), timer](boost::system::error_code error) {
    if (const auto wire = self.lock(); wire && !error) wire->close();
  });
  const Time began = Clock::now();
  std::string fault;
  if (const auto [error, endpoint] = co_await asio::async_connect(socket_, route_.addresses, kAwait); error) {
    fault = error == asio::error::operation_aborted ? "the connection attempt timed out" : error.message();
  } else {
    connect_time_ = Clock::now() - began;
    std::ostringstream peer;
    peer << endpoint;
    peer_ = peer.str();
    boost::system::error_code not_set;
    socket_.set_option(Tcp::no_delay(true), not_set);
    if (route_.tls) fault = co_await secure();
  }
  timer->cancel();
  if (!fault.empty()) {
    ended(fault);
    co_return fault;
  }
  opened_at_ = moved_at_ = received_at_ = Clock::now();
  asio::co_spawn(
      executor_, [self = shared_from_this()] { return self->read_all(); }, asio::detached);
  co_return "";
}

asio::awaitable<std::string> Wire::secure() {
  const std::string& host = route_.terms.url.host;
  tls_.emplace(socket_, *route_.tls);
  const bool is_checked = !route_.terms.trust.believes_anybody;
  tls_->set_verify_mode(is_checked ? asio::ssl::verify_peer : asio::ssl::verify_none);
  if (is_checked) tls_->set_verify_callback(asio::ssl::host_name_verification(host));
  if (SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str()) != 1) co_return "the host's name cannot be sent";
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAwait);
  if (!error) {
    certificate_ = certificate_of(tls_->native_handle());
    co_return "";
  }
  const long verdict = SSL_get_verify_result(tls_->native_handle());
  if (is_checked && error.message().find("certificate verify failed") != std::string::npos)
    co_return verdict == X509_V_OK ? "the certificate does not name " + host
                                   : std::string("the certificate is not accepted: ") + X509_verify_cert_error_string(verdict);
  co_return "TLS failed: " + (error == asio::error::operation_aborted ? "no answer" : error.message());
}

asio::awaitable<void> Wire::read_all() {
  const auto self = shared_from_this();
  std::array<char, kReadBytesMax> bytes;
  while (!has_ended_) {
    boost::system::error_code error;
    std::size_t size = 0;
    if (tls_)
      std::tie(error, size) = co_await tls_->async_read_some(asio::buffer(bytes), kAwait);
    else
      std::tie(error, size) = co_await socket_.async_read_some(asio::buffer(bytes), kAwait);
    if (error) {
      ended(words_of(error));
      break;
    }
    const Time now = Clock::now();
    silence_ = std::max(silence_, now - received_at_);
    received_at_ = moved_at_ = now;
    received_.append(bytes.data(), size);
    if (received_.size() > kUnreadBytesMax) ended("more was sent than requested");
    news_.cancel();
  }
}

void Wire::send(std::string bytes) {
  if (has_ended_) return;
  unsent_ += bytes;
  if (std::exchange(is_writing_, true)) return;
  asio::co_spawn(
      executor_, [self = shared_from_this()] { return self->write_all(); }, asio::detached);
}

asio::awaitable<void> Wire::write_all() {
  const auto self = shared_from_this();
  while (!unsent_.empty() && !has_ended_) {
    const std::string bytes = std::exchange(unsent_, {});
    boost::system::error_code error;
    std::size_t size = 0;
    if (tls_)
      std::tie(error, size) = co_await asio::async_write(*tls_, asio::buffer(bytes), kAwait);
    else
      std::tie(error, size) = co_await asio::async_write(socket_, asio::buffer(bytes), kAwait);
    if (error) break;  // what the proxy answered may still have to be read: reading finds the end
    moved_at_ = Clock::now();
  }
  is_writing_ = false;
}

asio::awaitable<bool> Wire::until(Time time, std::function<bool()> is_so) {
  const auto self = shared_from_this();
  while (!is_so()) {
    if (has_ended_ || Clock::now() >= time) co_return false;
    news_.expires_at(time);
    static_cast<void>(co_await news_.async_wait(kAwait));
  }
  co_return true;
}

void Wire::close() { ended("closed by doctor"); }

void Wire::ended(std::string how) {
  if (std::exchange(has_ended_, true)) return;
  end_ = std::move(how);
  ended_at_ = Clock::now();
  boost::system::error_code ignored;
  socket_.close(ignored);
  news_.cancel();
}

Clock::duration Wire::longest_silence() const {
  const Time end = has_ended_ ? ended_at_ : Clock::now();
  return std::max(silence_, end - received_at_);
}

}  // namespace dialogue::doctor
