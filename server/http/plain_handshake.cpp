// See plain_handshake.hpp. on_ready() only asks for a turn: handshakes wait for members, who are served first.
#include "server/http/plain_handshake.hpp"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>
#include <variant>

#include "server/http/connection_admission.hpp"
#include "server/http/http_session.hpp"
#include "server/loop/shard_loop.hpp"

namespace dialogue::http {
namespace {

constexpr std::size_t kReadBytes = 8 * 1024;  // a head; what comes behind it, its session reads

}  // namespace

void PlainHandshake::begin(loop::ShardLoop& loop, const HttpContext& context, loop::AcceptedSocket socket) {
  const auto handshake = std::make_shared<PlainHandshake>(loop, context, std::move(socket));
  if (const auto& place = handshake->socket_.place) place->leave = [handshake = handshake.get()] { handshake->end(); };
  handshake->wait();
}

PlainHandshake::PlainHandshake(loop::ShardLoop& loop, const HttpContext& context, loop::AcceptedSocket socket)
    : loop_(loop),
      context_(context),
      socket_(std::move(socket)),
      fsm_(context.handshake_rules, socket_.peer.address(),
           {.expects_proxy_header = context.config.expects_proxy_header && !loop::is_for_operators(socket_.listener)}),
      deadline_ms_(loop.monotonic_ms() + context.config.http.header_timeout_ms) {}

void PlainHandshake::wait() {
  if (!loop_.sockets().add(socket_.descriptor.get(), shared_from_this())) return;
  loop_.watch(*this);
  if (is_admitted() && (!counted_ || !socket_.received.empty())) ask_take_up();
}

void PlainHandshake::on_ready(bool, bool) { ask_take_up(); }

void PlainHandshake::ask_take_up() {
  if (std::exchange(is_asked_, true)) return;
  boost::asio::post(loop_.executor(), [self = shared_from_this()] {
    self->is_asked_ = false;
    self->take_up();
  });
}

// A half-closed peer may still expect a response.
void PlainHandshake::take_up() {
  if (!is_here()) return;
  loop_.note_handshake();
  const bool has_more = read();
  if (is_admitted()) {
    HandshakeFsm::Step step = resume();
    HandshakeFsm::Request request;
    std::optional<UpgradeRefusal> refused;
    if (step.action == HandshakeFsm::Action::serve) {
      request = fsm_.take_request();
      if (becomes_connection(request, refused)) return;
    }
    if (step.action != HandshakeFsm::Action::read) {
      unlink();
      const auto self = loop_.sockets().remove(socket_.descriptor.get());
      return HttpSession::go_on(loop_, context_, std::move(socket_), std::move(fsm_), std::move(counted_),
                                {std::move(step), std::move(request), std::move(refused)});
    }
  }
  if (!has_more) end();
}

bool PlainHandshake::read() {
  const std::span<char> buffer = loop_.read_buffer().first(kReadBytes);
  const ssize_t size = ::recv(socket_.descriptor.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size > 0) socket_.received.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

HandshakeFsm::Step PlainHandshake::resume() {
  const HandshakeFsm::Step step = fsm_.resume(socket_.received);
  socket_.received.erase(0, step.consumed);
  return step;
}

bool PlainHandshake::is_admitted() {
  if (fsm_.is_admitted() || !is_here()) return fsm_.is_admitted();
  const HandshakeFsm::Step step = resume();
  if (step.action == HandshakeFsm::Action::drop) {
    log_refusal(loop_, fsm_.peer(), fsm_.peer(), step.refused);
    end();
  }
  if (step.action != HandshakeFsm::Action::admit) return false;
  counted_ = count_peer(context_, fsm_.peer());
  fsm_.admitted(counted_ ? std::nullopt : std::optional(kTooManyConnections));
  return true;
}

bool PlainHandshake::becomes_connection(HandshakeFsm::Request& request, std::optional<UpgradeRefusal>& refused) {
  if (socket_.place || loop::is_for_operators(socket_.listener)) return false;  // HTTP has the words for it
  const RequestHeader& header = request.parser->get();
  const TransportUpgrade* const upgrade = context_.upgrade_for(header, request.checked);
  if (upgrade == nullptr) return false;
  auto decided = upgrade->judge(context_, header, request.checked, {fsm_.peer(), false, socket_.loopback_listener},
                                loop_.draining(), loop_.now());
  if (auto* why = std::get_if<UpgradeRefusal>(&decided)) {
    refused = std::move(*why);
    return false;
  }
  counted_ = count_client(context_, fsm_.peer(), std::move(*counted_), header);
  if (!counted_) {
    refused = UpgradeRefusal(kTooManyConnections);
    return false;
  }
  Upgrade& granted = std::get<Upgrade>(decided);
  net::AdmissionGuard admission{std::move(socket_.count), std::move(*counted_)};
  unlink();
  loop::ShardLoop& loop = granted.loop            ? loop_.peer(*granted.loop)
                          : granted.first_message ? loop_.loop_for(*granted.first_message)
                                                  : loop_;
  const bool stays = &loop == &loop_;
  const auto self = stays ? nullptr : loop_.sockets().remove(socket_.descriptor.get());
  auto handoff = upgrade->make(net::ByteStream(std::move(socket_.descriptor)), std::move(admission), std::move(granted),
                               std::move(socket_.received));
  stays ? handoff->open(loop_) : loop_.hand_over(std::move(handoff), loop);
  return true;
}

bool PlainHandshake::sweep(std::uint64_t now_ms) {
  if (is_here() && now_ms >= deadline_ms_) end();
  return is_here();
}

void PlainHandshake::end() {
  if (!is_here()) return;
  // The caller may be within this: it goes in a turn of its own.
  boost::asio::post(loop_.executor(), [self = loop_.sockets().remove(socket_.descriptor.get())] {});
  socket_.descriptor = net::Descriptor();
}

}  // namespace dialogue::http
