// See goodbye.hpp.
#include "server/transport/tcp/goodbye.hpp"

#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

constexpr char kTlsHandshake = 0x16;  ///< the type of the first record of TLS, RFC 8446 section 5.1

}  // namespace

std::string bye_frame(ErrorCode code, std::string_view message, std::uint64_t retry_after_ms) {
  return "[45," + std::to_string(static_cast<unsigned>(code)) + ',' + std::to_string(retry_after_ms) + ',' +
         JsonText().text("message", message).take() + ']';
}

std::string_view why_not_frames(std::string_view first_bytes) {
  const char first = first_bytes.front();
  if (first == '[') return {};
  if (first == kTlsHandshake) return "This port does not use TLS: connect with tcp://, or start the server with --tls-cert.";
  if (first_bytes.starts_with("PROXY ") || first_bytes.starts_with("\r\n\r\n"))
    return "This port does not expect a PROXY header; see --proxy-protocol.";
  if (first >= 'A' && first <= 'Z')
    return "This port speaks dialogue.v1, one frame per line, not HTTP: the address for HTTP and WebSockets is that of --listen.";
  return "This port speaks dialogue.v1, one frame per line: the first is HELLO, such as [1,1,0,0,{}].";
}

}  // namespace dialogue::transport
