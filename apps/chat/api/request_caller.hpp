// Finds the user who makes an HTTP request, by the access token, or by the session's cookie if a page cannot send a token.
#pragma once
#include <dialogue/dialogue.hpp>

#include <string>

#include "apps/chat/api/sessions.hpp"
#include "apps/chat/domain/fault.hpp"

namespace chat {

/// The name of the session's cookie; over HTTPS one that other hosts cannot set.
[[nodiscard]] std::string cookie_name(const dialogue::RouteRequest& request);
/// Refuses (unauthorized) without a valid token.
[[nodiscard]] SignedIn caller_by_token(Service& service, const dialogue::RouteRequest& request);
/// The user's id. The cookie is not renewed by it. Refuses (unauthorized) without either.
[[nodiscard]] std::string user_by_token_or_cookie(Service& service, const dialogue::RouteRequest& request);
[[nodiscard]] dialogue::RouteResponse response_of_fault(const Fault& fault);

}  // namespace chat
