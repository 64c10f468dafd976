// The effects of blocks and of the end of a push stream. Reading and writing of bytes: SocketTransport.
#include "server/transport/sse/sse_connection.hpp"

#include <memory>
#include <string>
#include <utility>

#include "server/loop/shard_loop.hpp"

namespace dialogue::transport {

SseConnection::SseConnection(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission, SseOpening opening,
                             const SseLimits& limits, SseTexts& texts)
    : SocketTransport(loop, std::move(stream), std::move(admission), writer_),
      codec_(std::move(opening), texts),
      limits_(limits) {}

void SseConnection::begin(core::ConnectionId id, SseFrames frames) {
  if (!attach(id)) return;
  opening_deadline_ms_ = loop_.monotonic_ms() + limits_.opening_timeout_ms;
  loop_.watch(*this);
  loop_.received(id_, frames.first);
  if (!frames.second.empty() && state_ == State::open) loop_.received(id_, frames.second);
  read_unread();
}

// What comes behind the request has no meaning. It is read because the peer's end comes behind it.
void SseConnection::consume(std::span<char> input) {
  unread_bytes_ += input.size();
  if (unread_bytes_ > limits_.unread_bytes_max) end(Ending::reset);
}

// --- Writing ---

// The PING frame behind it becomes the heartbeat.
void SseConnection::ping() {
  if (state_ == State::open) note_ping();
}

bool SseConnection::is_decided() {
  if (codec_.phase() != SseStream::Phase::opening) return true;
  writer_.look_ahead([this](const std::string& text) { codec_.observe(text); });
  if (std::string frame = codec_.take_frame(); !frame.empty())
    call_later([this, frame = std::move(frame)]() mutable { loop_.received(id_, frame); });
  if (codec_.phase() == SseStream::Phase::opening && state_ != State::open) codec_.give_up(ErrorCode::internal);
  return codec_.phase() != SseStream::Phase::opening;
}

void SseConnection::flush() {
  flush_asked_ = false;
  if (state_ == State::ended || !is_decided()) return;
  if (state_ != State::lingering) {
    if (writer_.empty() && state_ == State::closing) writer_.push_text(std::make_shared<const std::string>());
    translate_ahead();
    if (codec_.phase() == SseStream::Phase::over || state_ == State::closing) finish();
  }
  send_waiting();
}

void SseConnection::translate_ahead() {
  writer_.translate_ahead([this](const core::SharedBytes& text) { return codec_.translate(text); });
}

std::size_t SseConnection::gather(std::span<iovec> out) {
  translate_ahead();
  // A block may have been the stream's last one: all of its rooms are gone.
  if (codec_.phase() == SseStream::Phase::over && state_ == State::open) ask_flush();
  return writer_.gather(out);
}

// --- Ending ---

// A stream has no close code: BYE, which came before, is its last block.
void SseConnection::close(std::uint16_t, std::string_view) {
  if (state_ != State::open) return;
  state_ = State::closing;
  end_within(limits_.closing_timeout_ms);
  ask_flush();
}

void SseConnection::finish() {
  state_ = State::lingering;
  end_within(limits_.closing_timeout_ms);
  loop_.leave(id_);
}

bool SseConnection::sweep(std::uint64_t now_ms) {
  if (state_ != State::open) return sweep_closing(now_ms);
  const bool is_opening = codec_.phase() == SseStream::Phase::opening;
  if (is_opening && now_ms >= opening_deadline_ms_) {
    codec_.give_up(ErrorCode::store_unavailable);
    close(0, {});
    return true;
  }
  const bool has_left = note_progress(now_ms);
  if (is_pinged_ && !has_left && writer_.empty()) {
    is_pinged_ = false;
    loop_.alive(id_);
    if (state_ != State::open) return state_ != State::ended;
  }
  return report_wait(now_ms) || is_opening;
}

}  // namespace dialogue::transport
