// See publish_rules.hpp. A target that the projection has not reached yet is not judged: the client sends again.
#include "apps/chat/bridge/publish_rules.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "apps/chat/api/restrictions.hpp"
#include "apps/chat/domain/file_types.hpp"
#include "apps/chat/domain/roles.hpp"
#include "apps/chat/domain/text.hpp"
#include "apps/chat/store/files.hpp"
#include "apps/chat/store/messages.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {
namespace {

constexpr std::int64_t kEditableMs = 24LL * 3600 * 1000;
constexpr std::int64_t kMsPerSecond = 1'000;
constexpr std::size_t kEmojiPerMessageMax = 20, kPinsMax = 50;

Objection no(std::string reason) { return {std::move(reason), false}; }

const std::string kGone = "This message is gone.";

/// The message at `seq` that is there, or the objection to speaking of it.
std::optional<Objection> find_target(Database& db, const Attempt& attempt, std::uint64_t seq, std::optional<Message>& target) {
  target = find_message(db, attempt.room_id, seq);
  if (!target && seq > cursor_of(db, attempt.room_id).seq) return Objection{"The message is not known yet.", true};
  if (!target || target->is_deleted) return no(kGone);
  return std::nullopt;
}

std::uint64_t number_in(const boost::json::object& data, std::string_view name) {
  const auto* value = data.if_contains(name);
  return value ? value->to_number<std::uint64_t>() : 0;
}

std::optional<Objection> to_text(const boost::json::object& data) {
  if (!has_visible(data.at("text").as_string())) return no("The message has nothing that can be seen.");
  return std::nullopt;
}

/// Each file is the author's own, of this room, carried by no other message, and what the message says of it.
std::optional<Objection> to_files(Database& db, const Attempt& attempt, const boost::json::array& files) {
  for (const auto& each : files) {
    const boost::json::object& said = each.as_object();
    const auto file = find_file(db, said.at("id").as_string());
    const bool is_own = file && file->room_id == attempt.room_id && file->owner_id == attempt.user_id && file->seq == 0;
    if (!is_own) return no("This file cannot be sent here. Upload it again.");
    const bool is_picture = file->type != kUnknownType;
    if (said.at("name").as_string() != file->name || number_in(said, "bytes") != file->bytes ||
        said.at("picture").as_bool() != is_picture)
      return no("The message says something else of a file than the server knows of it.");
  }
  return std::nullopt;
}

std::optional<Objection> to_message(Database& db, const Attempt& attempt, const boost::json::object& data) {
  const auto* files = data.if_contains("files");
  if (files)
    if (auto objection = to_files(db, attempt, files->as_array())) return objection;
  const bool may_be_empty = files && !files->as_array().empty() && data.at("text").as_string().empty();
  if (auto objection = may_be_empty ? std::nullopt : to_text(data)) return objection;
  if (const auto* mentions = data.if_contains("mentions"))
    for (const auto& user : mentions->as_array())
      if (!role_in(db, attempt.room_id, user.as_string())) return no("You mention a user who is not a member of this room.");
  std::optional<Message> target;
  return data.contains("reply") ? find_target(db, attempt, number_in(data, "reply"), target) : std::nullopt;
}

std::optional<Objection> to_edit(Database& db, const Attempt& attempt, const boost::json::object& data) {
  if (auto objection = to_text(data)) return objection;
  std::optional<Message> target;
  if (auto objection = find_target(db, attempt, number_in(data, "seq"), target)) return objection;
  if (target->author != attempt.user_id) return no("Only its author edits a message.");
  if (attempt.now_ms > target->at_ms + kEditableMs) return no("A message can be edited for a day.");
  return std::nullopt;
}

std::optional<Objection> to_reaction(Database& db, const Attempt& attempt, const boost::json::object& data) {
  const std::string_view emoji = data.at("emoji").as_string();
  const std::uint64_t seq = number_in(data, "seq");
  std::optional<Message> target;
  if (auto objection = find_target(db, attempt, seq, target)) return objection;
  if (!is_emoji(emoji)) return no("A reaction is one emoji.");
  if (data.at("on").as_bool() && !has_emoji(db, attempt.room_id, seq, emoji) &&
      count_emoji(db, attempt.room_id, seq) >= kEmojiPerMessageMax)
    return no("This message has 20 different reactions already.");
  return std::nullopt;
}

std::optional<Objection> to_pin(Database& db, const Attempt& attempt, Role role, const boost::json::object& data) {
  const auto room = find_room(db, attempt.room_id);
  if (role == Role::member && !(room && room->is_direct)) return no("Only moderators and owners pin messages.");
  std::optional<Message> target;
  if (auto objection = find_target(db, attempt, number_in(data, "seq"), target)) return objection;
  if (data.at("on").as_bool() && pins_of(db, attempt.room_id).size() >= kPinsMax) return no("50 messages are pinned already.");
  return std::nullopt;
}

}  // namespace

std::optional<Objection> objection_to(Database& db, const Attempt& attempt) {
  const auto role = role_in(db, attempt.room_id, attempt.user_id);
  if (!role) return no("You are not a member of this room.");
  if (const auto mute = find_restriction(db, attempt.room_id, attempt.user_id, Restriction::Kind::mute, attempt.now_ms))
    return no(words_of(*mute));
  const boost::json::value value = boost::json::parse(attempt.payload);
  const boost::json::object& data = value.as_object();
  if (attempt.event == "message") return to_message(db, attempt, data);
  if (attempt.event == "message.edit") return to_edit(db, attempt, data);
  if (attempt.event == "reaction") return to_reaction(db, attempt, data);
  if (attempt.event == "pin") return to_pin(db, attempt, *role, data);
  return std::nullopt;
}

std::optional<std::string> wait_in_slow_room(Database& db, const Attempt& attempt) {
  const auto role = role_in(db, attempt.room_id, attempt.user_id);
  if (!role || *role != Role::member) return std::nullopt;
  const std::int64_t wait_ms = speak_slowly(db, attempt.room_id, attempt.user_id, attempt.now_ms);
  if (wait_ms == 0) return std::nullopt;
  const std::int64_t wait_s = (wait_ms + kMsPerSecond - 1) / kMsPerSecond;
  return "This room is in slow mode. Wait for " + std::to_string(wait_s) + " s.";
}

}  // namespace chat
