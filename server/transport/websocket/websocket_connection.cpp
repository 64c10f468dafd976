// The effects of messages and control frames. Reading and writing of bytes: SocketTransport.
#include "server/transport/websocket/websocket_connection.hpp"

#include <utility>

#include "server/loop/shard_loop.hpp"
#include "server/transport/websocket/binary_message.hpp"

namespace dialogue::transport {

WebSocketConnection::WebSocketConnection(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission,
                                         const WebSocketLimits& limits, BinaryTexts& texts)
    : SocketTransport(loop, std::move(stream), std::move(admission), writer_), reader_(WebSocketReader::Role::server, limits) {
  writer_.offer_binary(texts);
}

void WebSocketConnection::begin(core::ConnectionId id, WebSocketOpening opening) {
  if (!attach(id)) return;
  writer_.push_answer(std::move(opening.answer));
  ask_flush();
  if (opening.first_message) loop_.received(id_, *opening.first_message);
  if (!opening.received.empty()) consume(opening.received);
  read_unread();
}

// --- Reading ---

void WebSocketConnection::expect() const {
  prefetch();
  loop_.expect(id_);
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
    case WebSocketEvent::Kind::binary:
      if (state_ == State::open) on_binary(event.payload);
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

// Permitted only after WELCOME has granted it: the shard receives the equivalent text, and limits count it.
void WebSocketConnection::on_binary(std::span<const char> message) {
  std::string text;
  const ErrorCode fault = from_binary_message({message.data(), message.size()}, reader_.limits().message_bytes_max, text);
  if (fault != ErrorCode::ok) return fail(error_row(fault).close_code, "the binary message is malformed or too large", fault);
  loop_.received(id_, text);
}

// The peer's Close: answered with the same code unless ours was first (RFC 6455 section 5.5.1), and the end for the shard.
void WebSocketConnection::on_close(const WebSocketEvent& event) {
  if (state_ == State::open) {
    if (is_orderly_close(event.close_code)) loop_.said_goodbye(id_);
    loop_.leave(id_);
    close(event.close_code, {});
  }
  linger();
}

// A fault below the protocol. If the protocol has a code for it, the shard sends BYE and closes; otherwise only the Close frame
// has the reason.
void WebSocketConnection::fail(std::uint16_t code, std::string_view reason, ErrorCode error) {
  if (state_ == State::open && error != ErrorCode::ok) loop_.violated(id_, error);
  close(code, reason);
  loop_.leave(id_);
  linger();
}

// --- Writing ---

void WebSocketConnection::ping() {
  if (state_ != State::open) return;
  writer_.push_control(Opcode::ping, {});
  note_ping();
  ask_flush();
}

std::size_t WebSocketConnection::gather(std::span<iovec> out) {
  const std::size_t parts = writer_.gather(out);
  if (writer_.is_binary()) reader_.accept_binary();
  return parts;
}

void WebSocketConnection::flush() {
  flush_asked_ = false;
  if (state_ != State::ended) send_waiting();
}

// --- Ending ---

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  writer_.push_control(Opcode::close, close_payload(code, reason));
  state_ = State::closing;
  end_within(reader_.limits().closing_timeout_ms);
  ask_flush();
}

void WebSocketConnection::linger() {
  if (state_ == State::ended) return;
  state_ = State::lingering;
  ask_flush();
}

bool WebSocketConnection::sweep(std::uint64_t now_ms) {
  if (state_ != State::open) return sweep_closing(now_ms);
  if (const auto deadline = reader_.deadline_ms(); deadline && now_ms >= *deadline) {
    fail(close_code::kPolicyViolation, "the message took too long", ErrorCode::ok);
    return true;
  }
  is_pinged_ = note_progress(now_ms) && is_pinged_;
  return report_wait(now_ms) || reader_.deadline_ms().has_value();
}

}  // namespace dialogue::transport
