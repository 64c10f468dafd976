// See arrival.hpp. on_ready() only asks for a turn: who arrives waits for members, who are served first.
#include "server/net/arrival.hpp"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cerrno>
#include <utility>
#include <variant>

#include "server/net/http_head.hpp"
#include "server/net/http_session.hpp"
#include "server/net/proxy_header.hpp"
#include "server/net/upgrade.hpp"
#include "server/net/websocket_connection.hpp"

namespace dialogue {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kHeadReadBytes = 8 * 1024;  // a head; what comes behind it, its session reads

}  // namespace

void Arrival::begin(ShardLoop& loop, NewSocket socket) {
  if (socket.place && socket.place->is_lost) return;
  if (socket.received.size() > kHttpBufferBytesMax) return;  // an adopted request that no limit of ours would let pass
  if (socket.listener == ListenerKind::tls) return HttpSession::begin(loop, std::move(socket));
  const auto arrival = std::make_shared<Arrival>(loop, std::move(socket));
  if (const auto& place = arrival->socket_.place) place->leave = [arrival = arrival.get()] { arrival->end(); };
  arrival->wait();
}

Arrival::Arrival(ShardLoop& loop, NewSocket socket)
    : loop_(loop),
      socket_(std::move(socket)),
      peer_(unmapped(socket_.peer.address())),
      deadline_ms_(loop.monotonic_ms() + loop.context().config.http.header_timeout_ms) {}

void Arrival::wait() {
  if (!loop_.sockets().add(socket_.descriptor.get(), shared_from_this())) return;
  loop_.watch(*this);
  if (knows_peer() && (!counted_ || !socket_.received.empty())) ask_take_up();
}

void Arrival::on_ready(bool, bool) { ask_take_up(); }

void Arrival::ask_take_up() {
  if (std::exchange(is_asked_, true)) return;
  boost::asio::post(loop_.executor(), [self = shared_from_this()] {
    self->is_asked_ = false;
    self->take_up();
  });
}

// Who has ended his side may still want an answer.
void Arrival::take_up() {
  if (!is_here()) return;
  loop_.arrived();
  const bool has_more = read();
  if (knows_peer()) {
    if (!counted_) return go_on_as_http();
    const HttpHead head = find_head(socket_.received, loop_.context().config.http);
    if (head.size != 0 && becomes_websocket(head.size)) return;
    if (head.size != 0 || head.status != 0) return go_on_as_http();
  }
  if (!has_more) end();
}

bool Arrival::read() {
  const std::span<char> buffer = loop_.read_buffer().first(kHeadReadBytes);
  const ssize_t size = ::recv(socket_.descriptor.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size > 0) socket_.received.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

bool Arrival::knows_peer() {
  if (knows_peer_ || !is_here()) return knows_peer_;
  const ServerConfig& config = loop_.context().config;
  if (config.expects_proxy_header && socket_.listener != ListenerKind::metrics) {
    const ProxyHeader header = is_in(peer_, config.trusted_proxies) ? read_proxy_header(socket_.received)
                                                                    : ProxyHeader{.kind = ProxyHeader::Kind::malformed};
    if (header.kind == ProxyHeader::Kind::need_more) return false;
    if (header.kind == ProxyHeader::Kind::malformed) {
      log_refusal(loop_, peer_, peer_, 400, kNoProxyHeader);
      end();
      return false;
    }
    if (header.client) peer_ = unmapped(*header.client);
    socket_.received.erase(0, header.size);
  }
  counted_ = loop_.context().address_limits->connect(peer_);
  return knows_peer_ = true;
}

bool Arrival::becomes_websocket(std::size_t head_bytes) {
  if (socket_.place || socket_.listener == ListenerKind::metrics) return false;  // HTTP has the words for it
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(head_bytes + 1));  // its size was checked already
  error_code error;
  parser.put(boost::asio::buffer(socket_.received.data(), head_bytes), error);
  if (error) return false;
  const RequestHeader& header = parser.get();
  const auto checked = check_request(header);
  const auto* request = std::get_if<CheckedRequest>(&checked);
  if (request == nullptr || !wants_websocket(header)) return false;
  auto decided =
      upgrade(loop_.context(), header, *request, {peer_, false, socket_.loopback_listener}, loop_.draining(), loop_.now());
  auto* granted = std::get_if<Upgrade>(&decided);
  if (granted == nullptr) return false;  // HTTP has the words for it
  AddressLimits::Connection counted = granted->counted ? std::move(*granted->counted) : std::move(*counted_);
  unlink();
  CountedIn counted_in{std::move(socket_.load), std::move(counted)};
  Opening opening{std::move(granted->answer), std::move(granted->first_message), socket_.received.substr(head_bytes)};
  ShardLoop& loop = opening.first_message ? loop_.loop_for(*opening.first_message) : loop_;
  if (&loop == &loop_) {
    loop_.open_websocket(Channel(std::move(socket_.descriptor)), std::move(counted_in), granted->peer, std::move(opening));
    return true;
  }
  const auto self = loop_.sockets().remove(socket_.descriptor.get());
  loop_.hand_over({std::move(socket_.descriptor), std::move(counted_in), std::move(granted->peer), std::move(opening)}, loop);
  return true;
}

void Arrival::go_on_as_http() {
  unlink();
  const auto self = loop_.sockets().remove(socket_.descriptor.get());
  HttpSession::go_on(loop_, std::move(socket_), peer_, std::move(counted_));
}

bool Arrival::sweep(std::uint64_t now_ms) {
  if (is_here() && now_ms >= deadline_ms_) end();
  return is_here();
}

void Arrival::end() {
  if (!is_here()) return;
  // Whoever called may be within this: it goes in a turn of its own.
  boost::asio::post(loop_.executor(), [self = loop_.sockets().remove(socket_.descriptor.get())] {});
  socket_.descriptor = Descriptor();
}

}  // namespace dialogue
