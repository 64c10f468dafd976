// accept4 in a loop until the queue is empty; errors are distinguished by their cause.
#include "server/host/listener.hpp"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>

#include "server/core/messages/log_message.hpp"
#include "server/core/util/elapsed.hpp"
#include "server/net/address_range.hpp"

namespace dialogue::host {
namespace {

constexpr int kAcceptsPerTurnMax = 16;  ///< then the sockets that are there have their turn
constexpr auto kPauseTime = std::chrono::milliseconds(100);
constexpr std::uint64_t kLogIntervalMs = 1000;
constexpr std::uint64_t kDayMs = 24ULL * 60 * 60 * 1000;

/// Errors of one peer or its network, which say nothing about the next one; accept(2) lists them.
bool concerns_one_peer(int error_number) {
  switch (error_number) {
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case ENONET:
    case EPERM:
    case EINTR:
      return true;
    default:
      return false;
  }
}

/// What to do about it, where that is known.
std::string advice(const net::error_code& error) {
  if (error == boost::asio::error::address_in_use)
    return ". Another program is using this address: stop it, or listen on another port, as with --listen 127.0.0.1:8081.";
  if (error == boost::asio::error::access_denied)
    return ". Ports below 1024 are reserved: listen on another port, or grant the program CAP_NET_BIND_SERVICE.";
  if (error == boost::asio::error::no_descriptors)
    return ". Raise the limit of open files (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of Docker).";
  return {};
}

std::string address_fault(std::string_view what, const std::string& host, std::uint16_t port, const net::error_code& error) {
  return "cannot " + std::string(what) + " " + host + " port " + std::to_string(port) + ": " + error.message() + advice(error);
}

/// `error`: of the system, where that refused it.
template <typename Acceptor>
std::optional<std::string> bind_to(Acceptor& acceptor, const std::string& host, std::uint16_t port, net::error_code& error) {
  const auto address = boost::asio::ip::make_address(host, error);
  if (error) return "'" + host + "' is not an IP address to listen on";
  const boost::asio::ip::tcp::endpoint endpoint(address, port);
  if (acceptor.open(endpoint.protocol(), error)) return address_fault("open a socket for", host, port, error);
  net::error_code ignored;
  acceptor.set_option(boost::asio::socket_base::reuse_address(true), ignored);
  if (acceptor.bind(endpoint, error)) return address_fault("bind to", host, port, error);
  return {};
}

}  // namespace

Listener::Listener(loop::ShardLoop& home, std::span<const std::unique_ptr<loop::ShardLoop>> loops, loop::ListenerKind kind,
                   const net::DescriptorBudget& budget, std::shared_ptr<const net::TlsCertificate> certificate)
    : home_(home),
      loops_(loops),
      acceptor_(home.executor()),
      pause_timer_(home.executor()),
      budget_(budget),
      certificate_(std::move(certificate)),
      reserved_(budget.reserved),
      kind_(kind) {}

std::optional<std::string> Listener::open(const std::string& host, std::uint16_t port) {
  certificate_look_ms_ = home_.monotonic_ms() + kDayMs;  // who read it has looked
  net::error_code error;
  if (auto fault = bind_to(acceptor_, host, port, error)) return fault;
  if (acceptor_.listen(boost::asio::socket_base::max_listen_connections, error))
    return address_fault("listen on", host, port, error);
  prepare();
  return {};
}

std::optional<std::string> Listener::fault_of(const std::string& host, std::uint16_t port) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor(context);
  net::error_code error;
  auto fault = bind_to(acceptor, host, port, error);
  return error == boost::asio::error::address_in_use ? std::nullopt : fault;
}

std::optional<std::string> Listener::take(int descriptor) {
  using boost::asio::ip::tcp;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  net::error_code error;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return "the socket that was passed cannot be used: " + std::string(std::strerror(errno));
  if (acceptor_.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), descriptor, error))
    return "the socket that was passed cannot be used: " + error.message();
  prepare();
  return {};
}

std::optional<std::string> Listener::open_unix(const std::string& path) {
  net::Descriptor descriptor;
  if (std::string fault = file_.listen(path, descriptor); !fault.empty()) return fault;
  net::error_code error;
  if (acceptor_.assign(boost::asio::ip::tcp::v4(), descriptor.get(), error))
    return "cannot listen on " + path + ": " + error.message();
  static_cast<void>(descriptor.release());
  loopback_ = is_unix_ = true;
  return {};
}

void Listener::prepare() {
  net::error_code ignored;
  acceptor_.non_blocking(true, ignored);
  acceptor_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);  // its sockets inherit that
  const boost::asio::ip::tcp::endpoint endpoint = acceptor_.local_endpoint(ignored);
  port_ = endpoint.port();
  loopback_ = net::is_loopback_address(endpoint.address());
}

void Listener::stop() {
  net::error_code ignored;
  file_.remove();
  acceptor_.close(ignored);
  pause_timer_.cancel();
}

void Listener::wait() {
  acceptor_.async_wait(boost::asio::socket_base::wait_read, [this](const net::error_code& error) {
    if (!error) accept_some();
  });
}

// What was found readable before stop() comes here after it.
void Listener::accept_some() {
  if (!acceptor_.is_open()) return;
  look_at_certificate();
  for (int i = 0; i < kAcceptsPerTurnMax; ++i) {
    boost::asio::ip::tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    net::Descriptor descriptor(::accept4(acceptor_.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (descriptor.get() >= 0) {
      hand_over_accepted(std::move(descriptor), peer, size);
    } else if (errno == EAGAIN) {
      break;
    } else if (!concerns_one_peer(errno)) {
      return pause(errno);
    }
  }
  wait();
}

// A peer on a Unix socket has no address.
void Listener::hand_over_accepted(net::Descriptor descriptor, boost::asio::ip::tcp::endpoint peer, std::size_t peer_bytes) {
  if (is_unix_)
    peer = {boost::asio::ip::address_v4::loopback(), 0};
  else
    peer.resize(peer_bytes);
  hand_over(std::move(descriptor), peer);
}

// Out of descriptors or memory: new connections stay in the kernel's queue, and an immediate retry would only waste CPU time.
void Listener::pause(int error_number) {
  warn("accept_failed", std::string("no connection can be accepted now: ") + std::strerror(error_number));
  pause_timer_.expires_after(kPauseTime);
  pause_timer_.async_wait([this](const net::error_code& error) {
    if (!error) accept_some();
  });
}

void Listener::warn(const char* event, const std::string& message) {
  const std::uint64_t now_ms = home_.monotonic_ms();
  if (core::elapsed_ms(now_ms, last_log_ms_) < kLogIntervalMs) return;
  last_log_ms_ = now_ms;
  home_.context().log(core::log_message(core::LogLevel::warn, event, message));
}

void Listener::look_at_certificate() {
  const core::Time now = home_.now();
  if (!certificate_ || now.monotonic_ms < certificate_look_ms_) return;
  certificate_look_ms_ = now.monotonic_ms + kDayMs;
  if (const auto warning = certificate_->expiry_warning(static_cast<std::int64_t>(now.unix_ms / 1000)))
    home_.context().log(core::log_message(core::LogLevel::warn, "certificate_ends", *warning));
}

// The least loaded, and among equals each in turn.
void Listener::hand_over(net::Descriptor descriptor, const boost::asio::ip::tcp::endpoint& peer) {
  if (home_.load_of_all() >= budget_.sockets_max) return give_reserved(std::move(descriptor), peer);
  std::size_t best = next_loop_ % loops_.size();
  for (std::size_t i = 1; i < loops_.size(); ++i) {
    const std::size_t other = (next_loop_ + i) % loops_.size();
    if (loops_[other]->load() < loops_[best]->load()) best = other;
  }
  next_loop_ = best + 1;
  loops_[best]->admit({.descriptor = std::move(descriptor), .peer = peer, .listener = kind_, .loopback_listener = loopback_});
}

// On this loop, so that a place can be reclaimed immediately.
void Listener::give_reserved(net::Descriptor descriptor, const boost::asio::ip::tcp::endpoint& peer) {
  warn("descriptors_exhausted", "all " + std::to_string(budget_.sockets_max) + " sockets that the limit of " +
                                    std::to_string(budget_.limit) +
                                    " open files allows are in use: only /health, /ready and /metrics are answered. Raise the "
                                    "limit (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of Docker).");
  auto place = reserved_.take();
  if (!place) return;  // closed with its descriptor
  home_.admit({.descriptor = std::move(descriptor),
               .peer = peer,
               .listener = kind_,
               .loopback_listener = loopback_,
               .place = std::move(place)});
}

}  // namespace dialogue::host
