// Requests and answers of the HTTP API as values: no socket, no HTTP library. Plain values; Api describes the calls.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/api/http_response.hpp"
#include "server/api/page_origin.hpp"
#include "server/api/table/routes.hpp"
#include "server/calls/call_done.hpp"
#include "server/core/access/access.hpp"
#include "server/core/access/identity.hpp"
#include "server/core/messages/actions.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/util/rate_verdict.hpp"

namespace dialogue::api {

/// A request without its body. Absent header fields are empty.
struct ApiRequest {
  std::string method{};  ///< "GET"
  std::string path{};    ///< after kApiPath, still percent-encoded: "/rooms/chat"
  RouteMatch match{};    ///< of method and path
  std::string query{};   ///< without its "?"
  std::string origin{}, authorization{}, content_type{}, idempotency_key{};
  PageOrigin page = PageOrigin::absent;
  bool repeats_a_field = false;  ///< a header field above occurs twice
  bool has_members = false;      ///< the request has a body of more bytes than {}
  bool draining = false;         ///< the server is stopping
  bool is_near = false;          ///< of this machine, in development: needs no key if the server has none (318-observation.md)
};

/// What the API may do in the server. Each function may be called on any thread while the server runs; `run` and `log` at any
/// time.
struct ApiHost {
  /// Runs the task on the request's thread, or never if that thread has ended.
  std::function<void(std::function<void()> task)> run;
  /// Writes a line to the log, without a limit of lines. Not set: the server has no log.
  std::function<void(const core::LogLine&)> log;
  /// Sends the call to the owner shard of a room or, if `room_id` is empty, to the request's shard; requests are spread over all
  /// shards. `done` is called once, on any thread.
  std::function<void(std::string_view room_id, core::ApplicationCall asked, calls::CallDone done)> ask;
  /// Counts one request against the rate limit of the caller's address.
  std::function<core::RateVerdict(core::RateTier)> take;
  std::function<std::uint64_t()> now_ms;  ///< the monotonic clock
  std::function<std::size_t()> connection_count;
  /// The process has more memory than it may: nothing new is taken. Not set: it never has.
  std::function<bool()> is_memory_full{};
  std::string address, peer;  ///< of the client, as a trusted proxy reports it; and of the socket's other end
  bool is_counted = true;     ///< false: limits are not for this address
  std::string trace{};        ///< the id of the request's trace; empty: it has none
};

/// An event for the Socket.IO clients of a namespace: in any of `rooms`, or all of them, without those in any of `except`.
struct Emission {
  std::string nsp, event;
  std::vector<std::string> rooms, except;
  std::vector<std::string> arguments;  ///< JSON texts
};

/// The authors and events that a caller may publish. By default all, as for API keys with the scope.
struct PublishRights {
  std::shared_ptr<const core::Identity> identity{};  ///< whose user id is the `from` that is allowed, beside `system`
  /// Whether this user may publish the event in the room (empty: events of no room).
  std::function<bool(std::string_view room_id, std::string_view event)> may{};
};

/// The caller whose token was accepted.
struct Caller {
  /// "user:ann", never the token. Names the caller in logs, and keeps its Idempotency-Keys apart from those of others.
  std::string name;
  /// Whether the caller has a right, in the room that the route names; `room_id` is empty if the route names none.
  std::function<bool(core::Right right, std::string_view room_id)> may;
  /// What the caller may publish; always set for tokens.
  PublishRights publishes{};
};

using CallerVerdict = std::variant<Caller, core::Refusal>;

/// Authenticates a token of `Authorization: Bearer`. Answers by one call of `done`, immediately or later, on any thread.
using CallerSource = std::function<void(std::string token, std::function<void(CallerVerdict)> done)>;

}  // namespace dialogue::api
