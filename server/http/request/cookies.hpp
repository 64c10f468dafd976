// Cookies of a request. Pure functions; safe from any thread. RFC 6265.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/request/http_check.hpp"

namespace dialogue::http {

/// RFC 9110 section 5.6.2: what a cookie's name, and a field's, consists of.
[[nodiscard]] bool is_token(std::string_view text);
/// RFC 6265 section 4.1.1.
[[nodiscard]] bool is_cookie_value(std::string_view text);

/// The cookies of a field `Cookie`, in their order; what is malformed is left out.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> cookie_pairs(std::string_view field);

/// Whether a request's cookies may say who its user is: its page is of an origin that may connect. A request of another site
/// without an Origin (an image, a link) carries them too, and may not.
[[nodiscard]] bool may_use_cookies(const RequestHeader& header);

/// The value of the first cookie with this name; empty when there is none, or may_use_cookies() is false.
[[nodiscard]] std::string cookie_of(const RequestHeader& header, std::string_view name);

}  // namespace dialogue::http
