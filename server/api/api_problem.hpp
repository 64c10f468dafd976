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
  std::string_view scope{};     ///< that the caller's key lacks
  std::string reason{};         ///< of denied_by_hook: the application's own words
  std::string error{}, data{};  ///< of call_failed: the declared code, and its value as JSON text
};

/// The status that a code is answered with. 503 comes with a time to try again.
[[nodiscard]] unsigned status_of(ErrorCode code);

/// The error of a shard's answer, with the code's sentence if `message` is empty.
[[nodiscard]] ApiProblem problem_of(const core::Error& fault, std::string_view message = {});

inline constexpr std::string_view kBodyTooSlow = "The request body was not received in time.";

/// Why a body was not read: 413 for one above `bytes_max`, 408 for one that is late, else a malformed one.
[[nodiscard]] ApiProblem body_problem(unsigned status, std::uint64_t bytes_max);

/// The problem as a JSON object.
[[nodiscard]] std::string problem_text(const ApiProblem& problem);
[[nodiscard]] HttpResponse problem_answer(const ApiProblem& problem);

/// A JSON answer.
[[nodiscard]] HttpResponse json_answer(unsigned status, std::string text);

}  // namespace dialogue::api
