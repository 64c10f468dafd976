// See room_events.hpp. The ids of events let the publisher see after a crash whether they were published.
#include "apps/chat/api/room_events.hpp"

#include <boost/json/serialize.hpp>

#include "apps/chat/security/random.hpp"
#include "apps/chat/store/messages.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {
namespace {

void say(Database& db, std::string_view room_id, std::string_view event, const boost::json::object& data) {
  insert_outbox(db, "room-" + std::string(room_id), event, boost::json::serialize(data));
}

}  // namespace

void say_member(Database& db, const MemberChange& change) {
  boost::json::object data{{"id", random_uuid()}, {"user", change.user_id}, {"change", change.change}};
  if (change.role) data["role"] = name_of(*change.role);
  if (!change.by.empty()) data["by"] = change.by;
  say(db, change.room_id, "member", data);
}

void say_deleted(Database& db, std::string_view room_id, std::uint64_t seq, std::string_view by) {
  say(db, room_id, "message.delete", {{"id", random_uuid()}, {"seq", seq}, {"by", by}});
}

boost::json::object counts_of(Database& db, std::string_view room_id, std::string_view user_id) {
  const Unread unread = unread_in(db, room_id, user_id);
  return {{"room", room_id},
          {"mark", unread.mark},
          {"unread", unread.messages},
          {"mentions", unread.mentions},
          {"head", cursor_of(db, room_id).seq}};
}

}  // namespace chat
