// The effects of lines. Reading and writing of bytes: SocketTransport.
#include "server/transport/tcp/tcp_connection.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/transport/tcp/goodbye.hpp"

namespace dialogue::transport {

TcpConnection::TcpConnection(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission,
                             net::ConnectionCountGuard place, const TcpLimits& limits)
    : SocketTransport(loop, std::move(stream), std::move(admission), writer_),
      limits_(limits),
      place_(std::move(place)),
      reader_(std::min(limits.first_line_bytes_max, limits.line_bytes_max), limits.line_timeout_ms) {}

void TcpConnection::begin(core::ConnectionId id, std::string received) {
  if (!attach(id)) return;
  if (!received.empty()) consume(received);
  read_unread();
}

// --- Reading ---

void TcpConnection::expect() const {
  prefetch();
  loop_.expect(id_);
}

void TcpConnection::consume(std::span<char> input) {
  const std::uint64_t now_ms = loop_.monotonic_ms();
  while (state_ == State::open) {
    const LineEvent event = reader_.next(input, now_ms);
    if (event.kind == LineEvent::Kind::need_more) break;
    if (event.kind == LineEvent::Kind::too_long)
      too_long();
    else if (event.kind == LineEvent::Kind::not_utf8)
      refuse(ErrorCode::frame_malformed, "The line is not UTF-8.");
    else
      on_line(event.line);
  }
  if (reader_.deadline_ms()) loop_.watch(*this);
}

// The shard's words have the bound of any frame.
void TcpConnection::too_long() {
  if (has_begun_) return loop_.violated(id_, ErrorCode::frame_too_large);
  const std::size_t bytes_max = std::min(limits_.first_line_bytes_max, limits_.line_bytes_max);
  refuse(ErrorCode::frame_too_large, core::error_message(ErrorCode::frame_too_large, std::to_string(bytes_max)));
}

void TcpConnection::on_line(std::span<char> line) {
  if (!std::exchange(has_begun_, true)) reader_.allow(limits_.line_bytes_max);
  if (std::string_view(line.data(), line.size()) != kClientGoodbye) return loop_.received(id_, line);
  loop_.said_goodbye(id_);
  close(0, {});
}

void TcpConnection::refuse(ErrorCode code, std::string_view message) {
  send(std::make_shared<const std::string>(bye_frame(code, message)));
  close(0, {});
}

// --- Writing ---

// The PING frame behind it asks; what answers is a PONG frame, or any other.
void TcpConnection::ping() {
  if (state_ == State::open) note_ping();
}

void TcpConnection::flush() {
  flush_asked_ = false;
  if (state_ == State::closing) {
    state_ = State::lingering;
    loop_.leave(id_);
  }
  if (state_ != State::ended) send_waiting();
}

// --- Ending ---

// A stream has no close code: BYE, which came before, is its last line.
void TcpConnection::close(std::uint16_t, std::string_view) {
  if (state_ != State::open) return;
  state_ = State::closing;
  end_within(limits_.closing_timeout_ms);
  ask_flush();
}

bool TcpConnection::sweep(std::uint64_t now_ms) {
  if (state_ != State::open) return sweep_closing(now_ms);
  if (const auto deadline = reader_.deadline_ms(); deadline && now_ms >= *deadline) {
    refuse(ErrorCode::ping_timeout, "A line must be complete within " + std::to_string(limits_.line_timeout_ms) + " ms.");
    return true;
  }
  is_pinged_ = note_progress(now_ms) && is_pinged_;
  return report_wait(now_ms) || reader_.deadline_ms().has_value();
}

}  // namespace dialogue::transport
