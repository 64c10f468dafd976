// See websocket_handshake.hpp.
#include "server/net/websocket_handshake.hpp"

#include <openssl/evp.h>

#include <array>
#include <vector>

#include "server/net/http_date.hpp"
#include "shared/base64.hpp"

namespace dialogue {

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return encode_base64({digest.data(), size});
}

std::string handshake_answer(const RequestHeader& header, std::string_view subprotocol, std::int64_t unix_s) {
  const auto key = header[boost::beast::http::field::sec_websocket_key];
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nDate: " + http_date(unix_s) +
      "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " + accept_key({key.data(), key.size()}) + "\r\n";
  if (!subprotocol.empty()) answer.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
  return answer.append("\r\n");
}

}  // namespace dialogue
