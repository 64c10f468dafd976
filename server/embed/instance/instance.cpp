// The public calls: each becomes a shard message to the room's owner shard, and its answer a value.
#include <dialogue/instance.hpp>

#include "server/api/operations/idempotency_key.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/util/reason.hpp"
#include "server/embed/instance/call_answer.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

TriggerResult trigger_result(const core::PublishResult& published) {
  TriggerResult result;
  result.code = published.fault.code;
  result.message = published.message;
  result.path = published.fault.path;
  result.seq = published.position.seq;
  result.epoch = published.position.epoch;
  result.timestamp_ms = published.position.timestamp_ms;
  result.is_duplicate = published.duplicate;
  result.retry_after_ms = published.retry_after_ms;
  return result;
}

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

core::ServerPublish publication_of(std::string_view room, std::string_view event, std::string_view json, bool deletes) {
  core::ServerPublish publish;
  publish.room_id = room;
  publish.event = event;
  publish.payload = json;
  publish.deletes = deletes;
  return publish;
}

/// Whose idempotency keys a program's own are.
constexpr std::string_view kProgramCaller = "program";

/// Makes a publication for a user exactly once by `key`; why it cannot be made, or empty.
std::string number_for(core::ServerPublish& publication, std::string_view key) {
  if (!core::is_presentable(*publication.as)) return "user: its id, name or meta has another form; see Identity.";
  if (key.empty()) return {};
  const auto read = api::parse_idempotency_key(key);
  if (!read) return "key: it is " + std::string(api::kKeyForms) + ", or PRODUCER/NUMBER.";
  const std::string payload = publication.payload;
  api::number_publication(publication, *read, kProgramCaller, payload);
  return {};
}

TriggerResult invalid_trigger(const std::string& why) {
  TriggerResult result;
  result.code = ErrorCode::request_invalid;
  result.message = why;
  return result;
}

/// Returns the result of a call that was refused, since too many calls are unanswered.
template <typename Result>
Result busy_result(const TriggerLoad& load) {
  Result result;
  result.code = ErrorCode::rate_limited;
  result.busy = true;
  result.message = "Busy: " + std::to_string(load.bytes_max()) +
                   " bytes of events are unanswered (trigger_bytes_max). Wait for answers, then retry.";
  return result;
}

}  // namespace

Instance::Instance(std::unique_ptr<InstanceState> state) : Administration(std::move(state)) {}
Instance::Instance(Instance&& other) noexcept = default;
Instance& Instance::operator=(Instance&& other) noexcept {
  if (state_) InstanceState::end(std::move(state_));
  state_ = std::move(other.state_);
  return *this;
}
Instance::~Instance() {
  if (state_) InstanceState::end(std::move(state_));
}

// --- Life ---

void Instance::listen() { state_->listen(); }
void Instance::run() { state_->run(); }
void Instance::run_until_signal() { state_->run_until_signal(); }
void Instance::stop() { state_->stop(); }

void Instance::probe(std::function<void()> done) const {
  const std::shared_lock lock(state_->server_mutex);
  if (state_->server) state_->server->read_metrics([done = std::move(done)](const metrics::Reading&) { done(); });
}
void Instance::write_recording() { state_->write_recording(); }

void Instance::check() const { state_->check(); }
void Instance::reload(const Config& with) { state_->reload(with); }
void Instance::check_reload(const Config& with) const { state_->check_reload(with); }
void Instance::reload_certificate() { state_->certificate.reload(); }

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

void Instance::publish(core::ServerPublish publish, TriggerCallback done) {
  const auto answer = state_->answer_to<TriggerResult>(std::move(done), not_triggered());
  auto share = state_->load->take(publish.room_id.size() + publish.event.size() + publish.payload.size());
  if (!share) return answer->otherwise(busy_result<TriggerResult>(*state_->load));
  const auto as = [share = std::move(share)](const core::PublishResult& published) { return trigger_result(published); };
  const std::string room = publish.room_id;
  state_->ask(room, std::move(publish), convert_result<core::ServerPublish>(answer, as));
}

void Instance::trigger(std::string_view room, std::string_view event, std::string_view json, TriggerCallback done) {
  publish(publication_of(room, event, json, false), std::move(done));
}

void Instance::trigger_as(const Identity& user, std::string_view room, std::string_view event, std::string_view json,
                          std::string_view key, TriggerCallback done) {
  core::ServerPublish publication = publication_of(room, event, json, false);
  publication.as = std::make_shared<const Identity>(user);
  publication.from = user.user_id;
  if (const std::string fault = number_for(publication, key); !fault.empty()) return done(invalid_trigger(fault));
  publish(std::move(publication), std::move(done));
}

std::future<TriggerResult> Instance::trigger_as(const Identity& user, std::string_view room, std::string_view event,
                                                std::string_view json, std::string_view key) {
  return as_future<TriggerResult>([&](auto done) { trigger_as(user, room, event, json, key, std::move(done)); });
}

void Instance::delete_key(std::string_view room, std::string_view event, std::string_view json, TriggerCallback done) {
  publish(publication_of(room, event, json, true), std::move(done));
}

std::future<TriggerResult> Instance::delete_key(std::string_view room, std::string_view event, std::string_view json) {
  return as_future<TriggerResult>([&](auto done) { delete_key(room, event, json, std::move(done)); });
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
  state_->ask(key, std::move(event), convert_result<core::SendEvent>(answer, as));
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
  query.events = std::move(range.events);
  query.from_ms = range.from_ms;
  query.until_ms = range.until_ms;
  const auto as = [](core::HistoryQuery::Result found) {
    HistoryResult result;
    result.code = found.fault.code;
    if (!result.ok()) result.message = core::error_message(result.code, found.fault.argument);
    result.epoch = found.epoch;
    result.base = found.base;
    result.head = found.head;
    result.events = std::move(found.records);
    result.damaged = std::move(found.damaged);
    result.next = found.next;
    return result;
  };
  state_->ask(room, std::move(query), convert_result<core::HistoryQuery>(answer, as));
}

std::future<HistoryResult> Instance::get_history(std::string_view room, HistoryRange range) {
  return as_future<HistoryResult>([&](auto done) { get_history(room, std::move(range), std::move(done)); });
}

}  // namespace dialogue
