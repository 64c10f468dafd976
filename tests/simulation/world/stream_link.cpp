// See stream_link.hpp. What is done with the codec is what server/transport/sse/sse_connection.cpp does.
#include "tests/simulation/world/stream_link.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "tests/simulation/world/places.hpp"

namespace dialogue::simulation {

using namespace core;
using transport::SseStream;

namespace {

constexpr std::size_t kPieceBytesMax = 1'448, kAheadBytes = 64 * 1024;

transport::SseRequest request_of(std::string_view query, std::optional<std::string_view> last_event_id) {
  return std::get<transport::SseRequest>(transport::read_sse_request(query, last_event_id));
}

}  // namespace

StreamLink::StreamLink(Clockwork& clockwork, Weather& weather, std::uint64_t seed, std::uint32_t version, std::string_view query,
                       std::optional<std::string_view> last_event_id)
    : SocketLink(clockwork, weather, seed),
      version_(version),
      request_(request_of(query, last_event_id)),
      texts_(catalogue_of(version)),
      codec_({"HTTP/1.1 200 OK\r\n\r\n", {}, 0, 3'000, request_, 0}, texts_) {}

void StreamLink::begin() {
  const transport::SseFrames frames = transport::sse_frames(request_, fingerprint_of(version_));
  ends.at_server(frames.first);
  if (!frames.second.empty()) ends.at_server(frames.second);
}

void StreamLink::server_sends(SharedBytes text) {
  waiting_bytes_ += text->size();
  waiting_.push_back(std::move(text));
  ask_flush();
}

void StreamLink::server_closes(std::uint16_t code) {
  if (close_code_) return;
  close_code_ = code;
  ask_flush();
}

void StreamLink::ask_flush() {
  if (!std::exchange(is_flush_asked_, true)) clockwork_.after(0, [self = self()] { self->flush(); });
}

void StreamLink::flush() {
  is_flush_asked_ = false;
  if (codec_.phase() == SseStream::Phase::opening) {
    for (; seen_ < waiting_.size(); ++seen_) codec_.observe(*waiting_[seen_]);
    if (const std::string frame = codec_.take_frame(); !frame.empty()) ends.at_server(frame);
    if (close_code_) codec_.give_up(ErrorCode::internal);
    if (codec_.phase() == SseStream::Phase::opening) return;
  }
  if (waiting_.empty() && close_code_) waiting_.push_back(std::make_shared<const std::string>());
  refill();
}

// A text is translated when the socket is about to take it.
void StreamLink::refill() {
  if (codec_.phase() == SseStream::Phase::opening || has_closed_ || std::exchange(is_refilling_, true)) return;
  while (!waiting_.empty() && SocketLink::unsent_bytes() < kAheadBytes) {
    const SharedBytes text = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= text->size();
    if (const SharedBytes bytes = codec_.translate(text)) send_pieces(*bytes);
  }
  is_refilling_ = false;
  const bool is_over = codec_.phase() == SseStream::Phase::over || (close_code_ && waiting_.empty());
  if (!is_over) return;
  has_closed_ = true;
  SocketLink::server_closes(close_code_.value_or(kCloseNormal));
}

void StreamLink::send_pieces(const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = std::min<std::size_t>(bytes.size() - at, 1 + chance_.below(kPieceBytesMax));
    SocketLink::server_sends(std::make_shared<const std::string>(bytes.substr(at, size)));
    at += size;
  }
}

}  // namespace dialogue::simulation
