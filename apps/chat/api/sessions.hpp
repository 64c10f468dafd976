// Sessions as calls and connections need them: begun at a login, found by a token, ended.
#pragma once
#include <optional>
#include <string_view>

#include "apps/chat/api/call.hpp"

namespace chat {

inline constexpr std::size_t kSessionsPerUserMax = 50;  ///< at the next login the one that was unused for longest ends

/// Begins a session, and answers with its tokens. `device`: what its list of sessions shows.
[[nodiscard]] Answer begin_session(Service& service, const User& user, std::string_view device);

/// The answer to a login or a refresh.
[[nodiscard]] Answer session_answer(const Service& service, const User& user, std::string_view session_id,
                                    std::uint64_t generation);

struct SignedIn {
  User user;
  std::string session_id;
  std::uint64_t expires_s = 0;
};

/// Returns the user of an access token, or nothing if the token is invalid or its session has ended.
[[nodiscard]] std::optional<SignedIn> find_signed_in(Service& service, std::string_view access_token);

}  // namespace chat
