// Dates as HTTP writes them: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7). Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <string>

namespace dialogue::net {

[[nodiscard]] std::string http_date(std::int64_t unix_s);

}  // namespace dialogue::net
