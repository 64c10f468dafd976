// See app_socket.hpp. Every way out leads through end(), once.
#include "server/socketio/app_socket.hpp"

#include <algorithm>
#include <exception>
#include <limits>

#include "server/core/messages/log_message.hpp"
#include "server/core/util/reason.hpp"
#include "server/net/session_id.hpp"
#include "server/socketio/limits.hpp"
#include "shared/base/utf8.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::socketio {
namespace {

using transport::SocketioType;

std::string refusal_text(const Admission& admission) {
  const std::string message = is_utf8(*admission.refusal) ? *admission.refusal : std::string("refused");
  JsonText text;
  text.text("message", core::bounded_reason(message));
  if (!admission.data.empty() && json_value_length(admission.data) == admission.data.size()) text.raw("data", admission.data);
  return text.take();
}

AckResult outcome(AckResult::Outcome what) {
  AckResult result;
  result.outcome = what;
  return result;
}

}  // namespace

AppSocket::AppSocket(transport::SocketioClient& client, std::shared_ptr<NamespaceState> state, std::shared_ptr<LoopShare> part)
    : state_(std::move(state)),
      part_(std::move(part)),
      id_(net::make_session_id(part_->loop().index())),
      client_(&client),
      asking_until_ms_(part_->loop().monotonic_ms() + kMiddlewareTimeoutMs) {}

template <typename Function>
void AppSocket::guarded(std::string_view where, const Function& function) const {
  std::string what = "an exception that is not a std::exception";
  try {
    return function();
  } catch (const std::exception& fault) { what = fault.what(); } catch (...) {
  }
  part_->loop().log(core::LogLevel::error, "handler_threw",
                    JsonText().text("namespace", state_->name).text("event_name", where).text("what", what).take());
}

// --- Connecting ---

void AppSocket::begin(std::string_view auth) {
  const auto self = shared_from_this();
  Handshake handshake{auth.empty() ? "{}" : std::string(auth), client_->session().peer().address, client_->session().page(),
                      part_->loop().now().unix_ms};
  record_ = std::make_shared<SocketRecord>(id_, std::move(handshake), state_, part_);
  record_->place = this;
  if (part_->loop().draining()) return drop_client();
  ask(0);
  if (client_ != nullptr) client_->session().reschedule();
}

Admission AppSocket::ask_now(const Middleware& middleware) {
  Admission answer = Admission::refuse("The server failed to handle this.");
  guarded("use", [&] {
    Socket socket(record_);
    answer = middleware.now(socket);
  });
  return answer;
}

void AppSocket::ask(std::size_t step) {
  for (; phase_ == Phase::asking && step < state_->middleware.size(); ++step) {
    const Middleware& middleware = state_->middleware[step];
    if (middleware.later) {
      waiting_step_ = step;
      return guarded("use", [&] {
        Socket socket(record_);
        middleware.later(socket, Next(record_, step));
      });
    }
    if (const Admission answer = ask_now(middleware); answer.refusal) return refuse(answer);
  }
  if (phase_ == Phase::asking) connect();
}

void AppSocket::decided(std::size_t step, const Admission& admission) {
  const auto self = shared_from_this();
  if (phase_ != Phase::asking || step != waiting_step_) return;
  admission.refusal ? refuse(admission) : ask(step + 1);
}

void AppSocket::refuse(const Admission& admission) {
  if (phase_ != Phase::asking) return;
  const auto self = shared_from_this();
  transport::SocketioClient& client = *std::exchange(client_, nullptr);
  end({});
  client.disconnect(state_->name, refusal_text(admission));
  part_->flush_later(client.session(), flush_mark_);
}

void AppSocket::connect() {
  phase_ = Phase::connected;
  record_->is_connected = true;
  Members& members = part_->members_of(*state_);
  members.add(*this);
  for (const std::string& room : record_->rooms) members.join(*this, room);
  client_->send(transport::socketio_head(SocketioType::connect, state_->name) + JsonText().text("sid", id_).take());
  part_->flush_later(client_->session(), flush_mark_);
  client_->session().reschedule();
  Socket socket(record_);
  for (const auto& handler : state_->connect_handlers) guarded("connection", [&] { handler(socket); });
}

// --- From the client ---

// A client sends nothing before it is connected.
void AppSocket::on_packet(const transport::SocketioPacket& packet, const std::vector<std::string>& attachments) {
  const auto self = shared_from_this();
  if (phase_ == Phase::connected) return handle(packet, attachments);
  if (phase_ != Phase::ended && client_ != nullptr) drop_client();
}

void AppSocket::handle(const transport::SocketioPacket& packet, const std::vector<std::string>& attachments) {
  if (packet.fault != ErrorCode::ok)
    return part_->loop().log(core::LogLevel::info, "socketio_packet_dropped",
                             JsonText().text("namespace", state_->name).text("code", error_name(packet.fault)).take());
  if (packet.type == SocketioType::ack || packet.type == SocketioType::binary_ack) {
    const auto found = acks_.find(*packet.id);
    if (found == acks_.end()) return;
    const Pending pending = std::move(found->second);
    ack_deadlines_.erase({pending.deadline_ms, found->first});
    acks_.erase(found);
    return guarded("ack", [&] { pending.done->give({AckResult::Outcome::answered, received_answer(packet.data, attachments)}); });
  }
  if (packet.type != SocketioType::event && packet.type != SocketioType::binary_event) return;
  transport::SocketioEvent read = transport::read_socketio_event(packet.data);
  const auto found = state_->event_handlers.find(read.name);
  if (found == state_->event_handlers.end() && state_->any_handlers.empty()) return;
  const Event event{std::move(read.name), received_arguments(read.rest, attachments),
                    packet.id ? Ack(record_, *packet.id) : Ack()};
  Socket socket(record_);
  const auto call = [&](const EventHandler& handler) { guarded(event.name, [&] { handler(socket, event); }); };
  std::for_each(state_->any_handlers.begin(), state_->any_handlers.end(), call);
  if (found != state_->event_handlers.end()) std::for_each(found->second.begin(), found->second.end(), call);
}

void AppSocket::on_left(transport::SocketioEnd how) {
  const auto self = shared_from_this();
  client_ = nullptr;
  if (how == transport::SocketioEnd::disconnected) return end("client namespace disconnect");
  end(part_->loop().draining() ? "server shutting down" : "transport close");
}

// --- To the client ---

void AppSocket::send(const Packet& packet) {
  if (phase_ != Phase::connected || client_ == nullptr) return;
  transport::EngineSession& session = client_->session();
  client_->send(packet.text, packet.attachments);
  session.is_full() ? session.flush() : part_->flush_later(session, flush_mark_);
}

void AppSocket::emit_with_ack(std::chrono::milliseconds timeout, std::string_view event, const Arguments& arguments,
                              const AckDone& done) {
  if (phase_ != Phase::connected || client_ == nullptr) return done->otherwise(outcome(AckResult::Outcome::disconnected));
  if (acks_.size() >= kAcksPerSocketMax) return done->otherwise(outcome(AckResult::Outcome::busy));
  const std::uint64_t wait_ms = timeout.count() <= 0 ? 0 : static_cast<std::uint64_t>(timeout.count());
  const std::uint64_t deadline_ms = part_->loop().monotonic_ms() + std::min(wait_ms, kAckTimeoutMsMax);
  const std::uint64_t id = last_ack_++;
  acks_.emplace(id, Pending{done, deadline_ms});
  ack_deadlines_.emplace(deadline_ms, id);
  client_->session().reschedule();
  send(event_packet(state_->name, event, arguments, id));
}

// --- Rooms ---

void AppSocket::join(const std::string& room) {
  if (phase_ == Phase::ended || room == id_ || record_->rooms.contains(room)) return;
  if (record_->rooms.size() >= kRoomsPerSocketMax)
    return part_->loop().log(core::LogLevel::warn, "socketio_rooms_full",
                             JsonText().text("namespace", state_->name).number("rooms_max", kRoomsPerSocketMax).take());
  {
    const std::lock_guard lock(record_->mutex);
    record_->rooms.insert(room);
  }
  if (phase_ == Phase::connected) part_->members_of(*state_).join(*this, room);
}

void AppSocket::leave(const std::string& room) {
  if (phase_ == Phase::ended) return;
  {
    const std::lock_guard lock(record_->mutex);
    record_->rooms.erase(room);
  }
  if (phase_ == Phase::connected) part_->members_of(*state_).leave(*this, room);
}

// --- Time ---

std::uint64_t AppSocket::next_ms() const {
  if (phase_ == Phase::asking) return asking_until_ms_;
  return ack_deadlines_.empty() ? std::numeric_limits<std::uint64_t>::max() : ack_deadlines_.begin()->first;
}

// A client reconnects by itself only when its session is closed.
void AppSocket::on_time(std::uint64_t now_ms) {
  const auto self = shared_from_this();
  if (phase_ == Phase::asking) {
    part_->loop().log(core::LogLevel::warn, "socketio_middleware_late", JsonText().text("namespace", state_->name).take());
    return drop_client();
  }
  std::vector<AckDone> late;
  while (!ack_deadlines_.empty() && ack_deadlines_.begin()->first <= now_ms) {
    const auto found = acks_.find(ack_deadlines_.begin()->second);
    late.push_back(std::move(found->second.done));
    acks_.erase(found);
    ack_deadlines_.erase(ack_deadlines_.begin());
  }
  for (const AckDone& done : late) guarded("ack", [&] { done->give(outcome(AckResult::Outcome::timed_out)); });
}

// --- Ending ---

void AppSocket::drop_client() {
  transport::SocketioClient& client = *std::exchange(client_, nullptr);
  end({});
  client.close(*this);
}

void AppSocket::disconnect(bool closes_transport) {
  if (phase_ == Phase::ended || client_ == nullptr) return;
  const auto self = shared_from_this();
  transport::SocketioClient& client = *std::exchange(client_, nullptr);
  end("server namespace disconnect");
  client.disconnect(state_->name);
  if (closes_transport) client.close(*this);
  part_->flush_later(client.session(), flush_mark_);
}

void AppSocket::end(std::string_view reason) {
  const Phase was = std::exchange(phase_, Phase::ended);
  if (was == Phase::ended) return;
  record_->place = nullptr;
  record_->is_connected = false;
  if (was == Phase::connected) part_->members_of(*state_).remove(*this);
  ack_deadlines_.clear();
  const auto acks = std::exchange(acks_, {});
  for (const auto& [id, pending] : acks) pending.done->otherwise(outcome(AckResult::Outcome::disconnected));
  const bool was_connected = was == Phase::connected;
  if (!part_->is_draining()) return tell_end(was_connected, std::string(reason), acks);
  part_->post([self = shared_from_this(), was_connected, reason = std::string(reason), acks] {
    self->tell_end(was_connected, reason, acks);
  });
}

void AppSocket::tell_end(bool was_connected, const std::string& reason, const std::map<std::uint64_t, Pending>& acks) const {
  for (const auto& [id, pending] : acks)
    guarded("ack", [&, &done = pending.done] { done->give(outcome(AckResult::Outcome::disconnected)); });
  if (!was_connected) return;
  Socket socket(record_);
  for (const auto& handler : state_->disconnect_handlers) guarded("disconnect", [&] { handler(socket, reason); });
}

}  // namespace dialogue::socketio
