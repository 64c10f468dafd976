// Invitations to a room: to one user, who learns of it at once, or by a link.
#include <boost/json/array.hpp>

#include "apps/chat/api/call.hpp"
#include "apps/chat/api/fields.hpp"
#include "apps/chat/api/restrictions.hpp"
#include "apps/chat/api/room_events.hpp"
#include "apps/chat/security/digest.hpp"
#include "apps/chat/security/random.hpp"
#include "apps/chat/store/invitations.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {
namespace {

constexpr std::int64_t kMsPerHour = 3'600'000, kLifeHours = 7 * 24;
constexpr std::size_t kInvitationsPerHourMax = 20, kUsesMax = 100, kCodeBytes = 16, kCodeCharsMax = 64, kNameBytesMax = 64;

bool may_invite(Database& db, std::string_view room_id, std::string_view user_id) {
  const auto role = role_in(db, room_id, user_id);
  return role && *role != Role::member;
}

/// Refuses those who may not invite, and those who did too often.
void check_inviter(Database& db, const std::string& room_id, const std::string& user_id, std::int64_t now_ms) {
  if (!role_in(db, room_id, user_id)) refuse(FaultCode::not_member, "You are not a member of this room.", "room");
  if (!may_invite(db, room_id, user_id)) refuse(FaultCode::forbidden, "Only moderators and owners invite others.");
  if (count_invitations_by(db, user_id, now_ms - kMsPerHour) >= kInvitationsPerHourMax)
    refuse(FaultCode::too_many, "You have invited 20 times within an hour. Try again later.");
}

[[noreturn]] void refuse_invitation() {
  refuse(FaultCode::not_found, "This invitation is not valid any more. Ask for a new one.", "invitation");
}

Answer invite_user(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string room = fields.id("room"), name = fields.text("name", kNameBytesMax);
  fields.finish();
  const auto now_ms = static_cast<std::int64_t>(service.unix_ms());
  Invitation invitation{.id = random_uuid(),
                        .room_id = room,
                        .inviter_id = caller.user.id,
                        .created_ms = now_ms,
                        .expires_ms = now_ms + kLifeHours * kMsPerHour};
  service.store.write([&](Database& db) {
    delete_expired_invitations(db, now_ms);
    check_inviter(db, room, caller.user.id, now_ms);
    const auto user = find_user_by_name(db, name);
    if (!user) refuse(FaultCode::not_found, "There is no user of this name.", "name");
    if (find_restriction(db, room, user->id, Restriction::Kind::ban, now_ms))
      refuse(FaultCode::banned, "This user is banned from the room. End the ban first.", "name");
    if (role_in(db, room, user->id)) refuse(FaultCode::already_member, "This user is a member already.", "name");
    invitation.invitee_id = user->id;
    if (const auto before = invitation_of(db, room, user->id, now_ms))
      invitation.id = before->id;
    else
      insert_invitation(db, invitation);
  });
  service.realtime.invitations_changed(invitation.invitee_id);
  return {boost::json::object{{"id", invitation.id}}};
}

Answer make_link(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string room = fields.id("room");
  const std::uint64_t uses = fields.has("uses") ? fields.number("uses") : kUsesMax;
  fields.finish();
  if (uses == 0 || uses > kUsesMax) refuse(FaultCode::invalid_request, "`uses` must be 1 to 100.", "uses");
  const auto now_ms = static_cast<std::int64_t>(service.unix_ms());
  const std::string code = base64url(random_bytes(kCodeBytes));
  const Invitation invitation{.id = random_uuid(),
                              .room_id = room,
                              .inviter_id = caller.user.id,
                              .code_hash = sha256(code),
                              .uses_left = uses,
                              .created_ms = now_ms,
                              .expires_ms = now_ms + kLifeHours * kMsPerHour};
  service.store.write([&](Database& db) {
    delete_expired_invitations(db, now_ms);
    check_inviter(db, room, caller.user.id, now_ms);
    insert_invitation(db, invitation);
  });
  return {boost::json::object{{"id", invitation.id}, {"code", code}, {"expires", invitation.expires_ms}}};
}

boost::json::object json_of(Database& db, const Invitation& invitation) {
  boost::json::object json{{"id", invitation.id}, {"expires", invitation.expires_ms}};
  if (const auto room = find_room(db, invitation.room_id))
    json["room"] = boost::json::object{{"id", room->id}, {"name", room->name}};
  if (const auto inviter = find_user(db, invitation.inviter_id)) json["inviter"] = chat::json_of(*inviter);
  if (!invitation.invitee_id.empty())
    if (const auto invitee = find_user(db, invitation.invitee_id)) json["invitee"] = chat::json_of(*invitee);
  if (!invitation.code_hash.empty()) json["usesLeft"] = invitation.uses_left;
  return json;
}

Answer list_own(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields(request).finish();
  boost::json::array list;
  service.store.read([&](Database& db) {
    for (const auto& each : invitations_to(db, caller.user.id, static_cast<std::int64_t>(service.unix_ms())))
      if (may_invite(db, each.room_id, each.inviter_id)) list.push_back(json_of(db, each));
  });
  return {boost::json::object{{"invitations", std::move(list)}}};
}

Answer list_of_room(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string room = fields.id("room");
  fields.finish();
  boost::json::array list;
  service.store.read([&](Database& db) {
    if (!may_invite(db, room, caller.user.id)) refuse(FaultCode::forbidden, "Only moderators and owners see invitations.");
    for (const auto& each : invitations_in(db, room, static_cast<std::int64_t>(service.unix_ms())))
      list.push_back(json_of(db, each));
  });
  return {boost::json::object{{"invitations", std::move(list)}}};
}

/// The invitation that the request names by id or code, if it is the caller's to use.
Invitation find_usable(Database& db, const Caller& caller, const std::optional<std::string>& id,
                       const std::optional<std::string>& code, std::int64_t now_ms) {
  const auto invitation =
      code ? find_invitation_by_code(db, sha256(*code), now_ms) : find_invitation(db, id.value_or(""), now_ms);
  const bool is_own = invitation && (code ? invitation->invitee_id.empty() : invitation->invitee_id == caller.user.id);
  if (!is_own || !may_invite(db, invitation->room_id, invitation->inviter_id)) refuse_invitation();
  return *invitation;
}

Answer accept(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const auto id = fields.optional_text("id", kCodeCharsMax), code = fields.optional_text("code", kCodeCharsMax);
  fields.finish();
  const auto now_ms = static_cast<std::int64_t>(service.unix_ms());
  std::string room;
  service.store.write([&](Database& db) {
    const Invitation invitation = find_usable(db, caller, id, code, now_ms);
    room = invitation.room_id;
    check_ban(db, room, caller.user.id, now_ms);
    if (!insert_member(db, room, caller.user.id, Role::member, now_ms)) return;
    use_invitation(db, invitation);
    say_member(db, {.room_id = room, .user_id = caller.user.id, .change = "joined", .role = Role::member});
  });
  service.realtime.publish_outbox();
  service.realtime.rooms_changed(caller.user.id);
  service.realtime.invitations_changed(caller.user.id);
  return {boost::json::object{{"room", room}}};
}

Answer decline(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string id = fields.id("id");
  fields.finish();
  std::string invitee;
  service.store.write([&](Database& db) {
    const auto invitation = find_invitation(db, id, static_cast<std::int64_t>(service.unix_ms()));
    const bool is_invitee = invitation && invitation->invitee_id == caller.user.id;
    if (!invitation || (!is_invitee && !may_invite(db, invitation->room_id, caller.user.id))) refuse_invitation();
    invitee = invitation->invitee_id;
    delete_invitation(db, id);
  });
  if (!invitee.empty()) service.realtime.invitations_changed(invitee);
  return {boost::json::object()};
}

}  // namespace

std::vector<Call> invitation_calls() {
  return {
      {"invitations.create", Needs::session, Pace::quick, 0, "Invites a user by name.", invite_user},
      {"invitations.link", Needs::session, Pace::quick, 0, "Makes a code by which up to 100 users may join.", make_link},
      {"invitations.list", Needs::session, Pace::quick, 0, "The caller's open invitations.", list_own},
      {"invitations.sent", Needs::session, Pace::quick, 0, "The open invitations to a room.", list_of_room},
      {"invitations.accept", Needs::session, Pace::quick, 0, "Joins the room of an invitation or a code.", accept},
      {"invitations.decline", Needs::session, Pace::quick, 0, "Declines or withdraws an invitation.", decline},
  };
}

}  // namespace chat
