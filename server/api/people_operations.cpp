// People: who is in a room, who is online, and ending somebody's connections.
#include <algorithm>
#include <map>

#include "server/api/api_call.hpp"
#include "shared/json_text.hpp"
#include "shared/names.hpp"

namespace dialogue {
namespace {

constexpr std::string_view kReason = "disconnected by the application";

/// Connections by their user, each user once.
struct UserConnections {
  const ConnectionInfo* newest = nullptr;
  std::uint64_t count = 0;
};
using Users = std::map<std::string, UserConnections, std::less<>>;

Users by_user(const std::vector<ConnectionInfo>& connections) {
  Users users;
  for (const ConnectionInfo& connection : connections) {
    UserConnections& user = users[connection.user_id];
    user.newest = &connection;
    ++user.count;
  }
  return users;
}

std::string display_name(const ConnectionInfo& connection) {
  return connection.name.empty() ? connection.user_id : connection.name;
}

std::string member_text(const Users::value_type& entry) {
  const auto& [user_id, user] = entry;
  JsonText text;
  text.text("userId", user_id).text("name", display_name(*user.newest)).number("connections", user.count);
  if (!user.newest->meta.empty()) text.raw("meta", user.newest->meta);
  return text.take();
}

std::string user_text(const Users::value_type& entry) {
  const auto& [user_id, user] = entry;
  JsonText text;
  text.text("userId", user_id).flag("online", user.count > 0).number("connections", user.count);
  if (user.newest != nullptr) text.text("name", display_name(*user.newest));
  return text.take();
}

/// Keeps the users that were asked for, connected or not.
Users only_asked(Users&& users, const std::vector<std::string>& asked) {
  if (asked.empty()) return std::move(users);
  Users chosen;
  for (const std::string& user_id : asked) {
    const auto found = users.find(user_id);
    chosen[user_id] = found == users.end() ? UserConnections{} : found->second;
  }
  return chosen;
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
  ConnectionsQuery members;
  members.room_id = room;
  members.done = [call](const std::vector<ConnectionInfo>& connections) {
    call->done(json_answer(200, JsonText().raw("members", json_array(by_user(connections), member_text)).take()));
  };
  HistoryQuery exists;
  exists.room_id = room;
  exists.limit = 0;
  exists.done = [call, members = std::move(members)](const HistoryQuery::Result& found) {
    if (found.fault.code == ErrorCode::room_unknown) return call->refuse(found.fault);
    call->host.post({}, ConnectionsQuery(members));
  };
  call->host.post(room, std::move(exists));
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
  ConnectionsQuery everybody;
  everybody.done = [call](const std::vector<ConnectionInfo>& connections) {
    const ApiQuery& query = call->request.query;
    Users users = only_asked(by_user(connections), query.texts("user"));
    if (query.flag("online_only")) std::erase_if(users, [](const auto& entry) { return entry.second.count == 0; });
    call->done(json_answer(200, JsonText().raw("users", json_array(users, user_text)).take()));
  };
  call->host.post({}, std::move(everybody));
}

void revoke_tokens(const ApiCallPtr& call) {
  const auto& revoke = call->api.settings().revoke;
  if (!revoke) return call->refuse({422, ErrorCode::not_supported, "This server has no tokens that could be revoked."});
  const auto body = read_revocation(call->body);
  if (!body) return call->refuse({ErrorCode::request_invalid, "give exactly one of tokenId, user and everybody", {}});
  note_revocation(*call, body->what);
  revoke(body->what, body->forget_at_s, [call](ErrorCode code, std::size_t ended) {
    if (code != ErrorCode::ok) return call->refuse({code, {}, {}});
    call->note("connections", ended);
    call->done(json_answer(200, JsonText().number("connections", ended).take()));
  });
}

}  // namespace dialogue
