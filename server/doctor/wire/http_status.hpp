// The statuses of HTTP that checks distinguish.
#pragma once

namespace dialogue::doctor::status {

inline constexpr unsigned kSwitching = 101, kOk = 200, kFirstRedirect = 300, kBadRequest = 400, kUnauthorized = 401,
                          kForbidden = 403, kNotFound = 404, kNotAllowed = 405, kProxySignIn = 407, kGone = 410, kTooLarge = 413,
                          kUpgradeRequired = 426, kTooMany = 429, kFirstError = 400, kFirstServerError = 500, kBadGateway = 502,
                          kUnavailable = 503, kGatewayTimeout = 504;

}  // namespace dialogue::doctor::status
