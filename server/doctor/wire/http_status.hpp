// The statuses of HTTP that checks tell apart.
#pragma once

namespace dialogue::doctor::status {

inline constexpr unsigned kSwitching = 101, kOk = 200, kBadRequest = 400, kUnauthorized = 401, kForbidden = 403, kNotFound = 404,
                          kGone = 410, kTooLarge = 413, kUpgradeRequired = 426, kFirstError = 400, kFirstServerError = 500;

}  // namespace dialogue::doctor::status
