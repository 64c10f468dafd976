// Problems as JSON, and the head of an answer as text.
#include "server/http/response/http_response.hpp"

#include <boost/beast/http/status.hpp>

#include "server/net/http_date.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::http {
namespace {

/// As RFC 9110 calls them; Beast has two names of its predecessor.
std::string_view reason_phrase(unsigned status) {
  if (status == 413) return "Content Too Large";
  if (status == 422) return "Unprocessable Content";
  const auto phrase = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {phrase.data(), phrase.size()};
}

ErrorCode code_of(unsigned status) {
  switch (status) {
    case 401:
      return ErrorCode::unauthorized;
    case 403:
      return ErrorCode::forbidden;
    case 404:
      return ErrorCode::not_supported;
    case 413:
      return ErrorCode::payload_too_large;
    case 429:
      return ErrorCode::rate_limited;
    case 503:
      return ErrorCode::server_full;
    default:
      return ErrorCode::request_invalid;
  }
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

HttpResponse problem(unsigned status, std::string_view detail, ErrorCode code, std::string_view reason) {
  std::string body = R"({"type":"about:blank","title":)";
  append_json_string(body, reason_phrase(status));
  body.append(R"(,"status":)").append(std::to_string(status)).append(R"(,"detail":)");
  append_json_string(body, detail);
  body.append(R"(,"code":)");
  append_json_string(body, error_name(code == ErrorCode::ok ? code_of(status) : code));
  if (!reason.empty()) {
    body.append(R"(,"reason":)");
    append_json_string(body, reason);
  }
  body.append("}\n");
  return {.status = status,
          .fields = {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}},
          .body = std::make_shared<const std::string>(std::move(body))};
}

std::string response_head(const HttpResponse& answer, bool keep_alive, std::int64_t unix_s) {
  std::string head = "HTTP/1.1 ";
  head.append(std::to_string(answer.status)).append(" ").append(reason_phrase(answer.status)).append("\r\n");
  append_field(head, "Date", net::http_date(unix_s));
  for (const auto& [name, value] : answer.fields) append_field(head, name, value);
  append_field(head, "X-Content-Type-Options", "nosniff");
  if (answer.body) append_field(head, "Content-Length", std::to_string(answer.body->size()));
  append_field(head, "Connection", keep_alive ? "keep-alive" : "close");
  return head.append("\r\n");
}

}  // namespace dialogue::http
