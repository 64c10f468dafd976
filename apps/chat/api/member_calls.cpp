// Members of a room: list, roles, removal.
#include <boost/json/array.hpp>

#include "apps/chat/api/call.hpp"
#include "apps/chat/api/fields.hpp"
#include "apps/chat/api/room_events.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {
namespace {

constexpr std::size_t kRoleBytesMax = 16;

Role own_role(Database& db, const std::string& room_id, const Caller& caller) {
  const auto role = role_in(db, room_id, caller.user.id);
  if (!role) refuse(FaultCode::not_member, "You are not a member of this room.", "room");
  return *role;
}

Role role_of_target(Database& db, const std::string& room_id, const std::string& user_id) {
  const auto role = role_in(db, room_id, user_id);
  if (!role) refuse(FaultCode::not_found, "This user is not a member of the room.", "user");
  return *role;
}

Answer list_members(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string room = fields.id("room");
  fields.finish();
  boost::json::array list;
  const auto members = service.store.read([&](Database& db) {
    (void)own_role(db, room, caller);
    return members_of(db, room);
  });
  for (const Member& member : members) {
    boost::json::object json = json_of(member.user);
    json["role"] = name_of(member.role);
    list.push_back(std::move(json));
  }
  return {boost::json::object{{"members", std::move(list)}}};
}

Answer set_member_role(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string room = fields.id("room"), user = fields.id("user");
  const auto role = role_of(fields.text("role", kRoleBytesMax));
  fields.finish();
  if (!role) refuse(FaultCode::invalid_request, "`role` must be owner, moderator or member.", "role");
  service.store.write([&](Database& db) {
    if (!may_give_roles(own_role(db, room, caller))) refuse(FaultCode::forbidden, "Only owners give roles.");
    const Role before = role_of_target(db, room, user);
    if (before == *role) return;
    if (loses_last_owner(count_owners(db, room), before, *role))
      refuse(FaultCode::last_owner, "This is the last owner of the room. Make another member an owner first.", "user");
    set_role(db, room, user, *role);
    say_member(db, {.room_id = room, .user_id = user, .change = "role", .role = *role, .by = caller.user.id});
  });
  service.realtime.publish_outbox();
  service.realtime.rooms_changed(user);
  return {boost::json::object()};
}

Answer remove_member(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string room = fields.id("room"), user = fields.id("user");
  fields.finish();
  if (user == caller.user.id) refuse(FaultCode::invalid_request, "Leave the room instead.", "user");
  service.store.write([&](Database& db) {
    const Role own = own_role(db, room, caller), target = role_of_target(db, room, user);
    if (!may_remove(own, target)) refuse(FaultCode::forbidden, "Your role does not let you remove this member.");
    delete_member(db, room, user);
    say_member(db, {.room_id = room, .user_id = user, .change = "removed", .by = caller.user.id});
  });
  service.realtime.remove(user, room);
  service.realtime.publish_outbox();
  service.realtime.rooms_changed(user);
  return {boost::json::object()};
}

}  // namespace

std::vector<Call> member_calls() {
  return {
      {"rooms.members", Needs::session, Pace::quick, 0, "The members of a room, its owners first.", list_members},
      {"rooms.role", Needs::session, Pace::quick, 0, "Gives a member another role.", set_member_role},
      {"rooms.remove", Needs::session, Pace::quick, 0, "Removes a member.", remove_member},
  };
}

}  // namespace chat
