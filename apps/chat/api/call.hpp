// A call: what POST /chat/v1/NAME does. Each file of calls gives its rows as a function; call_table() is all of them. A call runs
// on a thread of its pool, may block, and throws Refused.
#pragma once
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/api/service.hpp"
#include "apps/chat/store/users.hpp"

namespace chat {

/// The user and the session that make a call.
struct Caller {
  User user;               ///< without an id if the call needs no session
  std::string session_id;  ///< of the access token
  std::string address;     ///< of the client, as a trusted proxy reports it
  std::string refresh;     ///< the refresh cookie; empty if the request has none
};

struct Answer {
  boost::json::value body;
  std::optional<std::string> refresh{};  ///< the cookie's new value
  bool ends_cookie = false;
};

enum class Needs : std::uint8_t { nothing, session };
enum class Pace : std::uint8_t {
  quick,     ///< milliseconds
  password,  ///< hashes a password: few at a time, on threads of their own
};

struct Call {
  std::string_view name;
  Needs needs = Needs::session;
  Pace pace = Pace::quick;
  std::uint32_t per_hour = 0;  ///< calls per address; 0: the server's general limit
  std::string_view summary;
  Answer (*run)(Service& service, const Caller& caller, const boost::json::object& request) = nullptr;
};

[[nodiscard]] std::vector<Call> account_calls();
[[nodiscard]] std::vector<Call> profile_calls();
[[nodiscard]] std::vector<Call> session_calls();
[[nodiscard]] std::vector<Call> room_calls();
[[nodiscard]] std::vector<Call> member_calls();
[[nodiscard]] std::vector<Call> moderation_calls();
[[nodiscard]] std::vector<Call> message_calls();
[[nodiscard]] std::vector<Call> invitation_calls();

/// Every call of the application.
[[nodiscard]] std::vector<Call> call_table();

[[nodiscard]] boost::json::object json_of(const User& user);

}  // namespace chat
