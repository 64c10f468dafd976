// See stream_response.hpp.
#include "server/transport/http_tunnel/stream_response.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "server/core/util/elapsed.hpp"
#include "server/loop/shard_loop.hpp"

namespace dialogue::transport {

StreamResponse::StreamResponse(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission,
                               const TunnelLimits& limits)
    : loop_(loop), limits_(limits), stream_(std::move(stream)), admission_(std::move(admission)) {}

bool StreamResponse::begin(Owner* owner) {
  progress_ms_ = loop_.monotonic_ms();
  if (!loop_.sockets().add(stream_.descriptor(), shared_from_this())) {
    stream_.close();
    is_closed_ = true;
    return false;
  }
  owner_ = owner;
  return true;
}

void StreamResponse::on_ready(bool readable, bool writable) {
  if (writable && write_waits_) {
    write();
    if (owner_ != nullptr) owner_->stream_moved();
  }
  if (readable && !is_closed_) read();
}

// What comes behind the request has no meaning. It is read because the peer's end comes behind it.
void StreamResponse::read() {
  const net::ByteStream::Transfer received = stream_.receive(loop_.read_buffer());
  unread_bytes_ += received.size;
  if (received.outcome == net::ByteStream::Outcome::ended || unread_bytes_ > limits_.unread_bytes_max) return lost();
  if (!stream_.has_unread()) return;
  boost::asio::post(loop_.executor(), [self = shared_from_this()] {
    if (!self->is_closed_) self->read();
  });
}

void StreamResponse::write() {
  while (!is_closed_ && (!text_.empty() || stream_.has_unsent())) {
    const std::array<iovec, 1> part = {iovec{text_.data() + sent_, text_.size() - sent_}};
    const net::ByteStream::Transfer sent = stream_.send({part.data(), text_.empty() ? 0u : 1u});
    if (sent.size > 0) progress_ms_ = loop_.monotonic_ms();
    sent_ += sent.size;
    if (sent_ == text_.size()) {
      std::string().swap(text_);  // an idle stream holds no buffer
      sent_ = 0;
    }
    if (sent.outcome == net::ByteStream::Outcome::ended) return lost();
    if (sent.outcome == net::ByteStream::Outcome::done) continue;
    unacknowledged_ = stream_.unacknowledged();
    if (!std::exchange(write_waits_, true)) loop_.sockets().ask_writable(stream_.descriptor(), true);
    return;
  }
  if (is_closed_) return;
  if (std::exchange(write_waits_, false)) loop_.sockets().ask_writable(stream_.descriptor(), false);
  if (is_finishing_ && !std::exchange(shut_, true)) stream_.shut_down_sending();
}

// The kernel may hold megabytes and ask for more only when a third of them has gone: what the peer takes of them is progress too.
std::uint64_t StreamResponse::stalled_ms(std::uint64_t now_ms) {
  if (is_closed_ || !write_waits_) return 0;
  const std::size_t left = stream_.unacknowledged();
  if (std::exchange(unacknowledged_, left) > left) progress_ms_ = now_ms;
  return core::elapsed_ms(now_ms, progress_ms_);
}

void StreamResponse::release() {
  owner_ = nullptr;
  finish();
}

void StreamResponse::finish() {
  if (is_closed_ || std::exchange(is_finishing_, true)) return;
  deadline_ms_ = loop_.monotonic_ms() + limits_.closing_timeout_ms;
  loop_.watch(*this);
  if (!write_waits_) write();
}

void StreamResponse::lost() {
  Owner* const owner = std::exchange(owner_, nullptr);
  close();
  if (owner != nullptr) owner->stream_lost();
}

void StreamResponse::close() {
  owner_ = nullptr;
  if (std::exchange(is_closed_, true)) return;
  // The caller may be within this object, so it is destroyed in a separate turn.
  boost::asio::post(loop_.executor(), [self = loop_.sockets().remove(stream_.descriptor())] {});
  stream_.unacknowledged() > 0 && is_finishing_ ? stream_.abort() : stream_.close();  // what is left would wait for minutes
}

bool StreamResponse::sweep(std::uint64_t now_ms) {
  if (is_closed_) return false;
  if (now_ms < deadline_ms_) return true;
  lost();
  return false;
}

}  // namespace dialogue::transport
