// The table, and how a path finds its row.
#include "server/api/table/routes.hpp"

#include <algorithm>
#include <array>

#include "server/api/table/observe_routes.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/percent.hpp"

namespace dialogue::api {
namespace {

using Kind = ApiParameter::Kind;
constexpr std::size_t kReasonCharactersMax = 256, kUsersAskedMax = 100;

constexpr std::array kRoomsQuery = {
    ApiParameter{"limit", "Maximum number of rooms; default 100.", Kind::integer, 1, kListEntriesMax},
    ApiParameter{"after", "Only rooms whose id is greater."},
};
constexpr std::array kMembersQuery = {
    ApiParameter{"limit", "Maximum number of members; default 100.", Kind::integer, 1, kListEntriesMax},
    ApiParameter{"after", "Only members whose user id is greater."},
};
constexpr std::array kHistoryQuery = {
    ApiParameter{"limit", "Maximum number of events; default 100.", Kind::integer, 1, kPageEventsMax},
    ApiParameter{"before", "Only events with a smaller seq: the newest of them.", Kind::integer, 1, kSafeIntegerMax},
    ApiParameter{"since", "Only events with a greater seq: the oldest of them.", Kind::integer, 0, kSafeIntegerMax},
};
constexpr std::array kDisconnectQuery = {
    ApiParameter{"reason", "The reason that the user's clients receive.", Kind::text, 1, kReasonCharactersMax},
};
constexpr std::array kUsersQuery = {
    ApiParameter{"online_only", "Omit users who are not connected.", Kind::flag},
    ApiParameter{"user", "A user to report; repeatable. Default: all connected users.", Kind::texts, 1, kUsersAskedMax},
    ApiParameter{"limit", "Maximum number of users if none are named; default 100.", Kind::integer, 1, kListEntriesMax},
    ApiParameter{"after", "Only users whose id is greater, if none are named."},
};

constexpr std::array kReloadQuery = {
    ApiParameter{"dry_run", "Change nothing, and return what would change.", Kind::flag},
};

constexpr std::array kUserDataQuery = {
    ApiParameter{"part", "Where next of the page before leads.", Kind::integer, 0, kSafeIntegerMax},
    ApiParameter{"room", "The same."},
    ApiParameter{"since", "The same.", Kind::integer, 0, kSafeIntegerMax},
    ApiParameter{"receipts", "The same.", Kind::text, 1, kPlaceBytesMax},
};

constexpr std::array kAuditQuery = {
    ApiParameter{"limit", "Maximum number of records; default 100.", Kind::integer, 1, kListEntriesMax},
    ApiParameter{"after", "Only records with a greater seq.", Kind::integer, 0, kSafeIntegerMax},
    ApiParameter{"before", "Only records with a smaller seq, newest first.", Kind::integer, 1, kSafeIntegerMax},
    ApiParameter{"actor", "Only of this caller, such as key:billing, or of this user.", Kind::text, 1, kActorBytesMax},
    ApiParameter{"action", "Only this action, such as deleteRoom or sign_in."},
};

constexpr std::array kReceiptsQuery = {
    ApiParameter{"user", "Only of this user."},
    ApiParameter{"limit", "Maximum number of ranges; default 100.", Kind::integer, 1, kListEntriesMax},
    ApiParameter{"after", "The next of the page before.", Kind::text, 1, kPlaceBytesMax},
};

constexpr std::array kMainRoutes = {
    Route{.operation = Operation::publish_event,
          .operation_id = "publishEvent",
          .method = "POST",
          .path = "/rooms/{room}/events",
          .summary = "Publishes one event to a room.",
          .right = core::Right::publish,
          .scope = ApiScope::publish,
          .is_message = true,
          .takes_key = true,
          .may_count = true,
          .body = "Publication",
          .answer = "Receipt",
          .refusals = "404 409 413 415 422"},
    Route{.operation = Operation::publish_batch,
          .operation_id = "publishBatch",
          .method = "POST",
          .path = "/publish",
          .summary =
              "Publishes up to 100 events to rooms, users and sessions. Each has its own result; a batch counts as one message.",
          .right = core::Right::publish,
          .scope = ApiScope::publish,
          .is_message = true,
          .takes_key = true,
          .body = "Batch",
          .answer = "BatchResult",
          .refusals = "413 415 422"},
    Route{.operation = Operation::list_rooms,
          .operation_id = "listRooms",
          .method = "GET",
          .path = "/rooms",
          .summary = "Lists the current rooms, sorted by id.",
          .right = core::Right::manage,
          .scope = ApiScope::read,
          .answer = "RoomList",
          .refusals = "422",
          .query = kRoomsQuery},
    Route{.operation = Operation::create_room,
          .operation_id = "createRoom",
          .method = "POST",
          .path = "/rooms",
          .summary = "Creates a room, which exists until it is deleted. A durable store keeps it across restarts.",
          .right = core::Right::manage,
          .scope = ApiScope::rooms,
          .body = "NewRoom",
          .status = 201,
          .answer = "Room",
          .refusals = "409 413 415 422"},
    Route{.operation = Operation::get_room,
          .operation_id = "getRoom",
          .method = "GET",
          .path = "/rooms/{room}",
          .summary = "Returns one room and the state of its log.",
          .right = core::Right::manage,
          .scope = ApiScope::read,
          .answer = "RoomDetail",
          .refusals = "404"},
    Route{.operation = Operation::delete_room,
          .operation_id = "deleteRoom",
          .method = "DELETE",
          .path = "/rooms/{room}",
          .summary = "Deletes a room and its log; its members receive room_deleted. A predefined room exists again at "
                     "once, empty.",
          .right = core::Right::manage,
          .scope = ApiScope::rooms,
          .status = 204,
          .refusals = "404"},
    Route{.operation = Operation::list_members,
          .operation_id = "listMembers",
          .method = "GET",
          .path = "/rooms/{room}/members",
          .summary = "Lists a room's members as its presence reports them: each user once, sorted by id.",
          .right = core::Right::presence,
          .scope = ApiScope::read,
          .answer = "MemberList",
          .refusals = "404 422",
          .query = kMembersQuery},
    Route{.operation = Operation::get_history,
          .operation_id = "getHistory",
          .method = "GET",
          .path = "/rooms/{room}/history",
          .summary = "Reads a page of a room's log: by default the newest events.",
          .right = core::Right::history,
          .scope = ApiScope::read,
          .answer = "HistoryPage",
          .refusals = "404 422",
          .query = kHistoryQuery},
    Route{.operation = Operation::disconnect_user,
          .operation_id = "disconnectUser",
          .method = "DELETE",
          .path = "/users/{user}/connections",
          .summary = "Ends all connections of a user.",
          .right = core::Right::manage,
          .scope = ApiScope::users,
          .answer = "Disconnected",
          .refusals = "422",
          .query = kDisconnectQuery},
    Route{.operation = Operation::list_users,
          .operation_id = "listUsers",
          .method = "GET",
          .path = "/users",
          .summary = "Lists the users who are online, sorted by id.",
          .right = core::Right::manage,
          .scope = ApiScope::read,
          .answer = "UserList",
          .refusals = "422",
          .query = kUsersQuery},
    Route{.operation = Operation::revoke_tokens,
          .operation_id = "revokeTokens",
          .method = "POST",
          .path = "/revocations",
          .summary = "Revokes tokens and ends the connections that use them.",
          .right = core::Right::manage,
          .scope = ApiScope::users,
          .body = "Revocation",
          .answer = "Disconnected",
          .refusals = "413 415 422"},
    Route{.operation = Operation::publish_to_user,
          .operation_id = "publishToUser",
          .method = "POST",
          .path = "/users/{user}/publish",
          .summary = "Sends one event to all current connections of a user. It is not stored.",
          .right = core::Right::publish,
          .scope = ApiScope::publish,
          .is_message = true,
          .body = "OwnPublication",
          .answer = "Sent",
          .refusals = "413 415 422"},
    Route{.operation = Operation::publish_to_session,
          .operation_id = "publishToSession",
          .method = "POST",
          .path = "/sessions/{session}/publish",
          .summary = "Sends one event to one session, if it is connected. It is not stored.",
          .right = core::Right::publish,
          .scope = ApiScope::publish,
          .is_message = true,
          .body = "OwnPublication",
          .answer = "Sent",
          .refusals = "413 415 422"},
    Route{.operation = Operation::emit_to_sockets,
          .operation_id = "emitToSockets",
          .method = "POST",
          .path = "/socketio/emit",
          .summary = "Emits an event to the Socket.IO clients of a namespace, or of rooms in it. It is not stored.",
          .right = core::Right::manage,
          .scope = ApiScope::publish,
          .is_message = true,
          .body = "Emission",
          .answer = "Emitted",
          .refusals = "404 413 415 422"},
    Route{.operation = Operation::get_drain,
          .operation_id = "getDrain",
          .method = "GET",
          .path = "/drain",
          .summary = "Returns the receipt of the drain with which the previous server on this store ended.",
          .right = core::Right::manage,
          .scope = ApiScope::read,
          .answer = "DrainReceipt",
          .refusals = "404"},
    Route{.operation = Operation::reload_settings,
          .operation_id = "reloadSettings",
          .method = "POST",
          .path = "/reload",
          .summary = "Reads the server's settings again, as SIGHUP does, and returns what that changes.",
          .right = core::Right::manage,
          .scope = ApiScope::admin,
          .answer = "Reload",
          .refusals = "422",
          .query = kReloadQuery},
    Route{.operation = Operation::get_user_data,
          .operation_id = "getUserData",
          .method = "GET",
          .path = "/users/{user}/data",
          .summary = "Exports what a user published, the user's own room, and the user's receipts, in pages. A page may be "
                     "empty and have a next one.",
          .right = core::Right::manage,
          .scope = ApiScope::admin,
          .answer = "UserData",
          .refusals = "422",
          .query = kUserDataQuery},
    Route{.operation = Operation::erase_user_data,
          .operation_id = "eraseUserData",
          .method = "DELETE",
          .path = "/users/{user}/data",
          .summary = "Ends a user's connections, erases what the user published and the user's own room, and searches the "
                     "store's files for what is left. Repeated while that is under way, it waits for the same erasure.",
          .right = core::Right::manage,
          .scope = ApiScope::admin,
          .answer = "Erasure",
          .refusals = "422"},
    Route{.operation = Operation::list_audit,
          .operation_id = "listAudit",
          .method = "GET",
          .path = "/audit",
          .summary = "Reads a page of the audit, oldest first, or with before newest first.",
          .right = core::Right::manage,
          .scope = ApiScope::admin,
          .answer = "AuditPage",
          .refusals = "422",
          .query = kAuditQuery},
    Route{.operation = Operation::list_receipts,
          .operation_id = "listReceipts",
          .method = "GET",
          .path = "/rooms/{room}/receipts",
          .summary = "Reads a page of who received the room's log from which sequence to which, by user.",
          .right = core::Right::manage,
          .scope = ApiScope::admin,
          .answer = "ReceiptPage",
          .refusals = "404 422",
          .query = kReceiptsQuery},
    Route{.operation = Operation::get_info,
          .operation_id = "getInfo",
          .method = "GET",
          .path = "/info",
          .summary = "Returns the server's name, version and limits.",
          .right = core::Right::manage,
          .scope = ApiScope::read,
          .answer = "Info"},
    Route{.operation = Operation::get_openapi,
          .operation_id = "getOpenApi",
          .method = "GET",
          .path = "/openapi.json",
          .summary = "This document.",
          .right = std::nullopt,
          .scope = ApiScope::none,
          .answer = "OpenApi"},
};

/// In the order of Operation: those that observe stand before the last two.
constexpr auto kRoutes = [] {
  constexpr std::size_t kBefore = kMainRoutes.size() - 2;
  std::array<Route, kMainRoutes.size() + kObserveRoutes.size()> all = {};
  std::copy(kMainRoutes.begin(), kMainRoutes.begin() + kBefore, all.begin());
  std::copy(kObserveRoutes.begin(), kObserveRoutes.end(), all.begin() + kBefore);
  std::copy(kMainRoutes.begin() + kBefore, kMainRoutes.end(), all.begin() + kBefore + kObserveRoutes.size());
  return all;
}();

constexpr std::array kPathParameters = {
    ApiParameter{"room", "A room's id.", Kind::text, 1, kNameBytesMax, true},
    ApiParameter{"user", "A user's id.", Kind::text, 1, kNameBytesMax, true},
    ApiParameter{"session", "A session's id.", Kind::text, 1, kNameBytesMax, true},
    ApiParameter{"connection", "A connection's id.", Kind::text, 1, kNameBytesMax, true},
};

/// Takes the first segment off: "/a/b" gives "a" and leaves "/b".
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

/// What the braces stand for, or nothing when the path is another one.
std::optional<std::vector<std::string>> parameters_of(std::string_view path_template, std::string_view path) {
  std::vector<std::string> found;
  while (path_template.starts_with('/') && path.starts_with('/')) {
    const std::string_view wanted = take_segment(path_template), segment = take_segment(path);
    if (!wanted.starts_with('{')) {
      if (segment != wanted) return std::nullopt;
      continue;
    }
    auto decoded = percent_decoded(segment);
    if (!decoded || decoded->empty()) return std::nullopt;
    found.push_back(std::move(*decoded));
  }
  return path_template.empty() && path.empty() ? std::optional(std::move(found)) : std::nullopt;
}

}  // namespace

std::span<const Route> api_routes() { return kRoutes; }

const ApiParameter& path_parameter(std::string_view name) {
  return *std::find_if(kPathParameters.begin(), kPathParameters.end(), [name](const auto& each) { return each.name == name; });
}

std::optional<RouteMatch> match_route(std::string_view method, std::string_view path) {
  RouteMatch match;
  for (const Route& route : kRoutes) {
    auto parameters = parameters_of(route.path, path);
    if (!parameters) continue;
    match.allowed.append(match.allowed.empty() ? "" : ", ").append(route.method == "GET" ? "GET, HEAD" : route.method);
    if (route.method != (method == "HEAD" ? "GET" : method)) continue;
    match.route = &route;
    match.parameters = std::move(*parameters);
  }
  if (match.allowed.empty()) return std::nullopt;
  return match;
}

}  // namespace dialogue::api
