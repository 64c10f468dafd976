// The effects of requests, packets and the time. The end of a session: engine_session_end.cpp.
#include "server/transport/engineio/engine_session.hpp"

#include <algorithm>
#include <utility>

#include "server/core/util/elapsed.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/transport/engineio/engine_table.hpp"
#include "server/transport/websocket/websocket_frame.hpp"
#include "shared/base/utf8.hpp"

namespace dialogue::transport {
namespace {

constexpr std::size_t kReadyBytesMax = 64 * 1024;  ///< then the rest waits where it is shared with others
constexpr unsigned kSingleAnswers = 5;             ///< a recovery has fewer packets before the first event
constexpr std::string_view kPingPacket = "2", kProbeAnswer = "3probe";

core::SharedBytes packet(std::string_view text) { return std::make_shared<const std::string>(text); }

}  // namespace

EngineSession::EngineSession(loop::ShardLoop& loop, EngineTable& table, Facts facts, net::AdmissionGuard admission,
                             EngineState::Carrier carrier, const EngineLimits& limits)
    : loop_(loop),
      table_(table),
      limits_(limits),
      facts_(std::move(facts)),
      admission_(std::move(admission)),
      state_(carrier, limits, loop.monotonic_ms()),
      answer_bytes_max_(limits.answer_bytes_max) {}

// --- Beginning ---

void EngineSession::begin_with_poll(EngineCall& call, const MakeEngineClient& make) {
  client_ = make(*this);
  call.respond(engine_payload(engine_open_packet(sid(), limits_, true), call.origin()));
  client_->on_open();
  reschedule();
}

bool EngineSession::begin_with_socket(std::shared_ptr<EngineSocket> socket, std::string answer, std::string received,
                                      const MakeEngineClient& make) {
  client_ = make(*this);
  if (!socket->begin(this, std::move(answer))) {
    end();
    return false;
  }
  socket_ = std::move(socket);
  socket_->writer().push_text(packet(engine_open_packet(sid(), limits_, false)));
  client_->on_open();
  flush();
  if (const auto first = socket_) first->read_first(std::move(received));
  if (phase_ != Phase::ended) reschedule();
  return phase_ != Phase::ended;
}

// --- Requests ---

void EngineSession::serve(EngineCall& call) {
  const auto self = shared_from_this();
  call.kind() == EngineCall::Kind::poll ? park(call) : take_post(call);
  if (phase_ != Phase::ended) flush();
  if (phase_ != Phase::ended) reschedule();
}

void EngineSession::park(EngineCall& call) {
  switch (state_.begin_poll()) {
    case EngineState::Poll::refused:
      return call.refuse(EngineFault::bad_request);
    case EngineState::Poll::overlap:
      call.refuse(EngineFault::bad_request);
      return violated("a poll came beside another one", kEngineClose);
    case EngineState::Poll::parked:
      poll_.emplace(Poll{call.take_respond(), call.origin(), call.token()});
  }
}

void EngineSession::take_post(EngineCall& call) {
  if (!state_.takes_posts() || phase_ != Phase::open) return call.refuse(EngineFault::bad_request);
  const std::string body = std::move(call.body());
  EnginePayloadReader reader(body);
  const bool is_text = is_utf8(body);
  while (is_text && phase_ == Phase::open && reader.next())
    apply(state_.on_packet(reader.packet(), loop_.monotonic_ms()), reader.packet().data, reader.binary().has_value());
  if (is_text && !reader.failed()) return call.respond(engine_payload("ok", call.origin()));
  call.refuse(EngineFault::bad_request);
  violated(is_text ? "a part of the body is not an Engine.IO packet" : "the body is not UTF-8", kEngineClose);
}

// Its next poll gets the reason, and what else is left.
void EngineSession::body_too_large() {
  if (phase_ != Phase::open) return;
  const auto self = shared_from_this();
  client_->on_violation(ErrorCode::frame_too_large, std::to_string(limits_.payload_bytes_max));
  if (phase_ != Phase::open) return;
  close();
  client_->on_closed(EngineEnd::lost);
}

void EngineSession::cancel_poll(const std::shared_ptr<const char>& token) {
  if (!poll_ || poll_->token != token) return;
  const auto self = shared_from_this();
  lose({});
}

// A poll that is parked is answered by everything that waits; in an upgrade by a noop, if nothing does.
void EngineSession::answer_poll(std::string payload) {
  state_.end_poll();
  progress_ms_ = loop_.monotonic_ms();
  Poll poll = std::move(*std::exchange(poll_, std::nullopt));
  poll.respond(engine_payload(std::move(payload), poll.origin));
}

void EngineSession::answer_by_steps() {
  single_answers_ = kSingleAnswers;
  answer_bytes_max_ = 1;
}

// The first answers get through wherever a packet does. Larger ones save requests; one that is cut ends the session, and the
// next one begins behind what came before.
std::string EngineSession::next_payload() {
  std::string payload = waiting_.take_payload(answer_bytes_max_);
  if (single_answers_ > 0)
    --single_answers_;
  else
    answer_bytes_max_ = std::min(limits_.answer_bytes_max, 2 * std::max(answer_bytes_max_, payload.size()));
  return payload;
}

// --- Packets ---

void EngineSession::apply(EngineState::Step step, std::string_view data, bool is_binary) {
  switch (step) {
    case EngineState::Step::deliver:
      // The bytes are the reader's own, or those of a body that is not used any more.
      return client_->on_message({const_cast<char*>(data.data()), data.size()}, is_binary);
    case EngineState::Step::close_in_order:
      return poll_ || socket_ || loop_.draining() ? lose(kEngineNoop, EngineEnd::in_order) : part();
    case EngineState::Step::close:
      return violated("a client sends no open packets and no pings", kEngineClose);
    default:
      return;
  }
}

void EngineSession::apply_candidate(EngineState::Step step) {
  if (step == EngineState::Step::answer_probe) {
    candidate_->writer().push_text(packet(kProbeAnswer));
    candidate_->flush();
  } else if (step == EngineState::Step::upgraded) {
    upgrade();
  } else {
    drop_candidate();
  }
}

void EngineSession::upgrade() {
  socket_ = std::move(candidate_);
  waiting_.move_to(socket_->writer());
  if (poll_) answer_poll(std::string(kEngineNoop));
  admission_ = {};  // the socket counts by itself
}

void EngineSession::drop_candidate() {
  if (const auto candidate = std::exchange(candidate_, nullptr)) candidate->release(close_code::kNormal, {});
  state_.end_upgrade(loop_.monotonic_ms());
}

void EngineSession::offer_socket(std::shared_ptr<EngineSocket> socket, std::string answer, std::string received) {
  const auto self = shared_from_this();
  const bool is_wanted = phase_ == Phase::open && state_.begin_upgrade(loop_.monotonic_ms());
  if (!socket->begin(is_wanted ? this : nullptr, std::move(answer))) {
    if (is_wanted) state_.end_upgrade(loop_.monotonic_ms());
    return;
  }
  if (!is_wanted) return socket->release(close_code::kPolicyViolation, "this session already has a WebSocket");
  candidate_ = std::move(socket);
  candidate_->flush();
  if (const auto first = candidate_) first->read_first(std::move(received));
  if (phase_ != Phase::ended) reschedule();
}

void EngineSession::socket_message(EngineSocket& socket, std::span<char> data, bool is_binary) {
  if (phase_ != Phase::open) return;
  const std::string_view text(data.data(), data.size());
  const std::uint64_t now_ms = loop_.monotonic_ms();
  const bool is_candidate = &socket == candidate_.get();
  const auto read = is_binary ? EnginePacket{EnginePacketType::message, text} : read_engine_packet(text);
  if (is_candidate) return read ? apply_candidate(state_.on_candidate_packet(*read, now_ms)) : drop_candidate();
  read ? apply(state_.on_packet(*read, now_ms), read->data, is_binary) : violated("a message is not an Engine.IO packet", {});
}

void EngineSession::socket_read(EngineSocket&) {
  const auto self = shared_from_this();
  if (phase_ != Phase::ended) flush();
  if (phase_ != Phase::ended) reschedule();
}

void EngineSession::socket_moved(EngineSocket& socket) {
  if (&socket != socket_.get()) return;
  const auto self = shared_from_this();
  if (phase_ == Phase::open) client_->on_writable();
}

void EngineSession::socket_violated(EngineSocket& socket, ErrorCode code, std::string_view why) {
  if (&socket != socket_.get() || phase_ != Phase::open) return;
  const auto self = shared_from_this();
  const bool is_size = code == ErrorCode::frame_too_large;
  client_->on_violation(code, is_size ? std::to_string(limits_.payload_bytes_max) : std::string(why));
}

void EngineSession::socket_lost(EngineSocket& socket, EngineEnd how) {
  const auto self = shared_from_this();
  if (&socket == candidate_.get()) {
    candidate_ = nullptr;
    state_.end_upgrade(loop_.monotonic_ms());
    return reschedule();
  }
  socket_ = nullptr;
  lose({}, how);
}

// --- To the client ---

void EngineSession::send_packet(core::SharedBytes bytes) {
  if (EngineWriter* const writer = writer_now()) writer->push_text(std::move(bytes));
}

void EngineSession::send_binary(core::SharedBytes bytes) {
  if (EngineWriter* const writer = writer_now()) writer->push_binary(std::move(bytes));
}

EngineWriter* EngineSession::writer_now() {
  if (phase_ != Phase::open) return nullptr;
  if (waiting_.empty()) progress_ms_ = loop_.monotonic_ms();  // a stall is counted from when something had to wait
  return &writer();
}

bool EngineSession::wants_more() const { return (socket_ ? socket_->writer().bytes() : waiting_.bytes()) < kReadyBytesMax; }

bool EngineSession::is_full() const { return (socket_ ? socket_->writer() : waiting_).bytes() > limits_.buffered_bytes_max; }

bool EngineSession::is_written() const { return socket_ ? socket_->is_written() : waiting_.empty(); }

std::uint64_t EngineSession::stalled_ms(std::uint64_t now_ms) const {
  if (socket_) return socket_->stalled_ms(now_ms);
  return waiting_.empty() ? 0 : core::elapsed_ms(now_ms, progress_ms_);
}

void EngineSession::flush() {
  const auto self = shared_from_this();
  if (is_parting_ && !poll_) return;
  if (is_parting_) {
    answer_poll(std::string(kEngineNoop));
    return end();
  }
  if (socket_) {
    socket_->flush();
  } else if (poll_ && !waiting_.empty()) {
    std::string payload = next_payload();
    if (phase_ == Phase::closing && waiting_.empty()) append_engine_packet(payload, kEngineClose, false);
    answer_poll(std::move(payload));
    if (phase_ == Phase::open) client_->on_writable();
  } else if (poll_ && phase_ == Phase::closing) {
    answer_poll(std::string(kEngineClose));
  } else if (poll_ && state_.releases_polls()) {
    answer_poll(std::string(kEngineNoop));
  }
  if (phase_ == Phase::open) guard_buffer();
  if (phase_ == Phase::closing && (waiting_.empty() || loop_.draining()) && !poll_) end();
}

// A client that takes less than it is sent: what its rooms owe it waits elsewhere, so this is its own doing.
void EngineSession::guard_buffer() {
  if (is_full()) lose(kEngineClose);
}

// --- Time ---

void EngineSession::on_time(std::uint64_t now_ms) {
  const auto self = shared_from_this();
  if (phase_ == Phase::closing && now_ms >= deadline_ms_) return end();
  if (phase_ != Phase::open) return;
  switch (state_.on_time(now_ms)) {
    case EngineState::Due::ping:
      send_packet(packet(kPingPacket));
      break;
    case EngineState::Due::drop_candidate:
      drop_candidate();
      break;
    case EngineState::Due::close:
      return lose(kEngineClose);
    case EngineState::Due::nothing:
      break;
  }
  if (now_ms >= client_->next_ms()) client_->on_time(now_ms);
  if (phase_ != Phase::ended) flush();
}

std::uint64_t EngineSession::next_ms() const {
  return phase_ == Phase::closing ? deadline_ms_ : std::min(state_.next_ms(), client_->next_ms());
}

void EngineSession::reschedule() {
  if (phase_ != Phase::ended) table_.schedule(*this);
}

}  // namespace dialogue::transport
