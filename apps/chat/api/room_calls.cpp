// Rooms: create, list, join, leave.
#include <boost/json/array.hpp>

#include "apps/chat/api/call.hpp"
#include "apps/chat/api/fields.hpp"
#include "apps/chat/api/restrictions.hpp"
#include "apps/chat/api/room_events.hpp"
#include "apps/chat/security/random.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {
namespace {

using chat::json_of;

constexpr std::size_t kRoomNameCharsMax = 64, kTopicCharsMax = 250, kTextBytesMax = 4096;
constexpr std::size_t kRoomsPerUserMax = 500;
constexpr std::uint32_t kRoomsPerHour = 120;

/// What its members see of a room beside its name.
void add_own(Database& db, boost::json::object& json, const RoomView& view, std::string_view user_id, std::int64_t now_ms) {
  if (!view.role) return;
  if (const auto mute = find_restriction(db, view.room.id, user_id, Restriction::Kind::mute, now_ms))
    json["muted"] = words_of(*mute);
  json["counts"] = counts_of(db, view.room.id, user_id);
  if (!view.room.is_direct) return;
  if (const auto partner = find_user(db, view.partner)) json["partner"] = json_of(*partner);
}

boost::json::object json_of(const RoomView& view) {
  boost::json::object json{{"id", view.room.id},
                           {"name", view.room.name},
                           {"topic", view.room.topic},
                           {"private", view.room.is_private},
                           {"members", view.members}};
  if (view.role) json["role"] = name_of(*view.role);
  if (view.room.slow_s > 0) json["slowSeconds"] = view.room.slow_s;
  return json;
}

[[noreturn]] void refuse_room() { refuse(FaultCode::not_found, "There is no such room, or it is private.", "room"); }

void check_room_count(Database& db, std::string_view user_id) {
  if (count_rooms_of(db, user_id) >= kRoomsPerUserMax)
    refuse(FaultCode::too_many, "You are in 500 rooms. Leave one of them first.");
}

Answer create_room(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  Room room{random_uuid(), visible_line(fields.text("name", kTextBytesMax), "name", kRoomNameCharsMax), {}, false};
  room.topic = visible_line(fields.optional_text("topic", kTextBytesMax).value_or(""), "topic", kTopicCharsMax, true);
  room.is_private = fields.flag("private", false);
  fields.finish();
  const auto now_ms = static_cast<std::int64_t>(service.unix_ms());
  service.store.write([&](Database& db) {
    check_room_count(db, caller.user.id);
    if (!insert_room(db, room, now_ms)) refuse(FaultCode::name_taken, "A room has this name. Choose another one.", "name");
    if (insert_member(db, room.id, caller.user.id, Role::owner, now_ms))
      say_member(db, {.room_id = room.id, .user_id = caller.user.id, .change = "joined", .role = Role::owner});
  });
  service.realtime.publish_outbox();
  service.realtime.rooms_changed(caller.user.id);
  return {json_of(RoomView{room, Role::owner, 1})};
}

Answer list_rooms(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields(request).finish();
  boost::json::array rooms, bans;
  const auto now_ms = static_cast<std::int64_t>(service.unix_ms());
  service.store.read([&](Database& db) {
    for (const Restriction& ban : bans_of(db, caller.user.id, now_ms))
      bans.push_back(boost::json::object{{"room", ban.room_id}, {"words", words_of(ban)}});
    for (const auto& view : rooms_seen_by(db, caller.user.id)) {
      boost::json::object json = json_of(view);
      add_own(db, json, view, caller.user.id, now_ms);
      rooms.push_back(std::move(json));
    }
  });
  return {boost::json::object{{"rooms", std::move(rooms)}, {"bans", std::move(bans)}}};
}

Answer join_room(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string id = fields.id("room");
  fields.finish();
  const auto now_ms = static_cast<std::int64_t>(service.unix_ms());
  const auto view = service.store.write([&](Database& db) {
    check_ban(db, id, caller.user.id, now_ms);
    if (!view_room(db, id, caller.user.id)) refuse_room();
    if (!role_in(db, id, caller.user.id)) check_room_count(db, caller.user.id);
    if (insert_member(db, id, caller.user.id, Role::member, now_ms))
      say_member(db, {.room_id = id, .user_id = caller.user.id, .change = "joined", .role = Role::member});
    return view_room(db, id, caller.user.id);
  });
  service.realtime.publish_outbox();
  service.realtime.rooms_changed(caller.user.id);
  return {json_of(*view)};
}

Answer leave_room(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string id = fields.id("room");
  fields.finish();
  service.store.write([&](Database& db) {
    const auto role = role_in(db, id, caller.user.id);
    if (!role) refuse(FaultCode::not_member, "You are not a member of this room.", "room");
    if (find_room(db, id)->is_direct) refuse(FaultCode::forbidden, "Direct messages have two members.", "room");
    if (loses_last_owner(count_owners(db, id), *role, std::nullopt))
      refuse(FaultCode::last_owner, "You are the last owner of this room. Make another member an owner first.", "room");
    delete_member(db, id, caller.user.id);
    say_member(db, {.room_id = id, .user_id = caller.user.id, .change = "left"});
  });
  service.realtime.publish_outbox();
  service.realtime.remove(caller.user.id, id);
  service.realtime.rooms_changed(caller.user.id);
  return {boost::json::object()};
}

Answer open_direct_room(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string user = fields.id("user");
  fields.finish();
  if (user == caller.user.id) refuse(FaultCode::invalid_request, "Choose another user than yourself.", "user");
  const DirectRoom room = service.store.write([&](Database& db) {
    if (!find_user(db, user)) refuse(FaultCode::not_found, "There is no such user.", "user");
    return open_direct(db, random_uuid(), caller.user.id, user, static_cast<std::int64_t>(service.unix_ms()));
  });
  if (room.is_new)
    for (const auto& each : {caller.user.id, user}) service.realtime.rooms_changed(each);
  return {boost::json::object{{"room", room.id}}};
}

}  // namespace

std::vector<Call> room_calls() {
  return {
      {"rooms.create", Needs::session, Pace::quick, kRoomsPerHour, "Makes a room; its maker is its owner.", create_room},
      {"rooms.list", Needs::session, Pace::quick, 0, "The caller's rooms, the public ones, and bans of the caller.", list_rooms},
      {"rooms.join", Needs::session, Pace::quick, 0, "Becomes a member of a public room.", join_room},
      {"direct.open", Needs::session, Pace::quick, kRoomsPerHour, "The room of two users, made at its first use.",
       open_direct_room},
      {"rooms.leave", Needs::session, Pace::quick, 0, "Ends the caller's membership.", leave_room},
  };
}

}  // namespace chat
