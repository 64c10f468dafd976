// One row of statuses for ranges of codes, and the text.
#include "server/api/api_problem.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "server/core/messages/frame_text.hpp"
#include "server/core/util/time.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

constexpr std::uint64_t kUnavailableRetryMs = 1000;
constexpr unsigned kServiceUnavailable = 503, kUnprocessable = 422;

struct StatusRow {
  ErrorCode code;
  unsigned status;
};

constexpr std::array kStatuses = {
    StatusRow{ErrorCode::json_syntax, 400},          StatusRow{ErrorCode::json_utf8, 400},
    StatusRow{ErrorCode::json_depth, 400},           StatusRow{ErrorCode::duplicate_key, 400},
    StatusRow{ErrorCode::identity_unavailable, 503}, StatusRow{ErrorCode::draining, 503},
    StatusRow{ErrorCode::unauthorized, 401},         StatusRow{ErrorCode::forbidden, 403},
    StatusRow{ErrorCode::room_unknown, 404},         StatusRow{ErrorCode::room_full, 409},
    StatusRow{ErrorCode::room_exists, 409},          StatusRow{ErrorCode::room_deleted, 404},
    StatusRow{ErrorCode::payload_too_large, 413},    StatusRow{ErrorCode::not_supported, 404},
    StatusRow{ErrorCode::rate_limited, 429},         StatusRow{ErrorCode::denied_by_hook, 403},
    StatusRow{ErrorCode::token_expired, 401},        StatusRow{ErrorCode::token_invalid, 401},
    StatusRow{ErrorCode::token_revoked, 401},        StatusRow{ErrorCode::internal, 500},
    StatusRow{ErrorCode::store_full, 503},           StatusRow{ErrorCode::store_unavailable, 503},
    StatusRow{ErrorCode::history_damaged, 500},      StatusRow{ErrorCode::producer_unknown, 409},
    StatusRow{ErrorCode::producer_hole, 409},        StatusRow{ErrorCode::producer_conflict, 409},
    StatusRow{ErrorCode::too_many_producers, 503},   StatusRow{ErrorCode::closed, 503},
    StatusRow{ErrorCode::call_unknown, 404},         StatusRow{ErrorCode::too_many_calls, 429},
    StatusRow{ErrorCode::call_timeout, 504},         StatusRow{ErrorCode::handler_failed, 500},
    StatusRow{ErrorCode::handler_unavailable, 503},
};

std::string_view title_of(unsigned status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case kUnprocessable:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case kServiceUnavailable:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

unsigned status_of(ErrorCode code) {
  const auto row = std::find_if(kStatuses.begin(), kStatuses.end(), [code](const StatusRow& each) { return each.code == code; });
  return row == kStatuses.end() ? kUnprocessable : row->status;
}

ApiProblem problem_of(const core::Error& fault, std::string_view message) {
  ApiProblem problem{.status = status_of(fault.code), .code = fault.code, .detail = std::string(message), .path = fault.path};
  problem.reason = core::refusal_reason(fault);
  if (problem.detail.empty()) {
    const bool has_path = field_of(error_row(fault.code)) == ErrorField::path;
    problem.detail = (has_path ? fault.path + ": " : "") + core::error_message(fault.code, fault.argument);
  }
  return problem;
}

ApiProblem body_problem(unsigned status, std::uint64_t bytes_max) {
  constexpr unsigned kTooLarge = 413, kRequestTimeout = 408;
  if (status == kTooLarge)
    return {status, ErrorCode::payload_too_large, "The body is larger than " + std::to_string(bytes_max) + " bytes."};
  if (status == kRequestTimeout) return {status, ErrorCode::request_invalid, std::string(kBodyTooSlow)};
  return {status, ErrorCode::request_invalid, "The request body is malformed."};
}

std::string problem_text(const ApiProblem& problem) {
  JsonText text;
  text.text("type", "about:blank").text("title", title_of(problem.status)).number("status", problem.status);
  text.text("detail", problem.detail.empty() ? error_row(problem.code).message : problem.detail);
  text.text("code", error_name(problem.code));
  if (!problem.path.empty()) text.text("path", problem.path);
  if (!problem.reason.empty()) text.text("reason", problem.reason);
  if (!problem.scope.empty()) text.text("scope", problem.scope);
  if (!problem.error.empty()) text.text("error", problem.error).raw("data", problem.data);
  if (problem.expected > 0) text.number("expected", problem.expected);
  if (problem.retry_after_ms > 0) text.number("retryAfterMs", problem.retry_after_ms);
  return text.take();
}

HttpResponse json_answer(unsigned status, std::string text) {
  return {status,
          {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          std::make_shared<const std::string>(std::move(text))};
}

HttpResponse problem_answer(const ApiProblem& given) {
  ApiProblem problem = given;
  if (problem.status == kServiceUnavailable && problem.retry_after_ms == 0) problem.retry_after_ms = kUnavailableRetryMs;
  HttpResponse answer = json_answer(problem.status, problem_text(problem));
  answer.fields.front().second = "application/problem+json";
  if (problem.retry_after_ms > 0)
    answer.fields.emplace_back("Retry-After",
                               std::to_string((problem.retry_after_ms + core::kMsPerSecond - 1) / core::kMsPerSecond));
  return answer;
}

}  // namespace dialogue::api
