// An HTTP answer as a value: what the router decides and the session writes. The body is shared, never copied.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::http {

struct HttpResponse {
  unsigned status = 200;
  std::vector<std::pair<std::string_view, std::string>>
      fields{};              ///< names are literals; Date, Content-Length and Connection are added
  core::SharedBytes body{};  ///< null: none, and no Content-Length where the status forbids it
  bool sends_body = true;    ///< false: its status has none. HEAD is the session's affair
};

/// A refusal that people and programs can read: application/problem+json (RFC 9457).
/// Its `code` is the one of the table of errors that fits the status best, where none is given. `reason`: the application's own
/// words, if any.
[[nodiscard]] HttpResponse problem(unsigned status, std::string_view detail, ErrorCode code = ErrorCode::ok,
                                   std::string_view reason = {});

/// Status line and fields, with the empty line at the end.
[[nodiscard]] std::string response_head(const HttpResponse& answer, bool keep_alive, std::int64_t unix_s);

}  // namespace dialogue::http
