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
      tape_(context.effects.tape()),
      question_(tape_ != nullptr ? tape_->last_question() + 1 : 0) {}

void ConnectionHookClient::set_meta(std::string json_object) {
  if (tape_ != nullptr) tape_->requested(question_, "meta", json_object);
  wishes_.push_back(Meta{std::move(json_object)});
}

void ConnectionHookClient::join(std::string_view room_id, std::uint64_t newest) {
  HookWish wished{HookWish::Kind::join, std::string(room_id), {}, 0, std::min(newest, kSafeIntegerMax)};
  if (newest == 0) return wish(std::move(wished), "join", room_id);
  wish(std::move(wished), "join_last", std::to_string(wished.newest) + ' ' + std::string(room_id));
}

void ConnectionHookClient::leave(std::string_view room_id) {
  wish({HookWish::Kind::leave, std::string(room_id), {}, 0}, "leave", room_id);
}

void ConnectionHookClient::disconnect(std::string_view reason) {
  std::string after;  // the room that was joined last: the end comes when that has its answer
  for (const Wish& before : wishes_)
    if (const auto* step = std::get_if<HookWish>(&before); step != nullptr && step->kind == HookWish::Kind::join)
      after = step->room_id;
  std::string bounded = bounded_reason(std::string(reason));
  const std::string text = bounded;
  wish({HookWish::Kind::disconnect, std::move(after), std::move(bounded), 0}, "disconnect", text);
}

void ConnectionHookClient::wish(HookWish wished, std::string_view name, std::string_view text) {
  if (tape_ != nullptr) tape_->requested(question_, name, text);
  has_steps_ = true;
  wishes_.push_back(std::move(wished));
}

void ConnectionHookClient::denied(const std::string& reason) const {
  if (tape_ != nullptr) tape_->denied(question_, reason);
}

void ConnectionHookClient::allowed_from(const HistoryFrom& from) const {
  if (tape_ != nullptr) tape_->requested(question_, "history_from", std::to_string(from.seq) + ' ' + std::to_string(from.epoch));
}

std::optional<bool> ConnectionHookClient::will_be_in(std::string_view room_id) const {
  for (auto wish = wishes_.rbegin(); wish != wishes_.rend(); ++wish) {
    const auto* step = std::get_if<HookWish>(&*wish);
    if (step == nullptr || step->room_id != room_id || step->kind == HookWish::Kind::send) continue;
    return step->kind == HookWish::Kind::join;
  }
  return std::nullopt;
}

bool ConnectionHookClient::send(std::string_view room_id, std::string_view event, std::string_view json) {
  if (tape_ != nullptr) tape_->sent(question_, room_id, event, json);
  const auto index = context_.config.catalogue.find_event(event);
  const std::optional<bool> will_be = will_be_in(room_id);
  if (!index || will_be == false) return false;
  HookWish wished{HookWish::Kind::send, std::string(room_id), {}, *index};
  if (!will_be && !event_for(context_, connection_, wished)) return false;
  wished.text = json;
  if (check_payload(context_.config, context_.effects, *index, wished.text)) return false;
  if (has_steps_)
    wishes_.push_back(std::move(wished));
  else
    wishes_.push_back(*event_for(context_, connection_, wished));
  return true;
}

std::optional<SharedBytes> ConnectionHookClient::event_for(const ShardContext& context, Connection& connection,
                                                           const HookWish& wish) {
  const Membership* membership = connection.membership_in(wish.room_id);
  if (membership == nullptr || !membership->local->rules->slot_of(wish.event)) return std::nullopt;
  const EventRecord record{0, context.effects.now().unix_ms, wish.event, std::string(kSystemUserId), wish.text};
  return event_frame(membership->room, record);
}

bool ConnectionHookClient::put_off(HookWish&& wished) const {
  if (!connection_.asked) connection_.asked = std::make_unique<PendingHooks>();
  auto& waiting = connection_.asked->wishes;
  if (waiting.size() < kHookWishesMax) {
    waiting.push_back(std::move(wished));
    return true;
  }
  context_.effects.log(LogLevel::error, "hook_calls_refused", {{"session", connection_.session_id}, {"room", wished.room_id}});
  return false;
}

void ConnectionHookClient::carry_out() {
  bool has_put_off = false;  // the message also has the rights judged again
  for (Wish& wish : wishes_) {
    if (const Meta* meta = std::get_if<Meta>(&wish))
      has_put_off = replace_meta(context_, connection_, meta->json) || has_put_off;
    else if (connection_.state == SessionState::closing)
      continue;  // nothing can be done for it any more
    else if (SharedBytes* text = std::get_if<SharedBytes>(&wish))
      context_.answer(connection_, std::move(*text));
    else
      has_put_off = put_off(std::get<HookWish>(std::move(wish))) || has_put_off;
  }
  if (has_put_off) context_.effects.post(context_.effects.shard(), HookCommand{connection_.id});
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
