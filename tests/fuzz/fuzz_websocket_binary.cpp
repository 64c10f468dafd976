// Any bytes as a binary message, and as a text: a message has one text at most, of the size that is allowed; and the text that
// a message becomes again is the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/transport/websocket/binary_message.hpp"

using namespace dialogue;
using namespace dialogue::transport;

namespace {

constexpr std::size_t kTextBytesMax = 4096;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_text(std::string_view text) {
  const auto message = to_binary_message(text);
  if (!message) return;
  require(message->size() < text.size());
  std::string again;
  const ErrorCode code = from_binary_message(*message, text.size(), again);
  require(code == ErrorCode::ok ? again == text : code == ErrorCode::frame_malformed);  // of a text that is not UTF-8
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_text(bytes);
  std::string text;
  if (from_binary_message(bytes, kTextBytesMax, text) == ErrorCode::ok) {
    require(text.size() <= kTextBytesMax && text.find('\0') == std::string::npos && text.find('\1') == std::string::npos);
    check_text(text);
  }
  return 0;
}
