// A HELLO is taken apart as the server itself does it, so that no way of writing "token" gets past.
#include "server/replay/format/masking.hpp"

#include <algorithm>
#include <cstddef>

#include "server/core/connection/session_secret.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::replay {
namespace {

/// The resume secret in HELLO, without the guest's seal behind it.
std::string without_seal(std::string_view resume) {
  std::string text(resume);
  if (text.find('\\') != std::string::npos) return text;  // none of ours
  for (std::size_t at = 1 + core::kSessionSecretDigits; at + 1 < text.size(); ++at) text[at] = 'x';
  return text;
}

/// The options of HELLO, JOIN or REFRESH, the token masked; all of them masked when they cannot be read.
std::string without_token(std::string_view options) {
  std::string text(options);
  JsonReader reader(options);
  std::string key;
  bool is_well = reader.enter_object();
  while (is_well && reader.next_key(key)) {
    std::string_view value;
    is_well = reader.read_raw(value);
    if (!is_well || (key != "token" && key != "resume")) continue;
    text.replace(static_cast<std::size_t>(value.data() - options.data()), value.size(),
                 key == "token" ? masked(value) : without_seal(value));
  }
  return is_well && !reader.failed() ? text : masked(options);
}

std::string with_tail(std::string_view frame, std::string_view tail, const std::string& masked_tail) {
  const auto at = static_cast<std::size_t>(tail.data() - frame.data());
  std::string text(frame.substr(0, at));
  text += masked_tail;
  text += frame.substr(at + tail.size());
  return text;
}

/// The integers that name it, and an equal number of bytes behind them.
std::string masked_unreadable(std::string_view text, FrameType type) {
  std::size_t head = text.find_first_of(",]");
  for (std::size_t i = 0; i < naming_integers(type); ++i) head = text.find_first_of(",]", head + 1);
  return std::string(text.substr(0, head + 1)) + std::string(text.size() - head - 1, 'x');
}

/// An invalid frame stays invalid, a frame that is readable in part stays readable as far, and a frame of an unknown type keeps
/// its type: the answer to them is the same.
std::string masked_frame(std::string_view text, bool masks_payloads) {
  Frame frame;
  const ErrorCode fault = read_frame(text, frame);
  if (fault == ErrorCode::frame_unknown) {
    const std::size_t head = std::min(text.find(','), text.size());
    return std::string(text.substr(0, head)) + masked(text.substr(head));
  }
  if (fault == ErrorCode::request_invalid) return masked_unreadable(text, frame.type);
  if (fault != ErrorCode::ok) return std::string(text.size(), 'x');
  if (frame.type == FrameType::hello || frame.type == FrameType::join || frame.type == FrameType::refresh)
    return with_tail(text, frame.payload, without_token(frame.payload));
  const bool has_payload = frame.type == FrameType::publish || frame.type == FrameType::call || frame.type == FrameType::write ||
                           frame.type == FrameType::state;
  if (has_payload && masks_payloads) return with_tail(text, frame.payload, masked(frame.payload));
  return std::string(text);
}

}  // namespace

std::string masked(std::string_view json) {
  std::string text(json);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] >= '0' && text[at] <= '9') text[at] = '1';
    if (text[at] != '"') continue;
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    end = std::min(end, text.size());
    const std::size_t next = text.find_first_not_of(" \t\r\n", std::min(end + 1, text.size()));
    const bool is_key = next != std::string::npos && text[next] == ':';
    for (std::size_t i = at + 1; !is_key && i < end; ++i) text[i] = 'x';
    at = end;
  }
  return text;
}

std::string masked_message(std::string_view message, bool masks_payloads) {
  std::string text;
  while (true) {
    const std::size_t end = message.find('\n');
    text += masked_frame(message.substr(0, end), masks_payloads);
    if (end == std::string_view::npos) return text;
    text += '\n';
    message.remove_prefix(end + 1);
  }
}

}  // namespace dialogue::replay
