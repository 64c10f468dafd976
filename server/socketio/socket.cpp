// The handles of sockets: each call becomes one for the socket's loop.
#include "server/socketio/socket.hpp"

#include <atomic>

#include "server/socketio/app_socket.hpp"
#include "server/socketio/broadcast.hpp"
#include "server/socketio/hub.hpp"
#include "server/socketio/limits.hpp"

namespace dialogue::socketio {
namespace {

/// Has `call(AppSocket&)` made on the socket's loop, while it is there.
template <typename Call>
Verdict ask(const std::shared_ptr<SocketRecord>& record, std::size_t bytes, Call call) {
  const auto hub = record->state->hub.lock();
  if (!hub) return Verdict::closed;
  return hub->ask(
      *record->part,
      [record, call = std::move(call)](LoopShare&) {
        if (record->place == nullptr) return;
        const auto socket = record->place->shared_from_this();
        call(*socket);
      },
      bytes);
}

AckResult::Outcome outcome_of(Verdict verdict) {
  if (verdict == Verdict::busy) return AckResult::Outcome::busy;
  return verdict == Verdict::invalid ? AckResult::Outcome::invalid : AckResult::Outcome::closed;
}

}  // namespace

const std::string& Socket::id() const { return record_->id; }
const std::string& Socket::nsp() const { return record_->state->name; }
const Handshake& Socket::handshake() const { return record_->handshake; }
bool Socket::is_connected() const { return record_->is_connected; }

std::vector<std::string> Socket::rooms() const {
  const std::lock_guard lock(record_->mutex);
  return {record_->rooms.begin(), record_->rooms.end()};
}

std::string Socket::data() const {
  const std::lock_guard lock(record_->mutex);
  return record_->data;
}

void Socket::set_data(std::string data) const {
  const std::lock_guard lock(record_->mutex);
  record_->data = std::move(data);
}

Verdict Socket::emit_all(std::string_view event, const Arguments& arguments) const {
  if (!is_event_name(event) || !arguments.is_valid()) return Verdict::invalid;
  Packet packet = event_packet(nsp(), event, arguments);
  const std::size_t bytes = packet.bytes();
  return ask(record_, bytes, [packet = std::move(packet)](AppSocket& socket) { socket.send(packet); });
}

void Socket::emit_with_ack(std::chrono::milliseconds timeout, std::string_view event, const Arguments& arguments,
                           std::function<void(AckResult)> done) const {
  const auto hub = record_->state->hub.lock();
  if (!hub) return done({});
  const auto once = hub->once<AckResult>(std::move(done), {});
  const bool is_valid = is_event_name(event) && arguments.is_valid();
  const std::size_t bytes = is_valid ? event_packet(nsp(), event, arguments).bytes() : 0;
  const auto call = [record = record_, timeout, event = std::string(event), arguments, once](LoopShare&) {
    if (record->place == nullptr) return once->otherwise({AckResult::Outcome::disconnected, {}});
    const auto socket = record->place->shared_from_this();
    socket->emit_with_ack(timeout, event, arguments, once);
  };
  const Verdict verdict = is_valid ? hub->ask(*record_->part, call, bytes) : Verdict::invalid;
  if (verdict != Verdict::ok) once->otherwise({outcome_of(verdict), {}});
}

std::future<AckResult> Socket::emit_with_ack(std::chrono::milliseconds timeout, std::string_view event,
                                             const Arguments& arguments) const {
  const auto promise = std::make_shared<std::promise<AckResult>>();
  emit_with_ack(timeout, event, arguments, [promise](AckResult result) { promise->set_value(std::move(result)); });
  return promise->get_future();
}

Verdict Socket::join(std::string_view room) const {
  if (!is_room_name(room)) return Verdict::invalid;
  return ask(record_, room.size(), [room = std::string(room)](AppSocket& socket) { socket.join(room); });
}

Verdict Socket::leave(std::string_view room) const {
  return ask(record_, room.size(), [room = std::string(room)](AppSocket& socket) { socket.leave(room); });
}

Broadcast Socket::to(std::string_view room) const { return broadcast().to(room); }

Broadcast Socket::broadcast() const { return {record_->state, {{}, {id()}}}; }

Verdict Socket::disconnect(bool closes_transport) const {
  return ask(record_, 0, [closes_transport](AppSocket& socket) { socket.disconnect(closes_transport); });
}

// --- Answers to events ---

struct Ack::Answer {
  std::shared_ptr<SocketRecord> record;
  std::uint64_t id;
  std::atomic<bool> is_given{false};
};

Ack::Ack(std::shared_ptr<SocketRecord> record, std::uint64_t id) : answer_(new Answer{std::move(record), id}) {}

void Ack::send(const Arguments& arguments) const {
  if (!answer_ || !arguments.is_valid() || answer_->is_given.exchange(true)) return;
  Packet packet = ack_packet(answer_->record->state->name, answer_->id, arguments);
  const std::size_t bytes = packet.bytes();
  static_cast<void>(ask(answer_->record, bytes, [packet = std::move(packet)](AppSocket& socket) { socket.send(packet); }));
}

// --- Decisions of middleware ---

struct Next::Decision {
  ~Decision() { decide(Admission::refuse("The server did not answer.")); }
  void decide(Admission admission) {
    if (is_made.exchange(true)) return;
    record->part->post([its = record, at = step, admission = std::move(admission)] {
      if (its->place != nullptr) its->place->decided(at, admission);
    });
  }

  std::shared_ptr<SocketRecord> record;
  std::size_t step;
  std::atomic<bool> is_made{false};
};

Next::Next(std::shared_ptr<SocketRecord> record, std::size_t step) : decision_(new Decision{std::move(record), step}) {}

void Next::allow() const { decision_->decide(Admission::allow()); }

void Next::refuse(std::string message, std::string data_json) const {
  decision_->decide(Admission::refuse(std::move(message), std::move(data_json)));
}

}  // namespace dialogue::socketio
