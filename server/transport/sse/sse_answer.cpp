// See sse_answer.hpp.
#include "server/transport/sse/sse_answer.hpp"

#include <memory>

#include "server/api/api_problem.hpp"
#include "server/transport/sse/sse_texts.hpp"
#include "server/transport/stream_texts.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

constexpr std::uint64_t kLaterMs = 5'000;  ///< if no other time for the reconnect is set

/// No Content-Encoding, and none to be added: a compressor holds events back until it has enough of them.
HttpFields stream_fields(HttpFields cors) {
  cors.emplace_back("Content-Type", "text/event-stream");
  cors.emplace_back("Cache-Control", "no-cache, no-transform");
  cors.emplace_back("X-Accel-Buffering", "no");  // nginx, and what follows its example
  return cors;
}

}  // namespace

HttpFields cors_fields(std::string_view allowed_origin) {
  HttpFields fields;
  if (!allowed_origin.empty()) fields.emplace_back("Access-Control-Allow-Origin", allowed_origin);
  fields.emplace_back("Vary", "Origin");
  return fields;
}

std::string sse_head(HttpFields cors, std::int64_t unix_s) {
  return http::response_head({.status = 200, .fields = stream_fields(std::move(cors)), .body = nullptr}, false, unix_s);
}

http::HttpResponse sse_head_only(HttpFields cors) { return {.status = 200, .fields = stream_fields(std::move(cors))}; }

const std::string& sse_padding() {
  static const std::string padding = ":" + std::string(kPaddingBytes, ' ') + "\n";
  return padding;
}

std::string sse_retry(std::uint64_t retry_ms) { return "retry: " + std::to_string(retry_ms) + "\n\n"; }

std::string sse_error(ErrorCode code, std::string_view message, std::uint64_t retry_after_ms, std::string_view id,
                      std::string_view reason) {
  JsonText data;
  data.text("code", error_name(code)).text("message", message);
  if (!reason.empty()) data.text("reason", reason);
  if (retry_after_ms > 0) data.number("retryAfterMs", retry_after_ms);
  std::string text;
  if (retry_after_ms > 0) text.append("retry: ").append(std::to_string(retry_after_ms)).append("\n");
  if (!id.empty()) append_id_line(text, id);
  return text += sse_block("dialogue.error", data.take());
}

bool is_final_refusal(ErrorCode code) { return code == ErrorCode::token_expired || !error_row(code).retryable; }

http::HttpResponse sse_refusal(ErrorCode code, std::string_view message, std::uint64_t retry_after_ms, HttpFields cors,
                               std::string_view reason) {
  if (is_final_refusal(code)) {
    http::HttpResponse refusal = http::problem(api::status_of(code), message, code, reason);
    refusal.fields.insert(refusal.fields.end(), cors.begin(), cors.end());
    return refusal;
  }
  const std::uint64_t after_ms = retry_after_ms > 0 ? retry_after_ms : kLaterMs;
  return {.status = 200,
          .fields = stream_fields(std::move(cors)),
          .body = std::make_shared<const std::string>(sse_padding() + sse_error(code, message, after_ms, {}))};
}

}  // namespace dialogue::transport
