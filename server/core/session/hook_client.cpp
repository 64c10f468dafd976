// Joins, leaves and the end are put off by a shard message to the shard itself, so that they come after what the hook is about;
// so is an event behind one of them.
#include "server/core/session/hook_client.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/core/effects/payload_check.hpp"
#include "server/core/util/reason.hpp"

namespace dialogue::core {

ConnectionHookClient::ConnectionHookClient(const ShardContext& context, Connection& connection)
    : context_(context),
      connection_(connection),
      effect_log_(context.effects.effect_log()),
      question_(effect_log_ != nullptr ? effect_log_->last_question() + 1 : 0) {}

void ConnectionHookClient::set_meta(std::string json_object) {
  if (effect_log_ != nullptr) effect_log_->requested(question_, "meta", json_object);
  commands_.push_back(Meta{std::move(json_object)});
}

void ConnectionHookClient::join(std::string_view room_id, std::uint64_t newest) {
  HookCommand command{HookCommand::Kind::join, std::string(room_id), {}, 0, std::min(newest, kSafeIntegerMax)};
  if (newest == 0) return add_command(std::move(command), "join", room_id);
  add_command(std::move(command), "join_last", std::to_string(command.newest) + ' ' + std::string(room_id));
}

void ConnectionHookClient::leave(std::string_view room_id) {
  add_command({HookCommand::Kind::leave, std::string(room_id), {}, 0}, "leave", room_id);
}

void ConnectionHookClient::disconnect(std::string_view reason) {
  std::string after;  // the room that was joined last: the end comes when that has its answer
  for (const Command& before : commands_)
    if (const auto* step = std::get_if<HookCommand>(&before); step != nullptr && step->kind == HookCommand::Kind::join)
      after = step->room_id;
  std::string bounded = bounded_reason(std::string(reason));
  const std::string text = bounded;
  add_command({HookCommand::Kind::disconnect, std::move(after), std::move(bounded), 0}, "disconnect", text);
}

void ConnectionHookClient::add_command(HookCommand command, std::string_view name, std::string_view text) {
  if (effect_log_ != nullptr) effect_log_->requested(question_, name, text);
  has_steps_ = true;
  commands_.push_back(std::move(command));
}

void ConnectionHookClient::denied(const std::string& reason) const {
  if (effect_log_ != nullptr) effect_log_->denied(question_, reason);
}

void ConnectionHookClient::allowed_from(const HistoryFrom& from) const {
  if (effect_log_ != nullptr)
    effect_log_->requested(question_, "history_from", std::to_string(from.seq) + ' ' + std::to_string(from.epoch));
}

std::optional<bool> ConnectionHookClient::will_be_in(std::string_view room_id) const {
  for (auto command = commands_.rbegin(); command != commands_.rend(); ++command) {
    const auto* step = std::get_if<HookCommand>(&*command);
    if (step == nullptr || step->room_id != room_id || step->kind == HookCommand::Kind::send) continue;
    return step->kind == HookCommand::Kind::join;
  }
  return std::nullopt;
}

bool ConnectionHookClient::send(std::string_view room_id, std::string_view event, std::string_view json) {
  if (effect_log_ != nullptr) effect_log_->sent(question_, room_id, event, json);
  const auto index = context_.config.catalogue.find_event(event);
  const std::optional<bool> will_be = will_be_in(room_id);
  if (!index || will_be == false) return false;
  HookCommand command{HookCommand::Kind::send, std::string(room_id), {}, *index};
  if (!will_be && !event_for(context_, connection_, command)) return false;
  command.text = json;
  if (check_payload(context_.config, context_.effects, *index, command.text)) return false;
  if (has_steps_)
    commands_.push_back(std::move(command));
  else
    commands_.push_back(*event_for(context_, connection_, command));
  return true;
}

std::optional<SharedBytes> ConnectionHookClient::event_for(const ShardContext& context, Connection& connection,
                                                           const HookCommand& command) {
  const Membership* membership = connection.membership_in(command.room_id);
  if (membership == nullptr || !membership->local->rules->slot_of(command.event)) return std::nullopt;
  const EventRecord record{0, context.effects.now().unix_ms, command.event, std::string(kSystemUserId), command.text};
  return event_frame(membership->room, record);
}

bool ConnectionHookClient::defer(HookCommand&& command) const {
  if (!connection_.asked) connection_.asked = std::make_unique<PendingHooks>();
  auto& waiting = connection_.asked->commands;
  if (waiting.size() < kHookCommandsMax) {
    waiting.push_back(std::move(command));
    return true;
  }
  context_.effects.log(LogLevel::error, "hook_calls_refused", {{"session", connection_.session_id}, {"room", command.room_id}});
  return false;
}

void ConnectionHookClient::carry_out() {
  bool has_deferred = false;  // the message also has the rights judged again
  for (Command& command : commands_) {
    if (const Meta* meta = std::get_if<Meta>(&command))
      has_deferred = replace_meta(context_, connection_, meta->json) || has_deferred;
    else if (connection_.state == SessionState::closing)
      continue;  // nothing can be done for it any more
    else if (SharedBytes* text = std::get_if<SharedBytes>(&command))
      context_.answer(connection_, std::move(*text));
    else
      has_deferred = defer(std::get<HookCommand>(std::move(command))) || has_deferred;
  }
  if (has_deferred) context_.effects.post(context_.effects.shard(), HookCommandsReady{connection_.id});
}

bool replace_meta(const ShardContext& context, Connection& connection, std::string_view json) {
  auto identity = std::make_shared<Identity>(*connection.identity);
  const bool is_meta = lay_meta(*identity, json);
  if (is_meta)
    connection.become(std::move(identity));
  else
    context.effects.log(LogLevel::warn, "meta_refused", {{"session", connection.session_id}});
  return is_meta;
}

}  // namespace dialogue::core
