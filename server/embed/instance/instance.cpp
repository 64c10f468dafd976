// The public calls: each becomes a shard message to the room's owner shard, and its answer a value.
#include <dialogue/instance.hpp>

#include "server/core/messages/frame_text.hpp"
#include "server/core/util/reason.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

constexpr const char* kNotRunning = "The server is not running.";

RequestResult request_result(ErrorCode code) {
  return {code, code == ErrorCode::ok ? std::string() : std::string(error_row(code).message)};
}

TriggerResult trigger_result(const core::PublishResult& published) {
  TriggerResult result;
  result.code = published.fault.code;
  result.message = published.message;
  result.path = published.fault.path;
  result.seq = published.position.seq;
  result.epoch = published.position.epoch;
  result.timestamp_ms = published.position.timestamp_ms;
  return result;
}

RequestResult not_running() { return {ErrorCode::closed, kNotRunning}; }

TriggerResult not_triggered() {
  TriggerResult result;
  result.code = ErrorCode::closed;
  result.message = kNotRunning;
  return result;
}

SendResult send_result(const core::SendEvent::Result& sent) {
  SendResult result;
  result.code = sent.fault.code;
  result.message = sent.message;
  result.path = sent.fault.path;
  result.connections = sent.connections;
  return result;
}

SendResult not_sent() {
  SendResult result;
  result.code = ErrorCode::closed;
  result.message = kNotRunning;
  return result;
}

/// Calls `ask` with a callback, and gives the future that the callback fulfils.
template <typename Result, typename Ask>
std::future<Result> as_future(Ask ask) {
  auto promise = std::make_shared<std::promise<Result>>();
  auto future = promise->get_future();
  ask([promise](Result result) { promise->set_value(std::move(result)); });
  return future;
}

/// Of a call whose result is given as it is. Without one, the answer is dropped, and its stand-in given.
template <typename Call, typename Result = typename Call::Result>
calls::CallDone given_to(const std::shared_ptr<Answer<Result>>& answer) {
  return calls::call_done<Call>([answer](Result result) { answer->give(std::move(result)); }, [](const core::Error&) {});
}

/// Of a call whose result becomes `as(result)`. Without one, the stand-in says why, and comes on the thread for callbacks.
template <typename Call, typename Result, typename As>
calls::CallDone given_as(const std::shared_ptr<Answer<Result>>& answer, As as) {
  return calls::call_done<Call>(
      [answer, as](typename Call::Result result) { answer->give(as(std::move(result))); },
      [answer, as](const core::Error& fault) { answer->otherwise(as(calls::failed_result<typename Call::Result>(fault))); });
}

/// Nothing of it happened, since too much is unanswered.
template <typename Result>
Result busy_result(const TriggerLoad& load) {
  Result result;
  result.code = ErrorCode::rate_limited;
  result.busy = true;
  result.message = "Busy: " + std::to_string(load.bytes_max()) +
                   " bytes of events wait for an answer (trigger_bytes_max). Wait for some of them, then try again.";
  return result;
}

}  // namespace

Instance::Instance(std::unique_ptr<State> state) : state_(std::move(state)) {}
Instance::Instance(Instance&& other) noexcept = default;
Instance& Instance::operator=(Instance&& other) noexcept {
  if (state_) State::end(std::move(state_));
  state_ = std::move(other.state_);
  return *this;
}
Instance::~Instance() {
  if (state_) State::end(std::move(state_));
}

// --- Life ---

void Instance::listen() { state_->listen(); }
void Instance::run() { state_->run(); }
void Instance::run_until_signal() { state_->run_until_signal(); }
void Instance::stop() { state_->stop(); }
void Instance::write_recording() { state_->write_recording(); }

void Instance::check() const { state_->check(); }
void Instance::reload(const Config& with) { state_->reload(with); }
void Instance::reload_certificate() { state_->reload_certificate(); }

std::uint16_t Instance::port() const {
  const std::shared_lock lock(state_->server_mutex);
  return state_->server ? state_->server->port() : std::uint16_t{0};
}

std::size_t Instance::connection_count() const {
  const std::shared_lock lock(state_->server_mutex);
  return state_->server ? state_->server->connection_count() : 0;
}

void Instance::adopt(int descriptor, std::string head, std::string rest) {
  state_->adopt(descriptor, std::move(head), std::move(rest));
}

// --- Events ---

void Instance::trigger(std::string_view room, std::string_view event, std::string_view json, TriggerCallback done) {
  const auto answer = state_->answer_to<TriggerResult>(std::move(done), not_triggered());
  auto share = state_->load->take(room.size() + event.size() + json.size());
  if (!share) return answer->otherwise(busy_result<TriggerResult>(*state_->load));
  core::ServerPublish publish;
  publish.room_id = room;
  publish.event = event;
  publish.payload = json;
  const auto as = [share = std::move(share)](const core::PublishResult& published) { return trigger_result(published); };
  state_->ask(room, std::move(publish), given_as<core::ServerPublish>(answer, as));
}

std::future<TriggerResult> Instance::trigger(std::string_view room, std::string_view event, std::string_view json) {
  return as_future<TriggerResult>([&](auto done) { trigger(room, event, json, std::move(done)); });
}

void Instance::send(core::SendEvent event, SendCallback done) {
  const auto answer = state_->answer_to<SendResult>(std::move(done), not_sent());
  const std::string key = event.user_id.empty() ? event.session_id : event.user_id;
  if (key.empty()) {
    SendResult unnamed;
    unnamed.code = ErrorCode::request_invalid;
    unnamed.message = "The id of a user or a session is missing.";
    return answer->otherwise(std::move(unnamed));
  }
  auto share = state_->load->take(key.size() + event.event.size() + event.payload.size());
  if (!share) return answer->otherwise(busy_result<SendResult>(*state_->load));
  const auto as = [share = std::move(share)](const core::SendEvent::Result& sent) { return send_result(sent); };
  state_->ask(key, std::move(event), given_as<core::SendEvent>(answer, as));
}

void Instance::send_to_user(std::string_view user_id, std::string_view event, std::string_view json, SendCallback done) {
  core::SendEvent asked;
  asked.user_id = user_id;
  asked.event = event;
  asked.payload = json;
  send(std::move(asked), std::move(done));
}

std::future<SendResult> Instance::send_to_user(std::string_view user_id, std::string_view event, std::string_view json) {
  return as_future<SendResult>([&](auto done) { send_to_user(user_id, event, json, std::move(done)); });
}

void Instance::send_to_session(std::string_view session_id, std::string_view event, std::string_view json, SendCallback done) {
  core::SendEvent asked;
  asked.session_id = session_id;
  asked.event = event;
  asked.payload = json;
  send(std::move(asked), std::move(done));
}

std::future<SendResult> Instance::send_to_session(std::string_view session_id, std::string_view event, std::string_view json) {
  return as_future<SendResult>([&](auto done) { send_to_session(session_id, event, json, std::move(done)); });
}

Subscription Instance::on(std::string_view room, std::string_view event, EventHandler handler) {
  const std::uint64_t number = state_->listeners->add(std::string(room), std::string(event), std::move(handler));
  return Subscription([listeners = std::weak_ptr(state_->listeners), number] {
    if (const auto alive = listeners.lock()) alive->remove(number);
  });
}

// --- Rooms and people ---

void Instance::create_room(RoomDefinition room, RequestCallback done) {
  const std::string room_id = room.id;
  const auto answer = state_->answer_to<RequestResult>(std::move(done), not_running());
  state_->ask(room_id, core::CreateRoom{std::move(room)}, given_as<core::CreateRoom>(answer, request_result));
}

std::future<RequestResult> Instance::create_room(RoomDefinition room) {
  return as_future<RequestResult>([&](auto done) { create_room(std::move(room), std::move(done)); });
}

void Instance::delete_room(std::string_view room_id, RequestCallback done) {
  const auto answer = state_->answer_to<RequestResult>(std::move(done), not_running());
  state_->ask(room_id, core::DeleteRoom{std::string(room_id)}, given_as<core::DeleteRoom>(answer, request_result));
}

std::future<RequestResult> Instance::delete_room(std::string_view room_id) {
  return as_future<RequestResult>([&](auto done) { delete_room(room_id, std::move(done)); });
}

void Instance::get_history(std::string_view room, HistoryRange range, std::function<void(HistoryResult)> done) {
  HistoryResult unasked;
  unasked.code = ErrorCode::closed;
  unasked.message = kNotRunning;
  const auto answer = state_->answer_to<HistoryResult>(std::move(done), std::move(unasked));
  core::HistoryQuery query;
  query.room_id = room;
  query.since = range.since;
  query.before = range.before;
  query.limit = range.limit;
  query.oldest_first = range.oldest_first;
  const auto as = [](core::HistoryQuery::Result found) {
    HistoryResult result;
    result.code = found.fault.code;
    if (!result.ok()) result.message = core::error_message(result.code, found.fault.argument);
    result.epoch = found.epoch;
    result.base = found.base;
    result.head = found.head;
    result.events = std::move(found.records);
    result.damaged = std::move(found.damaged);
    return result;
  };
  state_->ask(room, std::move(query), given_as<core::HistoryQuery>(answer, as));
}

std::future<HistoryResult> Instance::get_history(std::string_view room, HistoryRange range) {
  return as_future<HistoryResult>([&](auto done) { get_history(room, range, std::move(done)); });
}

void Instance::list_rooms(RoomsCallback done) {
  const auto answer = state_->answer_to<std::vector<RoomInfo>>(std::move(done), {});
  state_->ask({}, core::RoomsQuery{}, given_to<core::RoomsQuery>(answer));
}

std::future<std::vector<RoomInfo>> Instance::list_rooms() {
  return as_future<std::vector<RoomInfo>>([&](auto done) { list_rooms(std::move(done)); });
}

void Instance::list_rooms(ListRange range, RoomsCallback done) {
  const auto answer = state_->answer_to<std::vector<RoomInfo>>(std::move(done), {});
  state_->ask({}, core::RoomsQuery{{std::move(range.after), range.limit}}, given_to<core::RoomsQuery>(answer));
}

std::future<std::vector<RoomInfo>> Instance::list_rooms(ListRange range) {
  return as_future<std::vector<RoomInfo>>([&](auto done) { list_rooms(std::move(range), std::move(done)); });
}

void Instance::list_users(ListRange range, UsersCallback done) {
  const auto answer = state_->answer_to<std::vector<UserInfo>>(std::move(done), {});
  state_->ask({}, core::UsersQuery{{std::move(range.after), range.limit}, {}}, given_to<core::UsersQuery>(answer));
}

std::future<std::vector<UserInfo>> Instance::list_users(ListRange range) {
  return as_future<std::vector<UserInfo>>([&](auto done) { list_users(std::move(range), std::move(done)); });
}

void Instance::list_members(std::string_view room, ListRange range, UsersCallback done) {
  const auto answer = state_->answer_to<std::vector<UserInfo>>(std::move(done), {});
  const auto as = [](core::MembersQuery::Result found) { return std::move(found.members); };
  state_->ask(room, core::MembersQuery{std::string(room), {std::move(range.after), range.limit}},
              given_as<core::MembersQuery>(answer, as));
}

std::future<std::vector<UserInfo>> Instance::list_members(std::string_view room, ListRange range) {
  return as_future<std::vector<UserInfo>>([&](auto done) { list_members(room, std::move(range), std::move(done)); });
}

void Instance::get_clients(std::string_view user_id, ConnectionsCallback done) {
  const auto answer = state_->answer_to<std::vector<ConnectionInfo>>(std::move(done), {});
  if (user_id.empty()) return answer->otherwise({});  // the core's everybody
  state_->ask(user_id, core::ConnectionsQuery{std::string(user_id)}, given_to<core::ConnectionsQuery>(answer));
}

std::future<std::vector<ConnectionInfo>> Instance::get_clients(std::string_view user_id) {
  return as_future<std::vector<ConnectionInfo>>([&](auto done) { get_clients(user_id, std::move(done)); });
}

void Instance::get_all_clients(ConnectionsCallback done) {
  const auto answer = state_->answer_to<std::vector<ConnectionInfo>>(std::move(done), {});
  state_->ask({}, core::ConnectionsQuery{}, given_to<core::ConnectionsQuery>(answer));
}

std::future<std::vector<ConnectionInfo>> Instance::get_all_clients() {
  return as_future<std::vector<ConnectionInfo>>([&](auto done) { get_all_clients(std::move(done)); });
}

void Instance::disconnect_user(std::string_view user_id, std::string_view reason, CountCallback done) {
  const auto answer = state_->answer_to<std::size_t>(std::move(done), 0);
  if (user_id.empty()) return answer->otherwise(0);
  state_->ask(user_id, core::KickUser{std::string(user_id), core::bounded_reason(std::string(reason))},
              given_to<core::KickUser>(answer));
}

std::future<std::size_t> Instance::disconnect_user(std::string_view user_id, std::string_view reason) {
  return as_future<std::size_t>([&](auto done) { disconnect_user(user_id, reason, std::move(done)); });
}

void Instance::revoke(Revocation what, std::uint64_t forget_at_s, std::function<void(RevokeResult)> done) {
  if (!what.token_id.empty() || !what.user_id.empty()) return state_->revoke(std::move(what), forget_at_s, std::move(done));
  RevokeResult unnamed;
  unnamed.code = ErrorCode::request_invalid;
  unnamed.message = "Give a token_id or a user_id; revoke_everybody() is for the tokens of all.";
  static_cast<void>(state_->answer_to<RevokeResult>(std::move(done), std::move(unnamed)));  // dropped: that is the answer
}

std::future<RevokeResult> Instance::revoke(Revocation what, std::uint64_t forget_at_s) {
  return as_future<RevokeResult>([&](auto done) { revoke(std::move(what), forget_at_s, std::move(done)); });
}

void Instance::revoke_everybody(std::uint64_t issued_before_s, std::uint64_t forget_at_s,
                                std::function<void(RevokeResult)> done) {
  Revocation everybody;
  everybody.issued_before_s = issued_before_s;
  state_->revoke(std::move(everybody), forget_at_s, std::move(done));
}

std::future<RevokeResult> Instance::revoke_everybody(std::uint64_t issued_before_s, std::uint64_t forget_at_s) {
  return as_future<RevokeResult>([&](auto done) { revoke_everybody(issued_before_s, forget_at_s, std::move(done)); });
}

void Instance::remove_from_room(std::string_view user_id, std::string_view room_id, CountCallback done) {
  const auto answer = state_->answer_to<std::size_t>(std::move(done), 0);
  if (user_id.empty() || room_id.empty()) return answer->otherwise(0);  // the core's all rooms
  state_->ask(room_id, core::LeaveRoom{std::string(user_id), std::string(room_id)}, given_to<core::LeaveRoom>(answer));
}

std::future<std::size_t> Instance::remove_from_room(std::string_view user_id, std::string_view room_id) {
  return as_future<std::size_t>([&](auto done) { remove_from_room(user_id, room_id, std::move(done)); });
}

void Instance::remove_from_all_rooms(std::string_view user_id, CountCallback done) {
  const auto answer = state_->answer_to<std::size_t>(std::move(done), 0);
  if (user_id.empty()) return answer->otherwise(0);
  state_->ask(user_id, core::LeaveRoom{std::string(user_id), {}}, given_to<core::LeaveRoom>(answer));
}

std::future<std::size_t> Instance::remove_from_all_rooms(std::string_view user_id) {
  return as_future<std::size_t>([&](auto done) { remove_from_all_rooms(user_id, std::move(done)); });
}

}  // namespace dialogue
