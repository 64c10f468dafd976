// See tunnel_answer.hpp.
#include "server/transport/http_tunnel/tunnel_answer.hpp"

#include <algorithm>
#include <memory>

#include "server/core/util/time.hpp"
#include "server/transport/stream_texts.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

void append_fields(ResponseFields& fields, ResponseFields more) {
  fields.insert(fields.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// A problem (RFC 9457) with members of its own.
http::HttpResponse problem_with(unsigned status, std::string_view title, ErrorCode code, JsonText more, std::string_view origin) {
  more.text("type", "about:blank").text("title", title).number("status", status).text("code", error_name(code));
  http::HttpResponse answer{
      .status = status,
      .fields = {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}},
      .body = std::make_shared<const std::string>(more.take() + '\n'),
  };
  append_fields(answer.fields, tunnel_cors(origin));
  return answer;
}

}  // namespace

std::string tunnel_head(const TunnelHead& head, const TunnelLimits& limits) {
  JsonText text;
  if (!head.session.empty())
    text.text("session", head.session).number("idleMs", limits.idle_timeout_ms).number("ackBytes", limits.acknowledge_bytes());
  text.number("first", head.first).number("received", head.received);
  if (head.close) text.number("close", *head.close);
  return text.take();
}

ResponseFields tunnel_cors(std::string_view origin) {
  ResponseFields fields;
  if (!origin.empty()) fields.emplace_back("Access-Control-Allow-Origin", origin);
  fields.emplace_back("Vary", "Origin");
  return fields;
}

http::HttpResponse tunnel_answer(std::string head, std::string_view frames, std::string_view origin) {
  head += '\n';
  head += frames;
  http::HttpResponse answer{
      .status = 200,
      .fields = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store, no-transform"}},
      .body = std::make_shared<const std::string>(std::move(head)),
  };
  append_fields(answer.fields, tunnel_cors(origin));
  return answer;
}

// No Content-Encoding, and none to be added: a compressor holds events back until it has enough of them.
std::string stream_opening(const std::string& head, std::string_view origin, std::int64_t unix_s) {
  http::HttpResponse answer{
      .status = 200,
      .fields = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-cache, no-transform"}, {"X-Accel-Buffering", "no"}},
      .body = nullptr};
  append_fields(answer.fields, tunnel_cors(origin));
  std::string text = http::response_head(answer, false, unix_s);
  text.append(":").append(kPaddingBytes, ' ').append("\n");
  append_stream_blocks(text, head);
  return text;
}

void append_stream_blocks(std::string& out, std::string_view frames) {
  while (true) {
    const std::size_t line = frames.find('\n');
    out.append("data: ").append(frames.substr(0, line)).append("\n\n");
    if (line == std::string_view::npos) return;
    frames.remove_prefix(line + 1);
  }
}

http::HttpResponse session_gone(std::string_view origin) {
  JsonText more;
  more.text("detail", "Unknown or ended session. Open a new one, with the resume secret in HELLO.");
  return problem_with(kGone, "Gone", ErrorCode::not_supported, std::move(more), origin);
}

http::HttpResponse number_conflict(std::string_view why, std::string_view name, std::uint64_t number, std::string_view origin) {
  JsonText more;
  more.text("detail", why).number(name, number);
  return problem_with(kConflict, "Conflict", ErrorCode::request_invalid, std::move(more), origin);
}

http::HttpResponse tunnel_refusal(unsigned status, std::string_view why, std::uint64_t retry_after_ms, std::string_view origin,
                                  ErrorCode code) {
  http::HttpResponse answer = http::problem(status, why, code);
  if (retry_after_ms > 0)
    answer.fields.emplace_back("Retry-After", std::to_string((retry_after_ms + core::kMsPerSecond - 1) / core::kMsPerSecond));
  append_fields(answer.fields, tunnel_cors(origin));
  return answer;
}

http::HttpResponse tunnel_preflight(std::string_view origin) {
  http::HttpResponse answer{.status = kNoContent, .fields = tunnel_cors(origin)};
  answer.fields.emplace_back("Access-Control-Allow-Methods", "POST");
  answer.fields.emplace_back("Access-Control-Allow-Headers", "Authorization, Content-Type");
  answer.fields.emplace_back("Access-Control-Max-Age", "600");
  return answer;
}

}  // namespace dialogue::transport
