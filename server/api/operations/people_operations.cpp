// People: who is in a room, who is online, and ending somebody's connections.
#include <algorithm>
#include <set>

#include "server/api/api_call.hpp"
#include "server/api/operations/api_page.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

constexpr std::string_view kReason = "disconnected by the application";

const std::string& display_name(const UserInfo& user) { return user.name.empty() ? user.user_id : user.name; }

std::string member_text(const UserInfo& user) {
  JsonText text;
  text.text("userId", user.user_id).text("name", display_name(user)).number("connections", user.connections);
  if (!user.meta.empty()) text.raw("meta", user.meta);
  return text.take();
}

std::string user_text(const UserInfo& user) {
  JsonText text;
  text.text("userId", user.user_id).flag("online", user.connections > 0).number("connections", user.connections);
  if (user.connections > 0) text.text("name", display_name(user));
  return text.take();
}

/// Puts those in who were asked for and are not connected.
void add_absent(std::vector<UserInfo>& found, const std::vector<std::string>& asked) {
  std::set<std::string, std::less<>> absent(asked.begin(), asked.end());
  for (const UserInfo& user : found) absent.erase(user.user_id);
  for (const std::string& user_id : absent) found.push_back({user_id, {}, {}, 0});
  std::sort(found.begin(), found.end(), [](const UserInfo& a, const UserInfo& b) { return a.user_id < b.user_id; });
}

std::string people_text(std::string_view name, const std::vector<UserInfo>& people, std::string (*text_of)(const UserInfo&),
                        const std::string& next) {
  JsonText text;
  text.raw(name, json_array(people, text_of));
  if (!next.empty()) text.text("next", next);
  return text.take();
}

void note_revocation(const ApiCall& call, const Revocation& what) {
  if (!what.token_id.empty()) return call.note("tokenId", what.token_id);
  if (!what.user_id.empty()) call.note("user", what.user_id);
  call.note("issuedBefore", what.issued_before_s);
}

}  // namespace

void list_members(const ApiCallPtr& call) {
  const std::string& room = call->request.parameters.front();
  if (!is_name(room)) return call->refuse({ErrorCode::room_unknown, "of this id", {}});
  const ListedPage page = page_asked(*call);
  MembersQuery query{room, page.range(), {}};
  query.done = [call, page](MembersQuery::Result found) {
    if (found.fault.code != ErrorCode::ok) return call->refuse(found.fault);
    const std::string next = page.next(found.members, &UserInfo::user_id);
    call->done(json_answer(200, people_text("members", found.members, member_text, next)));
  };
  call->host.post(room, std::move(query));
}

void disconnect_user(const ApiCallPtr& call) {
  const std::string& user = call->request.parameters.front();
  if (!is_user_id(user)) return call->refuse({ErrorCode::request_invalid, "this is not a user id", {}});
  const std::string reason = call->request.query.text("reason");
  call->host.post({}, KickUser{user, reason.empty() ? std::string(kReason) : reason, [call](std::size_t count) {
                                 call->note("connections", count);
                                 call->done(json_answer(200, JsonText().number("connections", count).take()));
                               }});
}

void list_users(const ApiCallPtr& call) {
  const ApiQuery& query = call->request.query;
  const std::vector<std::string>& asked = query.texts("user");
  const bool is_paged = query.integer("limit") || !query.text("after").empty();
  if (!asked.empty() && is_paged)
    return call->refuse({ErrorCode::request_invalid, "limit and after are for everybody, not for users that are named", {}});
  const ListedPage page = page_asked(*call);
  UsersQuery letter{page.range(), asked, {}};
  letter.done = [call, page](std::vector<UserInfo> users) {
    const ApiQuery& parameters = call->request.query;
    const bool is_everybody = parameters.texts("user").empty();
    if (!is_everybody && !parameters.flag("online_only")) add_absent(users, parameters.texts("user"));
    const std::string next = is_everybody ? page.next(users, &UserInfo::user_id) : std::string();
    call->done(json_answer(200, people_text("users", users, user_text, next)));
  };
  call->host.post({}, std::move(letter));
}

void revoke_tokens(const ApiCallPtr& call) {
  const auto& revoke = call->api.settings().revoke;
  if (!revoke) return call->refuse({422, ErrorCode::not_supported, "This server has no tokens that could be revoked."});
  const auto body = read_revocation(call->body);
  if (!body) return call->refuse({ErrorCode::request_invalid, "give exactly one of tokenId, user and everybody", {}});
  note_revocation(*call, body->what);
  revoke(body->what, body->forget_at_s, [call](ErrorCode code, std::size_t ended) {
    if (code == ErrorCode::request_invalid)
      return call->refuse({code, "issuedBefore is Unix time in seconds, at most a day ahead", "$.issuedBefore"});
    if (code != ErrorCode::ok) return call->refuse({code, {}, {}});
    call->note("connections", ended);
    call->done(json_answer(200, JsonText().number("connections", ended).take()));
  });
}

}  // namespace dialogue
