// How an Engine.IO session ends: by the server, by the client, or with the server. Every way out leads through end(), once.
#include <boost/asio/post.hpp>
#include <utility>

#include "server/loop/shard_loop.hpp"
#include "server/transport/engineio/engine_session.hpp"
#include "server/transport/engineio/engine_table.hpp"
#include "server/transport/websocket/websocket_frame.hpp"

namespace dialogue::transport {

void EngineSession::drain() {
  const auto self = shared_from_this();
  if (is_parting_) return end();
  if (phase_ == Phase::open && !client_->on_drain()) close();
}

void EngineSession::abandon() {
  const auto self = shared_from_this();
  if (const auto socket = std::exchange(socket_, nullptr)) socket->close();
  if (const auto candidate = std::exchange(candidate_, nullptr)) candidate->close();
  const bool was_open = phase_ == Phase::open;
  end();
  if (was_open) client_->on_closed(EngineEnd::lost);
}

void EngineSession::close() {
  if (phase_ != Phase::open) return;
  const auto self = shared_from_this();
  phase_ = Phase::closing;
  drop_candidate();
  if (const auto socket = std::exchange(socket_, nullptr)) {
    socket->release(close_code::kNormal, {});
    return end();
  }
  deadline_ms_ = loop_.monotonic_ms() + limits_.closing_timeout_ms;
  reschedule();
  // The caller may have more to say to what called it.
  boost::asio::post(loop_.executor(), [self] {
    if (self->phase_ == Phase::closing) self->flush();
  });
}

void EngineSession::violated(std::string_view why, std::string_view last) {
  if (phase_ != Phase::open) return;
  client_->on_violation(ErrorCode::request_invalid, why);
  lose(last);
}

void EngineSession::lose(std::string_view last, EngineEnd how) {
  if (phase_ == Phase::ended) return;
  const bool was_open = std::exchange(phase_, Phase::closing) == Phase::open;
  if (poll_) {
    std::string payload;
    if (!last.empty() && last != kEngineNoop) payload = waiting_.take_payload(limits_.answer_bytes_max);
    if (!last.empty()) append_engine_packet(payload, last, false);
    answer_poll(std::move(payload));
  }
  drop_candidate();
  if (const auto socket = std::exchange(socket_, nullptr)) socket->release(close_code::kNormal, {});
  end();
  if (was_open) client_->on_closed(how);
}

void EngineSession::part() {
  phase_ = Phase::closing;
  is_parting_ = true;
  drop_candidate();
  deadline_ms_ = loop_.monotonic_ms() + limits_.closing_timeout_ms;
  client_->on_closed(EngineEnd::in_order);
}

void EngineSession::end() {
  if (std::exchange(phase_, Phase::ended) == Phase::ended) return;
  if (poll_) answer_poll(std::string(kEngineClose));
  drop_candidate();
  // The caller may be within this: it goes in a turn of its own.
  boost::asio::post(loop_.executor(), [self = table_.remove(*this)] {});
}

}  // namespace dialogue::transport
