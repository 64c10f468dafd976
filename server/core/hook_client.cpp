// Joins, leaves and the end become letters to the shard itself, so that they come after what the hook is about.
#include "server/core/hook_client.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/core/payload_check.hpp"

namespace dialogue {

ConnectionHookClient::ConnectionHookClient(const ShardContext& context, Connection& connection)
    : context_(context),
      connection_(connection),
      witness_(context.outbox.witness()),
      question_(witness_ != nullptr ? witness_->asked() + 1 : 0) {}

void ConnectionHookClient::set_meta(std::string json_object) {
  if (witness_ != nullptr) witness_->wished(question_, "meta", json_object);
  wishes_.push_back(Meta{std::move(json_object)});
}

void ConnectionHookClient::wish(HookCommand::Kind kind, std::string_view name, std::string_view text) {
  if (witness_ != nullptr) witness_->wished(question_, name, text);
  wishes_.push_back(HookCommand{connection_.id, kind, std::string(text)});
}

void ConnectionHookClient::join(std::string_view room_id, std::uint64_t newest) {
  if (newest == 0) return wish(HookCommand::Kind::join, "join", room_id);
  if (witness_ != nullptr) witness_->wished(question_, "join_last", std::to_string(newest) + ' ' + std::string(room_id));
  wishes_.push_back(
      HookCommand{connection_.id, HookCommand::Kind::join, std::string(room_id), std::min(newest, kSafeIntegerMax)});
}

void ConnectionHookClient::denied(const std::string& reason) const {
  if (witness_ != nullptr) witness_->denied(question_, reason);
}

bool ConnectionHookClient::send(std::string_view room_id, std::string_view event, std::string_view json) {
  if (witness_ != nullptr) witness_->sends(question_, room_id, event, json);
  const auto& rooms = connection_.memberships;
  const auto found = std::find_if(rooms.begin(), rooms.end(), [&](const Membership& m) { return m.local->id == room_id; });
  const auto index = context_.config.catalogue.find_event(event);
  if (found == rooms.end() || !index || !found->local->rules->slot_of(*index)) return false;
  std::string payload(json);
  if (check_payload(context_.config, context_.outbox, *index, payload)) return false;
  const Position position{found->local->epoch, 0, context_.outbox.now().unix_ms};
  wishes_.push_back(event_frame(found->room, *index, position, kSystemUserId, payload));
  return true;
}

void ConnectionHookClient::carry_out() {
  for (Wish& wish : wishes_) {
    if (const Meta* meta = std::get_if<Meta>(&wish))
      replace_meta(context_, connection_, meta->json);
    else if (connection_.state == SessionState::closing)
      continue;  // nothing can be done for it any more
    else if (SharedBytes* text = std::get_if<SharedBytes>(&wish))
      context_.answer(connection_, std::move(*text));
    else
      context_.outbox.post(context_.outbox.shard(), std::get<HookCommand>(std::move(wish)));
  }
}

void replace_meta(const ShardContext& context, Connection& connection, std::string_view json) {
  auto identity = std::make_shared<Identity>(*connection.identity);
  if (set_meta(*identity, json))
    connection.become(std::move(identity));
  else
    context.outbox.log(LogLevel::warn, "meta_refused", {{"session", connection.session_id}});
}

}  // namespace dialogue
