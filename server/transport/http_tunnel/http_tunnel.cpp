// See http_tunnel.hpp. Every way out leads through end(), once.
#include "server/transport/http_tunnel/http_tunnel.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "server/core/util/elapsed.hpp"
#include "server/core/util/time.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/transport/http_tunnel/tunnel_answer.hpp"
#include "server/transport/http_tunnel/tunnel_table.hpp"

namespace dialogue::transport {

HttpTunnel::HttpTunnel(loop::ShardLoop& loop, TunnelTable& table, std::string session, std::string origin,
                       const OpeningDigest& opening, net::AdmissionGuard admission, const TunnelLimits& limits)
    : Transport(downlink_, loop.flush_list(), std::move(admission)),
      loop_(loop),
      table_(table),
      limits_(limits),
      session_(std::move(session)),
      origin_(std::move(origin)),
      opening_(opening) {}

void HttpTunnel::begin(core::ConnectionId id) {
  id_ = id;
  expect_request();
}

// --- Requests ---

void HttpTunnel::serve(TunnelCall& call) {
  const auto self = shared_from_this();
  if (!accept_numbers(call)) return;
  id_was_used_ = id_was_used_ || !call.opening();
  if (!is_attended()) expect_request();
  take_frames(call.request());
  if (state_ == State::ended) return call.respond(session_gone(origin_));
  if (call.request().end) return end_in_order(call);
  if (state_ != State::open && downlink_.is_all_acknowledged()) {
    call.respond(tunnel_answer(head(), {}, origin_));
    return end();
  }
  if (call.kind() == TunnelCall::Kind::poll)
    park(call);
  else if (call.kind() == TunnelCall::Kind::stream)
    attach(call);
  else
    call.respond(tunnel_answer(head(), {}, origin_));
  ask_flush();
}

bool HttpTunnel::accept_numbers(TunnelCall& call) {
  const TunnelRequest& request = call.request();
  const auto conflict = [&](std::string_view why, std::string_view name, std::uint64_t number) {
    call.respond(number_conflict(why, name, number, origin_));
    return false;
  };
  if (call.opening() && id_was_used_)
    return conflict("This session was opened before, and its id has been used since.", "received", uplink_.received());
  if (!uplink_.known(request.from, request.frames.size()))
    return conflict("Frames before the first one of this request are missing.", "expected", uplink_.received() + 1);
  const std::uint64_t before = downlink_.acknowledged();
  switch (downlink_.acknowledge(request.have)) {
    case Downlink::Acknowledged::stale:  // a `send` may be overtaken by what takes, and a stream by a `send` while it is renewed
      if (call.kind() != TunnelCall::Kind::poll) break;
      return conflict("A higher acknowledgement was received before.", "acknowledged", before);
    case Downlink::Acknowledged::ahead:
      return conflict("The acknowledgement covers frames that were not sent.", "acknowledged", before);
    case Downlink::Acknowledged::ok:
      break;
  }
  if (request.have > before) progress_ms_ = loop_.monotonic_ms();
  return true;
}

void HttpTunnel::take_frames(const TunnelRequest& request) {
  const std::size_t known = *uplink_.known(request.from, request.frames.size());
  if (known == request.frames.size() && state_ == State::open) loop_.alive(id_);
  for (std::size_t i = known; i < request.frames.size() && state_ == State::open; ++i) {
    uplink_.took();
    loop_.received(id_, request.frames[i]);
  }
}

// Answered once the shard has handed over what it decided: a client that has the answer finds the session gone.
void HttpTunnel::end_in_order(TunnelCall& call) {
  if (state_ == State::open) {
    loop_.said_goodbye(id_);
    loop_.leave(id_);
    begin_closing(*call.request().end);
  }
  http::Responder respond = call.take_respond();
  if (!respond) {  // a stream's response is written to its socket
    call.respond(tunnel_answer(head(), {}, origin_));
    return end();
  }
  if (const auto earlier = std::exchange(farewell_, std::move(respond))) earlier(tunnel_answer(head(), {}, origin_));
  ask_flush();
}

void HttpTunnel::supersede() {
  if (auto poll = std::exchange(poll_, std::nullopt)) poll->respond(tunnel_answer(head(), {}, origin_));
  if (const auto stream = std::exchange(stream_, nullptr)) stream->release();
}

void HttpTunnel::park(TunnelCall& call) {
  supersede();
  poll_.emplace(Poll{call.take_respond(), loop_.monotonic_ms() + call.request().hold_ms});
  loop_.watch(*this);
}

void HttpTunnel::attach(TunnelCall& call) {
  supersede();
  TunnelCall::Socket socket = call.take_socket_from();
  stream_ = std::make_shared<StreamResponse>(loop_, std::move(socket.stream), std::move(socket.admission), limits_);
  if (!stream_->begin(this)) return stream_lost();
  downlink_.rewind();
  progress_ms_ = loop_.monotonic_ms();
  stream_->append(stream_opening(head(), origin_, static_cast<std::int64_t>(loop_.now().unix_ms / core::kMsPerSecond)));
}

void HttpTunnel::expect_request() {
  if (state_ == State::open) deadline_ms_ = loop_.monotonic_ms() + limits_.idle_timeout_ms;
  if (state_ != State::ended) loop_.watch(*this);
}

// --- Responses ---

std::string HttpTunnel::head() const {
  TunnelHead head{.first = downlink_.first(), .received = uplink_.received()};
  if (!id_was_used_) head.session = session_;
  if (is_over()) head.close = close_code_;
  return tunnel_head(head, limits_);
}

void HttpTunnel::answer_poll() {
  Poll poll = std::move(*std::exchange(poll_, std::nullopt));
  downlink_.rewind();
  std::string frames;
  while (const std::size_t bytes = downlink_.next_bytes(limits_.window_bytes_max)) {
    if (!frames.empty() && frames.size() + bytes >= limits_.answer_bytes_max) break;
    frames.append(**downlink_.next(limits_.window_bytes_max)).append("\n");
  }
  poll.respond(tunnel_answer(head(), frames, origin_));
  expect_request();
}

void HttpTunnel::feed_stream() {
  while (stream_ && stream_->is_ready()) {
    const core::SharedBytes* text = nullptr;
    while (stream_->is_ready() && (text = downlink_.next(limits_.window_bytes_max)))
      append_stream_blocks(stream_->text(), **text);
    if (stream_->is_written()) break;
    const auto stream = stream_;
    stream->write();
  }
  if (stream_ && is_over()) stream_->finish();
}

void HttpTunnel::flush() {
  flush_asked_ = false;
  if (state_ == State::ended) return;
  if (farewell_) return end();
  const bool awaits_end = loop_.draining() && state_ == State::open;  // the last frame is about to come, and no other poll
  if (poll_ && !awaits_end) {
    downlink_.rewind();
    if (downlink_.has_next() || state_ != State::open) answer_poll();
  }
  feed_stream();
  if (state_ == State::closing && loop_.draining() && !is_attended()) return end();
  report_backlog();
  report_drained();
}

void HttpTunnel::stream_moved() { flush(); }

// What it had taken and the client has not is sent again to the next one. After the end, a peer that has closed has read it all.
void HttpTunnel::stream_lost() {
  stream_ = nullptr;
  if (is_over()) return end();
  expect_request();
}

// --- What the shard learns of it ---

// Without a poll or stream the idle time counts, and nothing else.
std::uint64_t HttpTunnel::stalled_ms(std::uint64_t now_ms) const {
  if (!stream_ || downlink_.empty()) return 0;
  const bool is_full = downlink_.window_bytes() >= limits_.window_bytes_max;
  const std::uint64_t unacknowledged_ms = is_full ? core::elapsed_ms(now_ms, progress_ms_) : 0;
  return std::max(unacknowledged_ms, stream_->stalled_ms(now_ms));
}

void HttpTunnel::report_backlog() {
  const std::size_t waiting = downlink_.bytes() + (stream_ ? stream_->waiting() : 0);
  const bool waits = waiting > 0;
  if (state_ != State::open || !(backlog_reported_ || waits)) return;
  const std::uint64_t now_ms = loop_.monotonic_ms();
  if (waits && !backlog_reported_) {
    progress_ms_ = now_ms;
    loop_.watch(*this);
  }
  backlog_reported_ = waits;
  loop_.backlog(id_, waiting, stalled_ms(now_ms));
}

void HttpTunnel::ask_drained() {
  if (state_ != State::open) return;
  drained_asked_ = true;
  ask_flush();
}

void HttpTunnel::report_drained() {
  if (state_ != State::open || !downlink_.empty() || (stream_ && !stream_->is_written())) return;
  if (!std::exchange(drained_asked_, false)) return;
  // In a turn of its own, so that one reader of a long log does not keep the loop from the others.
  boost::asio::post(loop_.executor(), [self = std::static_pointer_cast<HttpTunnel>(shared_from_this())] {
    if (self->state_ == State::open) self->loop_.drained(self->id_);
  });
}

// --- Ending ---

void HttpTunnel::begin_closing(std::uint16_t code) {
  state_ = State::closing;
  close_code_ = code;
  deadline_ms_ = loop_.monotonic_ms() + limits_.closing_timeout_ms;
  loop_.watch(*this);
}

void HttpTunnel::close(std::uint16_t code, std::string_view) {
  if (state_ != State::open) return;
  begin_closing(code);
  ask_flush();
}

void HttpTunnel::abandon() {
  if (stream_) stream_->close();
  stream_ = nullptr;
  end();
}

void HttpTunnel::end() {
  if (state_ == State::ended) return;
  state_ = State::ended;
  if (const auto farewell = std::exchange(farewell_, {})) farewell(tunnel_answer(head(), {}, origin_));
  if (auto poll = std::exchange(poll_, std::nullopt)) poll->respond(session_gone(origin_));
  if (const auto stream = std::exchange(stream_, nullptr)) stream->release();
  loop_.leave(id_);
  // The caller may be within this: it goes in a turn of its own.
  boost::asio::post(loop_.executor(), [self = table_.remove(*this)] {});
}

bool HttpTunnel::sweep(std::uint64_t now_ms) {
  if (state_ == State::ended) return false;
  if (poll_ && !poll_->respond.is_awaited()) {
    poll_.reset();
    expect_request();
  }
  if (poll_ && now_ms >= poll_->deadline_ms) answer_poll();
  if ((state_ != State::open || !is_attended()) && now_ms >= deadline_ms_) {
    end();
    return false;
  }
  if (backlog_reported_) report_backlog();
  return state_ == State::closing || poll_ || !stream_ || backlog_reported_;
}

}  // namespace dialogue::transport
