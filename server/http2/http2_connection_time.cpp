// A connection's time limits, and its drain.
#include <nghttp2/nghttp2.h>

#include <algorithm>

#include "server/core/util/elapsed.hpp"
#include "server/http2/http2_connection.hpp"
#include "server/loop/shard_loop.hpp"

namespace dialogue::http2 {
namespace {

constexpr std::uint64_t kStreamsCheckMs = 1'000;
/// A peer at this speed still reads, and the buffers of both systems hold at most this much for it.
constexpr std::uint64_t kReadBytesPerMs = 64, kUnreadBytesMax = 16ULL * 1024 * 1024;

}  // namespace

bool Http2Connection::sweep(std::uint64_t now_ms) {
  if (state_ == State::ended) return false;
  if (state_ == State::lingering) {
    if (now_ms >= deadline_ms_) end();
    return state_ != State::ended;
  }
  if (!check_progress(now_ms)) return false;
  check_life(now_ms);
  if (state_ == State::open && now_ms - streams_checked_ms_ >= kStreamsCheckMs) check_streams(now_ms);
  return state_ != State::ended;
}

// The kernel may hold megabytes and ask for more only when a third of them has gone: what the peer takes of them is progress too.
bool Http2Connection::check_progress(std::uint64_t now_ms) {
  if (!write_waits_) return true;
  const std::size_t left = stream_.unacknowledged();
  if (std::exchange(unacknowledged_, left) > left) progress_ms_ = now_ms;
  if (core::elapsed_ms(now_ms, progress_ms_) < limits_.stall_timeout_ms) return true;
  end();
  return false;
}

void Http2Connection::check_life(std::uint64_t now_ms) {
  const auto since = [now_ms](std::uint64_t then_ms) { return core::elapsed_ms(now_ms, then_ms); };
  if (const std::uint64_t begun_ms = session_.incomplete_since_ms();
      begun_ms != 0 && since(begun_ms) >= limits_.header_timeout_ms) {
    session_.terminate(NGHTTP2_ENHANCE_YOUR_CALM);
    return ask_flush();
  }
  if (accepts_until_ms_ != 0 && now_ms >= accepts_until_ms_) {
    accepts_until_ms_ = 0;
    session_.end_acceptance();
    return ask_flush();
  }
  if (pipes_.empty() && since(idle_since_ms_) >= limits_.idle_timeout_ms) {
    session_.terminate(NGHTTP2_NO_ERROR);
    return ask_flush();
  }
  if (pipes_.empty() || since(received_ms_) < limits_.ping_interval_ms) return;
  // A PING follows the data that the peer was sent since it last responded, and has perhaps not read.
  const std::uint64_t reading_ms = std::min(sent_unheard_, kUnreadBytesMax) / kReadBytesPerMs;
  if (since(received_ms_) >= limits_.ping_interval_ms + limits_.ping_timeout_ms + reading_ms) return end();
  if (std::exchange(is_pinged_, true)) return;
  session_.ping();
  ask_flush();
}

// While the socket waits all streams do. The peer opens their windows as it reads what both systems hold: a slow one needs time.
void Http2Connection::check_streams(std::uint64_t now_ms) {
  streams_checked_ms_ = now_ms;
  if (write_waits_) write_waited_ms_ = now_ms;
  const bool has_waited = write_waited_ms_ != 0 && core::elapsed_ms(now_ms, write_waited_ms_) < limits_.stall_timeout_ms;
  const std::uint64_t patience_ms = limits_.stall_timeout_ms + (has_waited ? kUnreadBytesMax / kReadBytesPerMs : 0);
  for (const auto& [id, pipe] : pipes_)
    if (pipe->stalled_ms(now_ms) >= patience_ms && session_.has_no_window(id)) session_.give_up(id);
  ask_flush();
}

// RFC 9113 section 6.8: a request that is on its way while the notice travels is still served.
void Http2Connection::drain() {
  if (state_ != State::open || std::exchange(is_draining_, true)) return;
  if (pipes_.empty()) {
    session_.terminate(NGHTTP2_NO_ERROR);
  } else {
    session_.announce_end();
    accepts_until_ms_ = loop_.monotonic_ms() + limits_.goaway_delay_ms;
  }
  ask_flush();
}

}  // namespace dialogue::http2
