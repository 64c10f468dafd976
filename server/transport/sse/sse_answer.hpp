// The HTTP responses of a push stream: the head of a stream, and refusals. EventSource gives up at any status but 200, so a
// request that may succeed later is answered with a 200 that ends immediately, with an error and the time of the next attempt.
// Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/error.hpp"
#include "server/http/response/http_response.hpp"

namespace dialogue::transport {

using HttpFields = std::vector<std::pair<std::string_view, std::string>>;

/// Returns Access-Control-Allow-Origin for a page whose origin is allowed, and Vary in any case.
[[nodiscard]] HttpFields cors_fields(std::string_view allowed_origin);

/// Returns the response's head, up to the first block.
[[nodiscard]] std::string sse_head(HttpFields cors, std::int64_t unix_s);
/// Returns the response to HEAD.
[[nodiscard]] http::HttpResponse sse_head_only(HttpFields cors);

/// A comment of 2 KiB, which passes what proxies and browsers hold back at the beginning.
[[nodiscard]] const std::string& sse_padding();
/// "retry: MS\n\n".
[[nodiscard]] std::string sse_retry(std::uint64_t retry_ms);
/// The block of an error. `id` empty: none; `retry_after_ms` 0: as before; `reason`: the application's own words, if any.
[[nodiscard]] std::string sse_error(ErrorCode code, std::string_view message, std::uint64_t retry_after_ms, std::string_view id,
                                    std::string_view reason = {});

/// Whether a stream is refused permanently with this code: then it has its own status. The client can only repeat the same
/// request, token included.
[[nodiscard]] bool is_final_refusal(ErrorCode code);
/// A refusal as an answer: a problem where it is final, else an answer 200 with the time of the reconnect.
[[nodiscard]] http::HttpResponse sse_refusal(ErrorCode code, std::string_view message, std::uint64_t retry_after_ms,
                                             HttpFields cors, std::string_view reason = {});

}  // namespace dialogue::transport
