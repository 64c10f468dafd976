// See engine_socket.hpp. Every way out leads through close(), once.
#include "server/transport/engineio/engine_socket.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "server/core/util/elapsed.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/transport/websocket/websocket_frame.hpp"

namespace dialogue::transport {
namespace {

constexpr std::size_t kFrameEntriesMax = 256;

}  // namespace

EngineSocket::EngineSocket(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission,
                           const WebSocketLimits& limits)
    : loop_(loop), stream_(std::move(stream)), admission_(std::move(admission)), reader_(WebSocketReader::Role::server, limits) {}

bool EngineSocket::begin(Owner* owner, std::string answer) {
  stream_.detach();
  if (!loop_.sockets().add(stream_.descriptor(), shared_from_this())) {
    stream_.close();
    phase_ = Phase::closed;
    return false;
  }
  owner_ = owner;
  writer_.push_answer(std::move(answer));
  return true;
}

void EngineSocket::read_first(std::string received) {
  const auto self = shared_from_this();
  if (!received.empty()) consume(received);
  if (phase_ != Phase::closed && stream_.has_unread()) read();
}

void EngineSocket::on_ready(bool readable, bool writable) {
  const auto self = shared_from_this();
  if (writable && write_waits_) {
    flush();
    if (write_waits_ && owner_ != nullptr) owner_->socket_moved(*this);
  }
  if (readable && phase_ != Phase::closed) read();
}

// --- Reading ---

void EngineSocket::read() {
  const net::ByteStream::Transfer received = stream_.receive(loop_.read_buffer());
  if (received.outcome == net::ByteStream::Outcome::ended) return lose();
  loop_.sockets().count_read(received.size);
  if (received.size > 0) consume(loop_.read_buffer().first(received.size));
  if (phase_ == Phase::closed || !stream_.has_unread()) return;
  boost::asio::post(loop_.executor(), [self = shared_from_this()] {
    if (self->phase_ != Phase::closed) self->read();
  });
}

void EngineSocket::consume(std::span<char> input) {
  const std::uint64_t now_ms = loop_.monotonic_ms();
  while (phase_ == Phase::open || phase_ == Phase::closing) {
    const WebSocketEvent event = reader_.next(input, now_ms);
    if (event.kind == WebSocketEvent::Kind::need_more) break;
    on_event(event);
  }
  if (owner_ != nullptr) owner_->socket_read(*this);
  if (phase_ == Phase::open && !writer_.empty()) flush();  // a pong
  if (reader_.deadline_ms()) loop_.watch(*this);
}

void EngineSocket::on_event(const WebSocketEvent& event) {
  switch (event.kind) {
    case WebSocketEvent::Kind::need_more:
    case WebSocketEvent::Kind::pong:
      return;
    case WebSocketEvent::Kind::text:
    case WebSocketEvent::Kind::binary:
      if (owner_ != nullptr) owner_->socket_message(*this, event.payload, event.kind == WebSocketEvent::Kind::binary);
      return;
    case WebSocketEvent::Kind::ping:
      if (phase_ == Phase::open) writer_.push_pong({event.payload.data(), event.payload.size()});
      return;
    case WebSocketEvent::Kind::close:
    case WebSocketEvent::Kind::failure:
      if (phase_ == Phase::open) ended_by_peer(event);
      return linger();
  }
}

void EngineSocket::ended_by_peer(const WebSocketEvent& event) {
  const bool is_close = event.kind == WebSocketEvent::Kind::close;
  const ErrorCode fault = event.error != ErrorCode::ok ? event.error : ErrorCode::request_invalid;
  if (!is_close && owner_ != nullptr) owner_->socket_violated(*this, fault, event.reason);
  Owner* const owner = std::exchange(owner_, nullptr);
  release(event.close_code, event.reason);
  if (owner != nullptr)
    owner->socket_lost(*this, is_close && is_orderly_close(event.close_code) ? EngineEnd::in_order : EngineEnd::lost);
}

// --- Writing ---

void EngineSocket::flush() {
  std::array<iovec, kFrameEntriesMax> entries;
  while (phase_ != Phase::closed && !is_written()) {
    const net::ByteStream::Transfer sent = stream_.send({entries.data(), writer_.gather(entries)});
    if (sent.size > 0) {
      writer_.consumed(sent.size);
      progress_ms_ = loop_.monotonic_ms();
    }
    if (sent.outcome == net::ByteStream::Outcome::ended) return lose();
    if (sent.outcome == net::ByteStream::Outcome::done) continue;
    unacknowledged_ = stream_.unacknowledged();
    if (std::exchange(write_waits_, true)) return;
    progress_ms_ = loop_.monotonic_ms();
    return loop_.sockets().ask_writable(stream_.descriptor(), true);
  }
  if (phase_ == Phase::closed) return;
  if (std::exchange(write_waits_, false)) written();
  if (phase_ == Phase::lingering && !std::exchange(shut_, true)) stream_.shut_down_sending();
}

// After the call that sent the rest, the loop does not announce this socket any more. The owner is notified here, in a turn of
// its own, since it may be the caller.
void EngineSocket::written() {
  loop_.sockets().ask_writable(stream_.descriptor(), false);
  boost::asio::post(loop_.executor(), [self = shared_from_this()] {
    if (self->owner_ != nullptr) self->owner_->socket_moved(*self);
  });
}

// The kernel may hold megabytes and ask for more only when a third of them has gone: what the peer takes of them is progress too.
std::uint64_t EngineSocket::stalled_ms(std::uint64_t now_ms) {
  if (phase_ == Phase::closed || !write_waits_) return 0;
  const std::size_t left = stream_.unacknowledged();
  if (std::exchange(unacknowledged_, left) > left) progress_ms_ = now_ms;
  return core::elapsed_ms(now_ms, progress_ms_);
}

// --- Ending ---

void EngineSocket::release(std::uint16_t code, std::string_view reason) {
  owner_ = nullptr;
  if (phase_ != Phase::open) return;
  const auto self = shared_from_this();
  writer_.push_control(Opcode::close, close_payload(code, reason));
  phase_ = Phase::closing;
  end_within_limit();
  if (!write_waits_) flush();
}

void EngineSocket::linger() {
  if (phase_ == Phase::closed || phase_ == Phase::lingering) return;
  phase_ = Phase::lingering;
  end_within_limit();
  if (!write_waits_) flush();
}

void EngineSocket::end_within_limit() {
  deadline_ms_ = loop_.monotonic_ms() + reader_.limits().closing_timeout_ms;
  loop_.watch(*this);
}

void EngineSocket::lose() {
  Owner* const owner = std::exchange(owner_, nullptr);
  const auto self = shared_from_this();
  close();
  if (owner != nullptr) owner->socket_lost(*this, EngineEnd::lost);
}

void EngineSocket::close() {
  owner_ = nullptr;
  if (std::exchange(phase_, Phase::closed) == Phase::closed) return;
  // The caller may be within this object, so it is destroyed in a separate turn.
  boost::asio::post(loop_.executor(), [self = loop_.sockets().remove(stream_.descriptor())] {});
  const bool is_late = deadline_ms_ != 0 && stream_.unacknowledged() > 0;  // unread data would wait for minutes
  is_late ? stream_.abort() : stream_.close();
}

bool EngineSocket::sweep(std::uint64_t now_ms) {
  if (phase_ == Phase::closed) return false;
  const bool is_slow = reader_.deadline_ms() && now_ms >= *reader_.deadline_ms();
  if (is_slow || (phase_ != Phase::open && now_ms >= deadline_ms_)) {
    lose();
    return false;
  }
  return phase_ != Phase::open || reader_.deadline_ms().has_value();
}

}  // namespace dialogue::transport
