// Reading, writing and ending of one WebSocket. Every way out leads through end(), once.
#include "server/net/websocket_connection.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "server/core/util/prefetch.hpp"
#include "server/net/shard_loop.hpp"

namespace dialogue {
namespace {

constexpr std::size_t kGatherEntriesMax = 1024;  ///< IOV_MAX on Linux; Asio itself would stop at 64

}  // namespace

WebSocketConnection::WebSocketConnection(ShardLoop& loop, Channel channel, CountedIn counted, const WebSocketLimits& limits)
    : loop_(loop), channel_(std::move(channel)), counted_(std::move(counted)), reader_(WebSocketReader::Role::server, limits) {}

void WebSocketConnection::open(ConnectionId id, Opening opening) {
  id_ = id;
  channel_.detach();
  if (!loop_.sockets().add(channel_.descriptor(), shared_from_this())) return end();
  writer_.push_answer(std::move(opening.answer));
  ask_flush();
  if (opening.first_message) loop_.received(id_, *opening.first_message);
  if (!opening.received.empty()) consume(opening.received);
  if (state_ != State::ended && channel_.has_unread()) read();
}

// --- Reading ---

void WebSocketConnection::expect() const {
  prefetch();
  loop_.expect(id_);
}

void WebSocketConnection::on_ready(bool readable, bool writable) {
  if (writable && write_waits_) {
    write();
    report_backlog();
    tell_drained();
  }
  if (readable && state_ != State::ended) read();
}

void WebSocketConnection::read() {
  const std::span<char> buffer = loop_.read_buffer();
  const Channel::Transfer received = channel_.receive(buffer);
  if (received.outcome == Channel::Outcome::ended) return end();
  if (received.size > 0) consume(buffer.first(received.size));
  if (state_ == State::ended || !channel_.has_unread()) return;
  // In a turn of its own: others have theirs meanwhile.
  boost::asio::post(loop_.executor(), [self = shared_from_this()] {
    if (self->state_ != State::ended) self->read();
  });
}

void WebSocketConnection::consume(std::span<char> input) {
  const std::uint64_t now_ms = loop_.monotonic_ms();
  while (state_ == State::open || state_ == State::closing) {
    const WebSocketEvent event = reader_.next(input, now_ms);
    if (event.kind == WebSocketEvent::Kind::need_more) break;
    on_event(event);
  }
  if (reader_.deadline_ms()) loop_.watch(*this);
}

void WebSocketConnection::on_event(const WebSocketEvent& event) {
  switch (event.kind) {
    case WebSocketEvent::Kind::need_more:
      return;
    case WebSocketEvent::Kind::text:
      if (state_ == State::open) loop_.received(id_, event.payload);
      return;
    case WebSocketEvent::Kind::ping:
      if (state_ != State::open) return;  // nothing goes out after our Close
      writer_.push_pong({event.payload.data(), event.payload.size()});
      return ask_flush();
    case WebSocketEvent::Kind::pong:
      if (state_ == State::open) loop_.alive(id_);
      return;
    case WebSocketEvent::Kind::close:
      return on_close(event);
    case WebSocketEvent::Kind::failure:
      return fail(event.close_code, event.reason, event.error);
  }
}

// The peer's Close: answered with the same code unless ours was first (RFC 6455 section 5.5.1), and the end for the shard.
void WebSocketConnection::on_close(const WebSocketEvent& event) {
  if (state_ == State::open) {
    const std::uint16_t code = event.close_code;
    if (code == close_code::kNormal || code == close_code::kGoingAway || code == close_code::kNoStatus) loop_.said_goodbye(id_);
    loop_.leave(id_);
    close(event.close_code, {});
  }
  linger();
}

// A fault below the protocol. Where the protocol has a word for it, the shard says it (BYE) and closes; else only the Close
// tells.
void WebSocketConnection::fail(std::uint16_t code, std::string_view reason, ErrorCode error) {
  if (state_ == State::open && error != ErrorCode::ok) loop_.violated(id_, error);
  close(code, reason);
  loop_.leave(id_);
  linger();
}

// --- Writing ---

void WebSocketConnection::failed_login(std::uint64_t now_ms) {
  const RateLimit limit = loop_.context().address_limits->logins();
  if (limit.max_events > 0) failed_logins_.take(limit, now_ms);
}

bool WebSocketConnection::failed_too_often(std::uint64_t now_ms) const {
  const RateLimit limit = loop_.context().address_limits->logins();
  return limit.max_events > 0 && failed_logins_.wait_ms(limit, now_ms) > 0;
}

void WebSocketConnection::send(SharedBytes text, std::uint32_t frames) {
  if (state_ != State::open) return;
  writer_.push_text(std::move(text), frames);
  ask_flush();
}

void WebSocketConnection::ping() {
  if (state_ != State::open) return;
  writer_.push_control(Opcode::ping, {});
  is_pinged_ = true;
  if (!write_waits_) progress_ms_ = loop_.monotonic_ms();
  loop_.watch(*this);
  ask_flush();
}

void WebSocketConnection::ask_drained() {
  if (state_ != State::open) return;
  drained_asked_ = true;
  ask_flush();
}

void WebSocketConnection::tell_drained() {
  if (state_ != State::open || !writer_.empty() || channel_.has_unsent() || !std::exchange(drained_asked_, false)) return;
  // In a turn of its own, so that one reader of a long log does not keep the loop from the others.
  boost::asio::post(loop_.executor(), [self = shared_from_this()] {
    if (self->state_ == State::open) self->loop_.drained(self->id_);
  });
}

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  writer_.push_control(Opcode::close, close_payload(code, reason));
  state_ = State::closing;
  closing_deadline_ms_ = loop_.monotonic_ms() + loop_.context().config.websocket.closing_timeout_ms;
  loop_.watch(*this);
  ask_flush();
}

void WebSocketConnection::ask_flush() {
  if (flush_asked_) return;
  flush_asked_ = true;
  loop_.ask_flush(*this);
}

void WebSocketConnection::prefetch() const { prefetch_object(*this); }

void WebSocketConnection::flush() {
  flush_asked_ = false;
  if (state_ == State::ended) return;
  if (!write_waits_) write();
  report_backlog();
  tell_drained();
}

void WebSocketConnection::report_backlog() {
  const bool has_backlog = !writer_.empty();
  if (state_ != State::open || !(std::exchange(backlog_reported_, has_backlog) || has_backlog)) return;
  loop_.backlog(id_, writer_.bytes(), has_backlog ? loop_.monotonic_ms() - progress_ms_ : 0);
}

void WebSocketConnection::write() {
  std::array<iovec, kGatherEntriesMax> entries;
  bool has_progress = !write_waits_;  // a stall is counted from when something had to wait
  while (!writer_.empty() || channel_.has_unsent()) {
    const Channel::Transfer sent = channel_.send({entries.data(), writer_.gather(entries)});
    if (sent.size > 0) writer_.consumed(sent.size);
    has_progress = has_progress || sent.size > 0;
    if (sent.outcome == Channel::Outcome::ended) return end();
    if (sent.outcome == Channel::Outcome::done) continue;
    if (has_progress) progress_ms_ = loop_.monotonic_ms();
    unacknowledged_ = channel_.unacknowledged();
    return wait_writable(true);
  }
  wait_writable(false);
  if (state_ == State::lingering && !shut_) {
    shut_ = true;
    channel_.shut_down_sending();
  }
}

// The kernel may hold megabytes and ask for more only when a third of them has gone: what the peer takes of them is progress too.
bool WebSocketConnection::note_progress(std::uint64_t now_ms) {
  const std::size_t left = channel_.unacknowledged();
  if (std::exchange(unacknowledged_, left) > left) progress_ms_ = now_ms;
  return left > 0;
}

void WebSocketConnection::wait_writable(bool waits) {
  if (waits == write_waits_) return;
  write_waits_ = waits;
  loop_.sockets().ask_writable(channel_.descriptor(), waits);
  if (waits) loop_.watch(*this);
}

// --- Ending ---

void WebSocketConnection::linger() {
  if (state_ == State::ended) return;
  state_ = State::lingering;
  ask_flush();
}

void WebSocketConnection::end(Ending ending) {
  if (state_ == State::ended) return;
  state_ = State::ended;
  // Whoever called may be within this connection: it goes in a turn of its own.
  boost::asio::post(loop_.executor(), [self = loop_.sockets().remove(channel_.descriptor())] {});
  ending == Ending::reset ? channel_.abort() : channel_.close();
  loop_.leave(id_);
}

bool WebSocketConnection::sweep(std::uint64_t now_ms) {
  if (state_ == State::ended) return false;
  if (state_ != State::open) {
    if (now_ms < closing_deadline_ms_) return true;
    end(channel_.unacknowledged() > 0 ? Ending::reset : Ending::close);  // what nobody takes would wait for minutes
    return false;
  }
  if (const auto deadline = reader_.deadline_ms(); deadline && now_ms >= *deadline) {
    fail(close_code::kPolicyViolation, "the message took too long", ErrorCode::ok);
    return true;
  }
  is_pinged_ = note_progress(now_ms) && is_pinged_;
  if (write_waits_ || is_pinged_) loop_.backlog(id_, writer_.bytes(), now_ms - progress_ms_);
  return write_waits_ || is_pinged_ || reader_.deadline_ms().has_value();
}

}  // namespace dialogue
