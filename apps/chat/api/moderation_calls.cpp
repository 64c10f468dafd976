// What moderators do beside removing: ban and mute, for a while or permanently, and slow a room down.
#include <boost/json/array.hpp>

#include "apps/chat/api/call.hpp"
#include "apps/chat/api/fields.hpp"
#include "apps/chat/api/restrictions.hpp"
#include "apps/chat/api/room_events.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {
namespace {

constexpr std::int64_t kMsPerMinute = 60'000;
constexpr std::uint64_t kMinutesMax = 525'600;  ///< a year
constexpr std::uint64_t kSlowSecondsMax = 21'600;
constexpr std::size_t kReasonCharsMax = 200, kReasonBytesMax = 4096, kRestrictionsPerRoomMax = 1'000;

using Kind = Restriction::Kind;

Role own_role(Database& db, const std::string& room_id, const Caller& caller) {
  const auto role = role_in(db, room_id, caller.user.id);
  if (!role) refuse(FaultCode::not_member, "You are not a member of this room.", "room");
  return *role;
}

Role moderator_role(Database& db, const std::string& room_id, const Caller& caller) {
  const Role role = own_role(db, room_id, caller);
  const auto room = find_room(db, room_id);
  if (role == Role::member || (room && room->is_direct)) refuse(FaultCode::forbidden, "Only moderators and owners do this.");
  return role;
}

/// `minutes` absent: permanently.
Restriction read_restriction(Service& service, const Caller& caller, const boost::json::object& request, Kind kind) {
  Fields fields(request);
  Restriction restriction{.room_id = fields.id("room"), .user_id = fields.id("user"), .kind = kind, .by = caller.user.id};
  restriction.created_ms = static_cast<std::int64_t>(service.unix_ms());
  if (fields.has("minutes")) {
    const std::uint64_t minutes = fields.number("minutes");
    if (minutes == 0 || minutes > kMinutesMax)
      refuse(FaultCode::invalid_request, "`minutes` must be 1 to 525600, or absent.", "minutes");
    restriction.until_ms = restriction.created_ms + static_cast<std::int64_t>(minutes) * kMsPerMinute;
  }
  restriction.reason =
      visible_line(fields.optional_text("reason", kReasonBytesMax).value_or(""), "reason", kReasonCharsMax, true);
  fields.finish();
  if (restriction.user_id == caller.user.id) refuse(FaultCode::invalid_request, "Choose another user than yourself.", "user");
  return restriction;
}

/// Writes it where the caller may; the target's role before.
std::optional<Role> restrict(Database& db, const Caller& caller, const Restriction& restriction) {
  const Role own = moderator_role(db, restriction.room_id, caller);
  if (!find_user(db, restriction.user_id)) refuse(FaultCode::not_found, "There is no such user.", "user");
  const auto target = role_in(db, restriction.room_id, restriction.user_id);
  if (!may_restrict(own, target)) refuse(FaultCode::forbidden, "Your role does not let you do this to this member.", "user");
  if (count_restrictions(db, restriction.room_id, restriction.kind, restriction.created_ms) >= kRestrictionsPerRoomMax)
    refuse(FaultCode::too_many, "1,000 users are restricted in this room already. End one of these first.");
  insert_restriction(db, restriction);
  return target;
}

Answer ban(Service& service, const Caller& caller, const boost::json::object& request) {
  const Restriction restriction = read_restriction(service, caller, request, Kind::ban);
  const auto target = service.store.write([&](Database& db) {
    const auto role = restrict(db, caller, restriction);
    db.run("DELETE FROM invitation WHERE room = ? AND invitee = ?", restriction.room_id, restriction.user_id);
    if (!role) return role;
    delete_member(db, restriction.room_id, restriction.user_id);
    say_member(db, {.room_id = restriction.room_id, .user_id = restriction.user_id, .change = "banned", .by = caller.user.id});
    return role;
  });
  service.realtime.remove(restriction.user_id, restriction.room_id);
  if (target) service.realtime.publish_outbox();
  service.realtime.rooms_changed(restriction.user_id);
  service.realtime.invitations_changed(restriction.user_id);
  return {boost::json::object()};
}

Answer mute(Service& service, const Caller& caller, const boost::json::object& request) {
  const Restriction restriction = read_restriction(service, caller, request, Kind::mute);
  service.store.write([&](Database& db) { (void)restrict(db, caller, restriction); });
  service.realtime.rooms_changed(restriction.user_id);
  return {boost::json::object()};
}

Answer end(Service& service, const Caller& caller, const boost::json::object& request, Kind kind) {
  Fields fields(request);
  const std::string room = fields.id("room"), user = fields.id("user");
  fields.finish();
  service.store.write([&](Database& db) {
    const Role own = moderator_role(db, room, caller);
    if (!may_restrict(own, role_in(db, room, user))) refuse(FaultCode::forbidden, "Your role does not let you do this.", "user");
    if (!delete_restriction(db, room, user, kind)) refuse(FaultCode::not_found, "This user is not restricted.", "user");
  });
  service.realtime.rooms_changed(user);
  return {boost::json::object()};
}

Answer unban(Service& service, const Caller& caller, const boost::json::object& request) {
  return end(service, caller, request, Kind::ban);
}

Answer unmute(Service& service, const Caller& caller, const boost::json::object& request) {
  return end(service, caller, request, Kind::mute);
}

boost::json::array list(Database& db, const std::string& room, Kind kind, std::int64_t now_ms) {
  boost::json::array all;
  for (const Restriction& each : restrictions_in(db, room, kind, now_ms)) {
    boost::json::object json{{"by", each.by}, {"reason", each.reason}, {"created", each.created_ms}};
    if (each.until_ms != kForGood) json["until"] = each.until_ms;
    if (const auto user = find_user(db, each.user_id)) json["user"] = json_of(*user);
    all.push_back(std::move(json));
  }
  return all;
}

Answer list_restrictions(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string room = fields.id("room");
  fields.finish();
  const auto now_ms = static_cast<std::int64_t>(service.unix_ms());
  return service.store.read([&](Database& db) {
    (void)moderator_role(db, room, caller);
    return Answer{
        boost::json::object{{"bans", list(db, room, Kind::ban, now_ms)}, {"mutes", list(db, room, Kind::mute, now_ms)}}};
  });
}

Answer slow_down(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string room = fields.id("room");
  const std::uint64_t seconds = fields.number("seconds");
  fields.finish();
  if (seconds > kSlowSecondsMax) refuse(FaultCode::invalid_request, "`seconds` must be 0 to 21600.", "seconds");
  const auto members = service.store.write([&](Database& db) {
    (void)moderator_role(db, room, caller);
    set_slow_mode(db, room, static_cast<std::int64_t>(seconds));
    return members_of(db, room);
  });
  for (const Member& member : members) service.realtime.rooms_changed(member.user.id);
  return {boost::json::object()};
}

}  // namespace

std::vector<Call> moderation_calls() {
  return {
      {"rooms.ban", Needs::session, Pace::quick, 0, "Removes a user and keeps the user out, for minutes or permanently.", ban},
      {"rooms.unban", Needs::session, Pace::quick, 0, "Ends a ban.", unban},
      {"rooms.mute", Needs::session, Pace::quick, 0, "Lets a user read only, for minutes or permanently.", mute},
      {"rooms.unmute", Needs::session, Pace::quick, 0, "Ends a mute.", unmute},
      {"rooms.restrictions", Needs::session, Pace::quick, 0, "The bans and mutes of a room, for its moderators.",
       list_restrictions},
      {"rooms.slow", Needs::session, Pace::quick, 0, "Seconds between two messages of a member; 0: no bound.", slow_down},
  };
}

}  // namespace chat
