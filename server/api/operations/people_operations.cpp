// Users: members of a room, online users, and ending a user's connections.
#include <algorithm>
#include <array>
#include <set>

#include "server/api/api_call.hpp"
#include "server/api/operations/api_page.hpp"
#include "server/api/table/areas.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

constexpr std::string_view kReason = "disconnected by the application";

const std::string& display_name(const core::UserInfo& user) { return user.name.empty() ? user.user_id : user.name; }

std::string member_text(const core::UserInfo& user) {
  JsonText text;
  text.text("userId", user.user_id).text("name", display_name(user)).number("connections", user.connections);
  if (!user.meta.empty()) text.raw("meta", user.meta);
  return text.take();
}

std::string user_text(const core::UserInfo& user) {
  JsonText text;
  text.text("userId", user.user_id).flag("online", user.connections > 0).number("connections", user.connections);
  if (user.connections > 0) text.text("name", display_name(user));
  return text.take();
}

/// Puts those in who were asked for and are not connected.
void add_absent(std::vector<core::UserInfo>& found, const std::vector<std::string>& asked) {
  std::set<std::string, std::less<>> absent(asked.begin(), asked.end());
  for (const core::UserInfo& user : found) absent.erase(user.user_id);
  for (const std::string& user_id : absent) found.push_back({user_id, {}, {}, 0});
  std::sort(found.begin(), found.end(), [](const core::UserInfo& a, const core::UserInfo& b) { return a.user_id < b.user_id; });
}

std::string people_text(std::string_view name, const std::vector<core::UserInfo>& people,
                        std::string (*text_of)(const core::UserInfo&), const std::string& next,
                        const std::vector<std::string>& missing) {
  JsonText text;
  text.raw(name, json_array(people, text_of));
  if (!next.empty()) text.text("next", next);
  return with_missing(text, missing);
}

void note_revocation(const ApiCall& call, const core::Revocation& what) {
  if (!what.token_id.empty()) return call.note("tokenId", what.token_id);
  if (!what.user_id.empty()) call.note("user", what.user_id);
  call.note("issuedBefore", what.issued_before_s);
}

void list_members(const ApiCallPtr& call) {
  const std::string& room = call->request.parameters.front();
  if (!is_name(room)) return call->refuse({ErrorCode::room_unknown, "of this id", {}});
  const ListedPage page = page_asked(*call);
  ApiCall::ask(call, room, core::MembersQuery{room, page.range()},
               [call, page](core::MembersQuery::Result found, const std::vector<std::string>& missing) {
                 if (found.fault.code != ErrorCode::ok) return call->refuse(found.fault);
                 const std::string next = page.next(found.members, &core::UserInfo::user_id);
                 call->done(json_answer(200, people_text("members", found.members, member_text, next, missing)));
               });
}

void disconnect_user(const ApiCallPtr& call) {
  const std::string& user = call->request.parameters.front();
  if (!core::is_user_id(user)) return call->refuse({ErrorCode::request_invalid, "this is not a user id", {}});
  const std::string reason = call->request.query.text("reason");
  ApiCall::ask(call, {}, core::KickUser{user, reason.empty() ? std::string(kReason) : reason},
               [call](std::size_t count, const std::vector<std::string>& missing) {
                 call->note("connections", count);
                 call->done(json_answer(200, with_missing(JsonText().number("connections", count), missing)));
               });
}

void list_users(const ApiCallPtr& call) {
  const ApiQuery& query = call->request.query;
  const std::vector<std::string>& asked = query.texts("user");
  const bool is_paged = query.integer("limit") || !query.text("after").empty();
  if (!asked.empty() && is_paged)
    return call->refuse({ErrorCode::request_invalid, "limit and after cannot be combined with user", {}});
  const ListedPage page = page_asked(*call);
  ApiCall::ask(call, {}, core::UsersQuery{page.range(), asked},
               [call, page](std::vector<core::UserInfo> users, const std::vector<std::string>& missing) {
                 const ApiQuery& parameters = call->request.query;
                 const bool is_everybody = parameters.texts("user").empty();
                 if (!is_everybody && !parameters.flag("online_only")) add_absent(users, parameters.texts("user"));
                 const std::string next = is_everybody ? page.next(users, &core::UserInfo::user_id) : std::string();
                 call->done(json_answer(200, people_text("users", users, user_text, next, missing)));
               });
}

void revoke_tokens(const ApiCallPtr& call) {
  const auto& revoke = call->api.settings().revoke;
  if (!revoke) return call->refuse({422, ErrorCode::not_supported, "This server does not use tokens."});
  const auto body = read_revocation(call->body);
  if (!body) return call->refuse({ErrorCode::request_invalid, "give exactly one of tokenId, user and everybody", {}});
  note_revocation(*call, body->what);
  revoke(body->what, body->forget_at_s, [call](const Revoked& revoked) {
    const auto& [code, connections, issued_before_s] = revoked;
    if (code == ErrorCode::request_invalid)
      return call->refuse({code, "issuedBefore is Unix time in seconds, at most a day ahead", "$.issuedBefore"});
    if (code != ErrorCode::ok) return call->refuse({code, {}, {}});
    call->note("connections", connections);
    JsonText answer;
    answer.number("connections", connections);
    if (issued_before_s != 0) answer.number("issuedBefore", issued_before_s);
    call->done(json_answer(200, answer.take()));
  });
}

using Kind = ApiParameter::Kind;
constexpr std::size_t kReasonCharactersMax = 256, kUsersAskedMax = 100;

constexpr std::array kMembersQuery = {
    ApiParameter{"limit", "Maximum number of members; default 100.", Kind::integer, 1, kListEntriesMax},
    ApiParameter{"after", "Only members whose user id is greater."},
};
constexpr std::array kUsersQuery = {
    ApiParameter{"online_only", "Omit users who are not connected.", Kind::flag},
    ApiParameter{"user", "A user to report; repeatable. Default: all connected users.", Kind::texts, 1, kUsersAskedMax},
    ApiParameter{"limit", "Maximum number of users if none are named; default 100.", Kind::integer, 1, kListEntriesMax},
    ApiParameter{"after", "Only users whose id is greater, if none are named."},
};
constexpr std::array kDisconnectQuery = {
    ApiParameter{"reason", "The reason that the user's clients receive.", Kind::text, 1, kReasonCharactersMax},
};

constexpr std::array kPeopleRoutes = {
    Route{.run = list_members,
          .operation_id = "listMembers",
          .method = "GET",
          .path = "/rooms/{room}/members",
          .summary = "Lists a room's members as presence reports them: each user once, sorted by id.",
          .right = core::Right::presence,
          .scope = ApiScope::read,
          .answer = "MemberList",
          .refusals = "404 422",
          .query = kMembersQuery},
    Route{.run = list_users,
          .operation_id = "listUsers",
          .method = "GET",
          .path = "/users",
          .summary = "Lists the users who are online, sorted by id.",
          .right = core::Right::manage,
          .scope = ApiScope::read,
          .answer = "UserList",
          .refusals = "422",
          .query = kUsersQuery},
    Route{.run = disconnect_user,
          .operation_id = "disconnectUser",
          .method = "DELETE",
          .path = "/users/{user}/connections",
          .summary = "Ends all connections of a user.",
          .right = core::Right::manage,
          .scope = ApiScope::users,
          .answer = "Disconnected",
          .refusals = "422",
          .query = kDisconnectQuery},
    Route{.run = revoke_tokens,
          .operation_id = "revokeTokens",
          .method = "POST",
          .path = "/revocations",
          .summary = "Revokes tokens and ends the connections that use them.",
          .right = core::Right::manage,
          .scope = ApiScope::users,
          .body = "Revocation",
          .answer = "Revoked",
          .refusals = "413 415 422"},
};

}  // namespace

std::span<const Route> people_routes() { return kPeopleRoutes; }

}  // namespace dialogue::api
