// What a user says of themselves: the name that others see, the colour of their avatar, and an e-mail address.
#include "apps/chat/api/call.hpp"
#include "apps/chat/api/fields.hpp"
#include "apps/chat/domain/accounts.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {
namespace {

constexpr std::size_t kTextBytesMax = 1024;
constexpr std::uint32_t kUpdatesPerHour = 300;

boost::json::object json_of(const Profile& profile, const User& user) {
  boost::json::object json = chat::json_of(user);
  if (profile.email) json["email"] = *profile.email;
  return json;
}

[[noreturn]] void refuse_gone() { refuse(FaultCode::unauthorized, "This account is not there any more."); }

Answer get_profile(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields(request).finish();
  const auto profile = service.store.read([&](Database& db) { return profile_of(db, caller.user.id); });
  if (!profile) refuse_gone();
  return {json_of(*profile, caller.user)};
}

/// Changes what the request names; an empty `email` and a `hue` of null remove them.
void apply(Fields& fields, const boost::json::object& request, Profile& profile) {
  if (const auto name = fields.optional_text("displayName", kTextBytesMax))
    profile.display_name = visible_line(*name, "displayName", kDisplayNameCharsMax);
  if (const auto email = fields.optional_text("email", kTextBytesMax)) {
    if (const auto fault = email->empty() ? std::nullopt : fault_in_email(*email)) throw Refused(*fault);
    profile.email = email->empty() ? std::nullopt : email;
  }
  if (fields.has("hue")) {
    const std::uint64_t hue = fields.number("hue");
    if (hue > kHueMax) refuse(FaultCode::invalid_request, "`hue` must be 0 to 359.", "hue");
    profile.hue = static_cast<unsigned>(hue);
  } else if (request.contains("hue")) {
    profile.hue = std::nullopt;
  }
}

/// Members of the user's rooms see the change at once.
Answer set_own_profile(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  std::vector<std::string> rooms;
  const auto [profile, user] = service.store.write([&](Database& db) {
    auto changed = profile_of(db, caller.user.id);
    if (!changed) refuse_gone();
    apply(fields, request, *changed);
    fields.finish();
    set_profile(db, caller.user.id, *changed);
    rooms = room_ids_of(db, caller.user.id);
    return std::pair(*changed, *find_user(db, caller.user.id));
  });
  service.realtime.profile_changed(user.id, rooms, chat::json_of(user));
  return {json_of(profile, user)};
}

}  // namespace

std::vector<Call> profile_calls() {
  return {
      {"account.me", Needs::session, Pace::quick, 0, "The caller's own profile.", get_profile},
      {"account.update", Needs::session, Pace::quick, kUpdatesPerHour, "Changes display name, colour and e-mail address.",
       set_own_profile},
  };
}

}  // namespace chat
