// Responses that the HTTP side makes itself, and the head of any response as text. Pure functions.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "server/api/http_response.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::http {

using api::HttpResponse;

/// A refusal that people and programs can read: application/problem+json (RFC 9457).
/// Its `code` is the one of the table of errors that fits the status best, where none is given. `reason`: the application's own
/// words, if any.
[[nodiscard]] HttpResponse problem(unsigned status, std::string_view detail, ErrorCode code = ErrorCode::ok,
                                   std::string_view reason = {});

/// Status line and fields, with the empty line at the end.
[[nodiscard]] std::string response_head(const HttpResponse& answer, bool keep_alive, std::int64_t unix_s);

}  // namespace dialogue::http
