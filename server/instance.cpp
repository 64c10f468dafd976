// The public calls: each becomes a letter to the room's home shard, and its answer a value.
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <dialogue/instance.hpp>

#include "server/answer_once.hpp"
#include "server/core/frame_text.hpp"
#include "server/instance_state.hpp"
#include "shared/json_text.hpp"

namespace dialogue {
namespace {

constexpr const char* kNotRunning = "The server is not running.";

RequestResult request_result(ErrorCode code) {
  return {code, code == ErrorCode::ok ? std::string() : std::string(error_row(code).message)};
}

TriggerResult trigger_result(const PublishResult& published) {
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

SendResult send_result(const SendEvent::Result& sent) {
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

CallbackFault report_to(const Config& config) {
  return [log = config.logger](const char* what) {
    log({LogLevel::error, "callback_threw", JsonText().text("what", what).take()});
  };
}

/// Tells the source, whatever it answers.
HookTeller unanswered(HookSource source) {
  return [source = std::move(source)](HookQuestion question) { source(std::move(question), [](const HookVerdict&) {}); };
}

}  // namespace

std::function<void(Client&, std::string_view)> telling_hook(HookVerb verb, HookTeller tell) {
  return [verb, tell = std::move(tell)](const Client& client, std::string_view detail) {
    HookQuestion question;
    question.verb = verb;
    question.identity = client.shared_identity();
    question.session_id = client.session_id();
    (verb == HookVerb::leave ? question.room_id : question.reason) = detail;
    tell(std::move(question));
  };
}

Instance::Instance(std::unique_ptr<State> state) : state_(std::move(state)) {}
Instance::Instance(Instance&& other) noexcept = default;
Instance& Instance::operator=(Instance&& other) noexcept {
  if (state_) state_->stop();
  state_ = std::move(other.state_);
  return *this;
}
Instance::~Instance() {
  if (state_) state_->stop();
}

// --- Life ---

void Instance::listen() { state_->listen(); }
void Instance::run() { state_->run(); }
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
  const std::shared_lock lock(state_->server_mutex);
  if (state_->server) return state_->server->adopt(descriptor, std::move(head), std::move(rest));
  boost::asio::io_context context;
  boost::asio::posix::stream_descriptor owner(context);  // closes it on the way out
  boost::system::error_code not_a_socket;
  owner.assign(descriptor, not_a_socket);
}

// --- Events ---

void Instance::trigger(std::string_view room, std::string_view event, std::string_view json, TriggerCallback done) {
  auto answer = answer_once<TriggerResult>(std::move(done), not_triggered(), report_to(state_->config));
  ServerPublish letter;
  letter.room_id = room;
  letter.event = event;
  letter.payload = json;
  letter.done = [answer](const PublishResult& published) { answer(trigger_result(published)); };
  state_->post(room, std::move(letter));
}

std::future<TriggerResult> Instance::trigger(std::string_view room, std::string_view event, std::string_view json) {
  return as_future<TriggerResult>([&](auto done) { trigger(room, event, json, std::move(done)); });
}

std::future<SendResult> Instance::send(SendEvent letter) {
  return as_future<SendResult>([&](auto done) {
    auto answer = answer_once<SendResult>(std::move(done), not_sent(), report_to(state_->config));
    letter.done = [answer](const SendEvent::Result& sent) { answer(send_result(sent)); };
    const std::string key = letter.user_id.empty() ? letter.session_id : letter.user_id;
    state_->post(key, std::move(letter));
  });
}

std::future<SendResult> Instance::send_to_user(std::string_view user_id, std::string_view event, std::string_view json) {
  SendEvent letter;
  letter.user_id = user_id;
  letter.event = event;
  letter.payload = json;
  return send(std::move(letter));
}

std::future<SendResult> Instance::send_to_session(std::string_view session_id, std::string_view event, std::string_view json) {
  SendEvent letter;
  letter.session_id = session_id;
  letter.event = event;
  letter.payload = json;
  return send(std::move(letter));
}

Listening Instance::on(std::string_view room, std::string_view event, EventHandler handler) {
  const std::uint64_t number = state_->listeners->add(std::string(room), std::string(event), std::move(handler));
  return Listening([listeners = std::weak_ptr(state_->listeners), number] {
    if (const auto alive = listeners.lock()) alive->remove(number);
  });
}

// --- Rooms and people ---

void Instance::create_room(RoomDefinition room, RequestCallback done) {
  const std::string room_id = room.id;
  auto answer = answer_once<RequestResult>(std::move(done), not_running(), report_to(state_->config));
  state_->post(room_id, CreateRoom{std::move(room), [answer](ErrorCode code) { answer(request_result(code)); }});
}

std::future<RequestResult> Instance::create_room(RoomDefinition room) {
  return as_future<RequestResult>([&](auto done) { create_room(std::move(room), std::move(done)); });
}

void Instance::delete_room(std::string_view room_id, RequestCallback done) {
  auto answer = answer_once<RequestResult>(std::move(done), not_running(), report_to(state_->config));
  state_->post(room_id, DeleteRoom{std::string(room_id), [answer](ErrorCode code) { answer(request_result(code)); }});
}

std::future<RequestResult> Instance::delete_room(std::string_view room_id) {
  return as_future<RequestResult>([&](auto done) { delete_room(room_id, std::move(done)); });
}

void Instance::get_history(std::string_view room, HistoryRange range, std::function<void(HistoryResult)> done) {
  HistoryResult unasked;
  unasked.code = ErrorCode::closed;
  unasked.message = kNotRunning;
  auto answer = answer_once<HistoryResult>(std::move(done), std::move(unasked), report_to(state_->config));
  HistoryQuery query;
  query.room_id = room;
  query.since = range.since;
  query.before = range.before;
  query.limit = range.limit;
  query.oldest_first = range.oldest_first;
  query.done = [answer](HistoryQuery::Result found) {
    HistoryResult result;
    result.code = found.fault.code;
    if (!result.ok()) result.message = error_message(result.code, found.fault.argument);
    result.epoch = found.epoch;
    result.base = found.base;
    result.head = found.head;
    result.events = std::move(found.records);
    result.damaged = std::move(found.damaged);
    answer(std::move(result));
  };
  state_->post(room, std::move(query));
}

std::future<HistoryResult> Instance::get_history(std::string_view room, HistoryRange range) {
  return as_future<HistoryResult>([&](auto done) { get_history(room, range, std::move(done)); });
}

void Instance::list_rooms(std::function<void(std::vector<RoomInfo>)> done) {
  state_->post({}, RoomsQuery{answer_once<std::vector<RoomInfo>>(std::move(done), {}, report_to(state_->config))});
}

std::future<std::vector<RoomInfo>> Instance::list_rooms() {
  return as_future<std::vector<RoomInfo>>([&](auto done) { list_rooms(std::move(done)); });
}

void Instance::list_rooms(ListRange range, std::function<void(std::vector<RoomInfo>)> done) {
  auto answer = answer_once<std::vector<RoomInfo>>(std::move(done), {}, report_to(state_->config));
  state_->post({}, RoomsQuery{std::move(answer), {std::move(range.after), range.limit}});
}

std::future<std::vector<RoomInfo>> Instance::list_rooms(ListRange range) {
  return as_future<std::vector<RoomInfo>>([&](auto done) { list_rooms(std::move(range), std::move(done)); });
}

void Instance::list_users(ListRange range, std::function<void(std::vector<UserInfo>)> done) {
  auto answer = answer_once<std::vector<UserInfo>>(std::move(done), {}, report_to(state_->config));
  state_->post({}, UsersQuery{{std::move(range.after), range.limit}, {}, std::move(answer)});
}

std::future<std::vector<UserInfo>> Instance::list_users(ListRange range) {
  return as_future<std::vector<UserInfo>>([&](auto done) { list_users(std::move(range), std::move(done)); });
}

void Instance::list_members(std::string_view room, ListRange range, std::function<void(std::vector<UserInfo>)> done) {
  auto answer = answer_once<std::vector<UserInfo>>(std::move(done), {}, report_to(state_->config));
  MembersQuery query{std::string(room), {std::move(range.after), range.limit}, {}};
  query.done = [answer](MembersQuery::Result found) { answer(std::move(found.members)); };
  state_->post(room, std::move(query));
}

std::future<std::vector<UserInfo>> Instance::list_members(std::string_view room, ListRange range) {
  return as_future<std::vector<UserInfo>>([&](auto done) { list_members(room, std::move(range), std::move(done)); });
}

void Instance::get_clients(std::string_view user_id, std::function<void(std::vector<ConnectionInfo>)> done) {
  auto answer = answer_once<std::vector<ConnectionInfo>>(std::move(done), {}, report_to(state_->config));
  state_->post(user_id, ConnectionsQuery{std::string(user_id), std::move(answer)});
}

std::future<std::vector<ConnectionInfo>> Instance::get_clients(std::string_view user_id) {
  return as_future<std::vector<ConnectionInfo>>([&](auto done) { get_clients(user_id, std::move(done)); });
}

std::future<std::size_t> Instance::disconnect_user(std::string_view user_id, std::string_view reason) {
  return as_future<std::size_t>([&](auto done) {
    auto answer = answer_once<std::size_t>(std::move(done), 0, report_to(state_->config));
    state_->post(user_id, KickUser{std::string(user_id), std::string(reason), std::move(answer)});
  });
}

void Instance::revoke(Revocation what, std::uint64_t forget_at_s, std::function<void(RevokeResult)> done) {
  RevokeResult unasked;
  unasked.code = ErrorCode::closed;
  unasked.message = kNotRunning;
  auto answer = answer_once<RevokeResult>(std::move(done), std::move(unasked), report_to(state_->config));
  state_->revoke(std::move(what), forget_at_s, std::move(answer));
}

std::future<RevokeResult> Instance::revoke(Revocation what, std::uint64_t forget_at_s) {
  return as_future<RevokeResult>([&](auto done) { revoke(std::move(what), forget_at_s, std::move(done)); });
}

std::future<std::size_t> Instance::remove_from_room(std::string_view user_id, std::string_view room_id) {
  return as_future<std::size_t>([&](auto done) {
    auto answer = answer_once<std::size_t>(std::move(done), 0, report_to(state_->config));
    state_->post(room_id.empty() ? user_id : room_id, LeaveRoom{std::string(user_id), std::string(room_id), std::move(answer)});
  });
}

// --- Hooks ---

void Instance::add_connect_hook(std::function<HookDecision(Client&)> hook) {
  state_->refuse_late_hook("on_connect");
  state_->connect_hooks.push_back(std::move(hook));
}

void Instance::add_join_hook(std::function<HookDecision(Client&, std::string_view)> hook) {
  state_->refuse_late_hook("on_join");
  state_->join_hooks.push_back(std::move(hook));
}

void Instance::on_connect(WaitingHook hook) {
  state_->refuse_late_hook("on_connect");
  state_->waiting_connect_hooks.push_back(std::move(hook.source));
}

void Instance::on_join(WaitingHook hook) {
  state_->refuse_late_hook("on_join");
  state_->waiting_join_hooks.push_back(std::move(hook.source));
}

void Instance::on_leave(WaitingHook hook) { on_leave(telling_hook(HookVerb::leave, unanswered(std::move(hook.source)))); }

void Instance::on_disconnect(WaitingHook hook) {
  on_disconnect(telling_hook(HookVerb::disconnect, unanswered(std::move(hook.source))));
}

void Instance::add_middleware(Middleware step) {
  state_->refuse_late_hook("use");
  state_->middleware.push_back(std::move(step));
}

void Instance::on_joined(std::function<void(Client&, std::string_view)> hook) {
  state_->refuse_late_hook("on_joined");
  state_->joined_hooks.push_back(std::move(hook));
}

void Instance::on_leave(std::function<void(Client&, std::string_view)> hook) {
  state_->refuse_late_hook("on_leave");
  state_->leave_hooks.push_back(std::move(hook));
}

void Instance::on_disconnect(std::function<void(Client&, std::string_view)> hook) {
  state_->refuse_late_hook("on_disconnect");
  state_->disconnect_hooks.push_back(std::move(hook));
}

}  // namespace dialogue
