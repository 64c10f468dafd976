// What the HTTP API is asked and what it answers, as values: no socket, no HTTP library. Plain values; who calls whom is at Api.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/access.hpp"
#include "server/core/handles.hpp"
#include "server/core/identity.hpp"
#include "server/core/mail.hpp"

namespace dialogue {

/// Everything of the API stands below this path.
inline constexpr std::string_view kApiPath = "/api/v1";

/// The page that a request comes from, judged by its Origin field.
enum class PageOrigin : std::uint8_t { absent, own, listed, foreign };

/// A request without its body. Header fields are empty where they are absent.
struct ApiRequest {
  std::string method{};  ///< "GET"
  std::string path{};    ///< after kApiPath, still percent-encoded: "/rooms/chat"
  std::string query{};   ///< without its "?"
  std::string origin{}, authorization{}, content_type{}, idempotency_key{};
  PageOrigin page = PageOrigin::absent;
  bool repeats_a_field = false;  ///< one of the fields above came twice
  bool draining = false;         ///< the server is going
};

struct ApiAnswer {
  unsigned status = 200;
  std::vector<std::pair<std::string_view, std::string>> fields;  ///< names are literals; Content-Type stands among them
  SharedBytes body;                                              ///< null: none
};

/// Which of an address's limits a request counts against.
enum class ApiTier : std::uint8_t { request, message, login };

/// What the API may do in the server. Each of them may be called on any thread as long as the server runs.
struct ApiHost {
  /// Runs it on the request's thread, or never where that has ended. This one may be called at any time.
  std::function<void(std::function<void()> task)> run;
  /// To the home of a room, or, when the room is empty, to the shard of the request: those spread over all.
  std::function<void(std::string_view room_id, Mail mail)> post;
  /// Takes one of the caller's address: 0, or after how many ms there will be one.
  std::function<std::uint64_t(ApiTier)> take;
  /// The same without taking.
  std::function<std::uint64_t(ApiTier)> wait_ms;
  std::function<std::size_t()> connection_count;
  /// The process has more memory than it may: nothing new is taken. Not set: it never has.
  std::function<bool()> is_memory_full{};
};

/// Who calls, once the token was accepted.
struct Caller {
  std::string name;  ///< for logs: never the token
  /// Whether it may do this, in a room where the route names one (else the room is empty). Not set: everything.
  std::function<bool(Right right, std::string_view room_id)> may;
  std::string id = {};  ///< whose Idempotency-Keys are kept apart from those of others; stays the same over restarts
};

using CallerVerdict = std::variant<Caller, Refusal>;

/// Who a token of `Authorization: Bearer` is. Answers by one call of `done`, at once or later, on any thread.
using CallerSource = std::function<void(std::string token, std::function<void(CallerVerdict)> done)>;

}  // namespace dialogue
