// See welcome.hpp.
#include "server/doctor/wire/welcome.hpp"

#include "shared/base/errors.hpp"
#include "shared/json/json_member.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::doctor {
namespace {

constexpr std::size_t kPingMs = 3;  ///< which of WELCOME's integers

std::string_view raw_member(std::string_view object, std::string_view name) {
  JsonReader reader(object);
  std::string key;
  std::string_view value;
  if (reader.enter_object())
    while (reader.next_key(key)) {
      if (key == name) return reader.read_raw(value) ? value : std::string_view();
      if (!reader.skip()) break;
    }
  return {};
}

std::uint64_t message_bytes_of(std::string_view welcome) {
  const std::string_view number = raw_member(raw_member(welcome, "limits"), "messageBytes");
  std::uint64_t bytes = kMessageBytesMax;
  if (JsonReader reader(number); !reader.read_integer(bytes)) return kMessageBytesMax;
  return bytes;
}

}  // namespace

std::optional<FrameType> type_of(std::string_view text) {
  Frame frame;
  if (read_frame(text, frame) != ErrorCode::ok) return std::nullopt;
  return frame.type;
}

std::optional<Reception> read_reception(std::string_view text) {
  Frame frame;
  if (read_frame(text, frame) != ErrorCode::ok) return std::nullopt;
  if (frame.type == FrameType::welcome)
    return Reception{.is_welcome = true, .ping_ms = frame.integers[kPingMs], .message_bytes = message_bytes_of(frame.payload)};
  if (frame.type == FrameType::bye) return Reception{.refusal = json_text_member(frame.payload, "message")};
  return std::nullopt;
}

std::string hello_frame(const std::string& token) {
  JsonText object;
  if (!token.empty()) object.text("token", token);
  std::string frame;
  FrameWriter(frame, FrameType::hello)
      .integer(kProtocolVersion)
      .integer(0)
      .integer(0)
      .raw(object.text("client", "dialogue doctor").take())
      .finish();
  return frame;
}

std::string list_frame(std::uint64_t request) {
  std::string frame;
  FrameWriter(frame, FrameType::list).integer(request).raw(JsonText().number("limit", 1).take()).finish();
  return frame;
}

}  // namespace dialogue::doctor
