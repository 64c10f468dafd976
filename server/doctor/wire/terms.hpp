// The arguments of a run of `dialogue doctor`, and its clock. Values.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "server/http_client/http_url.hpp"
#include "server/load/wire/tls.hpp"

namespace dialogue::doctor {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

struct Terms {
  http_client::HttpUrl url;  ///< its target is the prefix before /dialogue and /events; empty for none
  load::TlsTrust trust;
  std::string token;                ///< empty: none
  std::chrono::seconds seconds{0};  ///< how long connections are kept open
};

/// http://, https://, ws:// or wss://; a trailing /dialogue of the path is removed. Throws SetupError for anything else.
[[nodiscard]] http_client::HttpUrl parse_doctor_url(std::string_view text);

}  // namespace dialogue::doctor
