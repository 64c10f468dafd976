// The effects of messages, answers and the end. Reading and writing of bytes: SocketTransport.
#include "server/transport/yjs/yjs_connection.hpp"

#include <memory>
#include <utility>

#include "server/loop/shard_loop.hpp"

namespace dialogue::transport {
namespace {

constexpr std::uint16_t kTryAgainLater = 1013;

}  // namespace

YjsConnection::YjsConnection(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission,
                             const WebSocketLimits& limits, YjsOpening opening)
    : SocketTransport(loop, std::move(stream), std::move(admission), writer_),
      reader_(WebSocketReader::Role::server, limits),
      translator_(std::move(opening)) {}

void YjsConnection::begin(core::ConnectionId id, std::string answer, std::string first, std::string received) {
  if (!attach(id)) return;
  writer_.push_answer(std::move(answer));
  ask_flush();
  loop_.received(id_, first);
  if (!received.empty()) consume(received);
  read_unread();
}

// --- Reading ---

void YjsConnection::consume(std::span<char> input) {
  const std::uint64_t now_ms = loop_.monotonic_ms();
  while (state_ == State::open || state_ == State::closing) {
    const WebSocketEvent event = reader_.next(input, now_ms);
    if (event.kind == WebSocketEvent::Kind::need_more) break;
    on_event(event);
  }
  if (reader_.deadline_ms()) loop_.watch(*this);
}

void YjsConnection::on_event(const WebSocketEvent& event) {
  switch (event.kind) {
    case WebSocketEvent::Kind::need_more:
      return;
    case WebSocketEvent::Kind::binary:
      if (state_ != State::open) return;
      translator_.on_message({event.payload.data(), event.payload.size()});
      return push_output();
    case WebSocketEvent::Kind::text:
      return fail(close_code::kUnsupportedData, "Yjs messages are binary");
    case WebSocketEvent::Kind::ping:
      if (state_ != State::open) return;  // nothing goes out after our Close
      writer_.push_pong({event.payload.data(), event.payload.size()});
      return ask_flush();
    case WebSocketEvent::Kind::pong:
      if (state_ == State::open) loop_.alive(id_);
      return;
    case WebSocketEvent::Kind::close:
      if (state_ == State::open && is_orderly_close(event.close_code)) loop_.said_goodbye(id_);
      return fail(event.close_code, {});
    case WebSocketEvent::Kind::failure:
      return fail(event.close_code, event.reason);
  }
}

// --- Translating ---

// A frame may end the connection, and its shard may answer within the call.
std::vector<std::string> YjsConnection::take_output() {
  YjsOutput output = translator_.take_output();
  for (std::string& frame : output.frames) call_later([this, text = std::move(frame)]() mutable { loop_.received(id_, text); });
  if (output.asks) ask();
  const auto ending = translator_.ending();
  if (ending == YjsTranslator::Ending::none) return std::move(output.messages);
  call_later([this, ending] {
    if (ending == YjsTranslator::Ending::retry) return fail(kTryAgainLater, "reconnect");
    if (ending == YjsTranslator::Ending::malformed) return fail(close_code::kPolicyViolation, "the message is malformed");
    fail(close_code::kPolicyViolation, "permission denied");
  });
  return std::move(output.messages);
}

void YjsConnection::push_output() {
  for (std::string& message : take_output()) writer_.push_binary(std::make_shared<const std::string>(std::move(message)));
  ask_flush();
}

void YjsConnection::ask() {
  loop_.ask_document(translator_.question(), [weak = weak_from_this()](core::DocumentQuery::Result&& result) {
    const auto self = std::static_pointer_cast<YjsConnection>(weak.lock());
    if (!self || self->state_ != State::open) return;
    self->translator_.on_document(result);
    self->push_output();
  });
}

// --- Writing ---

void YjsConnection::ping() {
  if (state_ != State::open) return;
  writer_.push_control(Opcode::ping, {});
  writer_.push_binary(std::make_shared<const std::string>(translator_.heartbeat(loop_.now().unix_ms)));
  note_ping();
  ask_flush();
}

void YjsConnection::flush() {
  flush_asked_ = false;
  if (state_ == State::ended) return;
  writer_.translate_texts([this](const std::string& text) {
    translator_.on_text(text, loop_.now().unix_ms);
    return take_output();
  });
  send_waiting();
}

std::size_t YjsConnection::gather(std::span<iovec> out) { return writer_.gather(out); }

// --- Ending ---

void YjsConnection::close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  writer_.push_control(Opcode::close, close_payload(code, reason));
  state_ = State::closing;
  end_within(reader_.limits().closing_timeout_ms);
  ask_flush();
}

// The page's end, or the end for a fault of it.
void YjsConnection::fail(std::uint16_t code, std::string_view reason) {
  if (state_ == State::ended) return;
  if (state_ == State::open) {
    close(code, reason);
    loop_.leave(id_);
  }
  state_ = State::lingering;
  ask_flush();
}

bool YjsConnection::sweep(std::uint64_t now_ms) {
  if (state_ != State::open) return sweep_closing(now_ms);
  if (const auto deadline = reader_.deadline_ms(); deadline && now_ms >= *deadline) {
    fail(close_code::kPolicyViolation, "the message took too long");
    return true;
  }
  is_pinged_ = note_progress(now_ms) && is_pinged_;
  return report_wait(now_ms) || reader_.deadline_ms().has_value();
}

}  // namespace dialogue::transport
