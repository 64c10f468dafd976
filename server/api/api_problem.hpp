// Refusals of the API: problem details (RFC 9457) with the code of the one table of errors. Pure functions; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "server/api/api_types.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::api {

struct ApiProblem {
  unsigned status = 500;
  ErrorCode code = ErrorCode::internal;
  std::string detail;  ///< one sentence for people; empty: the code's own
  std::string path{};  ///< into the body: "$.data.text"
  std::uint64_t retry_after_ms = 0, expected = 0;
  std::string_view scope{};  ///< that the caller's key lacks
};

/// The status that a code is answered with. 503 comes with a time to try again.
[[nodiscard]] unsigned status_of(ErrorCode code);

/// What a letter's answer says, with the code's sentence where `message` is empty.
[[nodiscard]] ApiProblem problem_of(const core::Error& fault, std::string_view message = {});

/// The problem as a JSON object.
[[nodiscard]] std::string problem_text(const ApiProblem& problem);
[[nodiscard]] ApiResponse problem_answer(const ApiProblem& problem);

/// A JSON answer.
[[nodiscard]] ApiResponse json_answer(unsigned status, std::string text);

}  // namespace dialogue::api
