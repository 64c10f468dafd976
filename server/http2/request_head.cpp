// The checks of nghttp2 are not repeated (names are lower-case tokens, pseudo-header fields come first and once, no field is
// specific to a connection), except that no byte can end a line.
#include "server/http2/request_head.hpp"

#include <algorithm>

namespace dialogue::http2 {
namespace {

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

bool is_line(std::string_view text) { return std::none_of(text.begin(), text.end(), is_control); }

/// A method or target: a space in it would end it.
bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c != ' ' && c != '\t' && !is_control(c); });
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool RequestHead::add(std::string_view name, std::string_view value) {
  if (!is_line(value) || !is_line(name)) return false;
  if (name == ":method") {
    method_ = value;
    return is_word(value);
  }
  if (name == ":path") {
    path_ = value;
    return is_word(value);
  }
  if (name == ":authority") {
    authority_ = value;
    has_authority_ = true;
  } else if (name == "host" && !has_host_) {
    host_ = value;
    has_host_ = true;
  } else if (name == "cookie") {  // RFC 9113 section 8.2.3: in HTTP/1.1 there is one
    if (!cookie_.empty()) cookie_.append("; ");
    cookie_.append(value);
  } else if (!name.starts_with(':')) {
    has_length_ = has_length_ || name == "content-length";
    append_line(fields_, name, value);
  }
  return true;
}

std::string RequestHead::text(bool has_body) const {
  std::string text = method_;
  // CONNECT has no :path; what stands here for it is refused as any target that does not begin with a slash.
  text.append(" ").append(path_.empty() ? "CONNECT" : path_).append(" HTTP/1.1\r\n");
  if (has_authority_) append_line(text, "host", authority_);
  if (has_host_ && !(has_authority_ && host_ == authority_)) append_line(text, "host", host_);  // two that differ are refused
  text.append(fields_);
  if (!cookie_.empty()) append_line(text, "cookie", cookie_);
  if (is_chunked(has_body)) append_line(text, "transfer-encoding", "chunked");
  return text.append("connection: close\r\n\r\n");
}

}  // namespace dialogue::http2
