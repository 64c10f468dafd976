// The steps in their order. What costs nothing comes first: an address's limits, then TLS, then words.
#include "server/transport/tcp/tcp_arrival.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/net/proxy_header.hpp"
#include "server/transport/tcp/goodbye.hpp"
#include "server/transport/tcp/tcp_handoff.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t kRetryMs = 10'000;  ///< where the server cannot say when there will be room
constexpr std::string_view kNoProxyHeader = "The connection does not start with a PROXY header of a trusted proxy.";

}  // namespace

void TcpArrival::begin(loop::ShardLoop& loop, const TcpContext& context, loop::AcceptedSocket from) {
  net::Socket socket(loop.executor());
  net::error_code error;
  socket.assign(from.peer.protocol(), from.descriptor.get(), error);
  if (error) return;
  (void)from.descriptor.release();
  const bool is_encrypted = from.listener == loop::ListenerKind::tcp_tls;
  net::ByteStream stream(std::move(socket), is_encrypted ? context.tls->begin() : nullptr);
  const auto arrival = std::make_shared<TcpArrival>(loop, context, std::move(stream), std::move(from));
  asio::co_spawn(
      loop.executor(), [arrival]() -> Awaitable<void> { co_await arrival->run(); }, asio::detached);
}

TcpArrival::TcpArrival(loop::ShardLoop& loop, const TcpContext& context, net::ByteStream stream, loop::AcceptedSocket from)
    : loop_(loop),
      context_(context),
      stream_(std::move(stream)),
      count_(std::move(from.count)),
      place_(context.connections),
      peer_(net::unmapped(from.peer.address())),
      loopback_listener_(from.loopback_listener) {}

TcpArrival::Awaitable<void> TcpArrival::run() {
  set_deadline(context_.limits.opening_timeout_ms);
  const bool is_known = co_await read_proxy_header();
  if (!is_known) co_return;
  const bool wants_tls = stream_.is_encrypted();
  if (const std::optional<TcpRefusal> refusal = admit()) {
    if (!wants_tls) co_await refuse(*refusal);  // words cost more than they are worth before TLS
    co_return;
  }
  if (wants_tls) {
    const bool is_secure = co_await secure();
    if (!is_secure) co_return;
    if (!stream_.is_encrypted()) {
      const TcpRefusal refusal(ErrorCode::frame_malformed, "This port uses TLS: connect with tls://.");
      co_return co_await refuse(refusal);
    }
  }
  std::string received = co_await read_first();
  std::optional<TcpRefusal> refusal;
  if (received.empty())
    refusal = interrupted_;
  else if (const std::string_view why = why_not_frames(received); !why.empty())
    refusal = TcpRefusal(ErrorCode::frame_malformed, why);
  if (refusal)
    co_await refuse(*refusal);
  else if (!received.empty())
    become_connection(std::move(received));
}

// What follows the header may be TLS's: so bytes are looked at before they are taken.
TcpArrival::Awaitable<bool> TcpArrival::read_proxy_header() {
  if (!context_.expects_proxy_header) co_return true;
  std::array<char, net::kProxyHeaderBytesMax> bytes;
  std::size_t taken = 0;
  net::ProxyHeader header{.kind = net::is_in(peer_, context_.trusted_proxies) ? net::ProxyHeader::Kind::need_more
                                                                              : net::ProxyHeader::Kind::malformed};
  while (header.kind == net::ProxyHeader::Kind::need_more) {
    const auto [error, size] = co_await stream_.peek_below_tls(std::span(bytes).subspan(taken));
    if (error) co_return false;
    header = net::read_proxy_header({bytes.data(), taken + size});
    const std::size_t used = header.kind == net::ProxyHeader::Kind::whole ? header.size - taken : size;
    if (header.kind != net::ProxyHeader::Kind::malformed && stream_.take_below_tls(std::span(bytes).subspan(taken, used)))
      co_return false;
    taken += used;
  }
  if (header.kind == net::ProxyHeader::Kind::malformed) {
    loop_.log(core::LogLevel::info, "connection_refused",
              JsonText().text("address", peer_.to_string()).text("reason", kNoProxyHeader).take());
    co_return false;
  }
  if (header.client) peer_ = net::unmapped(*header.client);
  co_return true;
}

std::optional<TcpRefusal> TcpArrival::admit() {
  const std::uint64_t now_ms = loop_.monotonic_ms();
  auto counted = context_.address_limits.connect(peer_);
  if (!counted) return TcpRefusal(ErrorCode::too_many_connections, "This address has too many connections.", kRetryMs);
  counted_ = std::move(*counted);
  if (context_.connections.load(std::memory_order_relaxed) > context_.limits.connections_max)
    return TcpRefusal(ErrorCode::server_full, "The server has too many TCP connections; see --tcp-connections-max.", kRetryMs);
  if (loop_.draining()) return TcpRefusal(ErrorCode::draining);
  if (context_.memory.is_over(now_ms))
    return TcpRefusal(ErrorCode::server_full, "The server has reached its memory limit.", kRetryMs);
  if (const std::uint64_t ms = context_.address_limits.take(peer_, net::AddressLimits::Tier::handshake, now_ms); ms > 0)
    return TcpRefusal(ErrorCode::rate_limited, "Too many connection attempts from this address.", ms);
  if (stream_.is_encrypted() && context_.address_limits.take(peer_, net::AddressLimits::Tier::tls, now_ms) > 0)
    return TcpRefusal(ErrorCode::rate_limited, "Too many TLS handshakes from this address.");
  return std::nullopt;
}

TcpArrival::Awaitable<bool> TcpArrival::secure() {
  const net::error_code error = co_await stream_.accept_tls();
  co_return !error;
}

TcpArrival::Awaitable<std::string> TcpArrival::read_first() {
  set_deadline(context_.limits.hello_timeout_ms);
  const std::span<char> buffer = loop_.read_buffer();  // shared by all: a silent peer has none
  awaits_first_ = true;
  const auto [error, size] = co_await stream_.read_some(asio::buffer(buffer.data(), buffer.size()));
  awaits_first_ = false;
  co_return error ? std::string() : std::string(buffer.data(), size);
}

void TcpArrival::become_connection(std::string received) {
  unlink();
  core::PeerFacts peer;
  peer.transport = TransportKind::tcp;
  peer.address = net::address_text(peer_);
  peer.loopback_peer = net::is_loopback_address(peer_);
  peer.loopback_listener = loopback_listener_;
  peer.loopback_host = peer.origin_trusted = true;  // no page can connect here: a browser's first bytes are not a frame
  peer.forwarded = context_.expects_proxy_header;
  loop::ShardLoop& loop = loop_.loop_for(received);
  auto handoff = std::make_unique<TcpHandoff>(std::move(stream_), net::AdmissionGuard{std::move(count_), std::move(counted_)},
                                              std::move(peer), std::move(place_), std::move(received), context_.limits);
  if (&loop == &loop_)
    handoff->open(loop_);
  else
    loop_.hand_over(std::move(handoff), loop);
}

// An immediate close would reset the connection if bytes of the peer are unread, and lose the last line.
TcpArrival::Awaitable<void> TcpArrival::refuse(TcpRefusal refusal) {
  const auto [code, message, retry_after_ms] = refusal;
  const std::string text = message.empty() ? core::error_message(code, {}) : std::string(message);
  loop_.log(core::LogLevel::info, "connection_refused",
            JsonText().text("address", peer_.to_string()).text("code", error_name(code)).text("reason", text).take());
  place_ = net::ConnectionCountGuard();
  set_deadline(context_.limits.closing_timeout_ms);
  const std::string bye = bye_frame(code, text, retry_after_ms);
  net::error_code error = co_await stream_.write(bye, "\n");
  if (error) co_return;
  stream_.shut_down_sending();
  std::array<char, 1024> dropped;
  while (!error) error = (co_await stream_.read_some(asio::buffer(dropped))).first;
}

// --- Deadlines ---

void TcpArrival::set_deadline(std::uint64_t after_ms) {
  deadline_ms_ = loop_.monotonic_ms() + after_ms;
  loop_.watch(*this);
}

bool TcpArrival::sweep(std::uint64_t now_ms) {
  if (now_ms < deadline_ms_) return true;
  if (!awaits_first_ || interrupted_) {
    abandon();
    return false;
  }
  interrupted_ = TcpRefusal(ErrorCode::hello_timeout, "No data was received: HELLO must be the first line.", 0);
  stream_.cancel();
  return true;
}

void TcpArrival::drain() {
  if (!awaits_first_ || interrupted_) return abandon();
  interrupted_ = TcpRefusal(ErrorCode::draining);
  stream_.cancel();
}

}  // namespace dialogue::transport
