// See websocket_handshake.hpp.
#include "server/transport/websocket/websocket_handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/rfc7230.hpp>
#include <initializer_list>
#include <memory>
#include <utility>

#include "server/net/http_date.hpp"
#include "shared/base/base64.hpp"
#include "shared/base/percent.hpp"
#include "shared/base/utf8.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::transport {
namespace {

namespace beast_http = boost::beast::http;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

/// SHA-1, kept by each thread: OpenSSL looks an algorithm up again with each use of EVP_sha1(), which takes longer than the
/// digest.
class Sha1 {
 public:
  using Digest = std::array<std::uint8_t, 20>;

  [[nodiscard]] Digest operator()(std::initializer_list<std::string_view> parts) const {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes{};
    EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr);
    for (const std::string_view part : parts) EVP_DigestUpdate(context_.get(), part.data(), part.size());
    EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr);
    Digest digest;
    std::copy_n(bytes.begin(), digest.size(), digest.begin());
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_{EVP_MD_fetch(nullptr, "SHA1", nullptr), &EVP_MD_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

}  // namespace

bool wants_websocket(const http::RequestHeader& header) {
  return beast_http::token_list{header[beast_http::field::upgrade]}.exists("websocket");
}

std::optional<http::RequestError> check_handshake(const http::RequestHeader& header) {
  if (header.method() != beast_http::verb::get || header.version() != 11)
    return http::RequestError{400, "A WebSocket begins with a GET in HTTP/1.1."};
  if (header.count(beast_http::field::content_length) > 0 || header.count(beast_http::field::transfer_encoding) > 0)
    return http::RequestError{400, "A WebSocket handshake has no body."};
  if (!beast_http::token_list{header[beast_http::field::connection]}.exists("upgrade"))
    return http::RequestError{400, "Connection does not say Upgrade."};
  const auto version = http::single_field(header, beast_http::field::sec_websocket_version);
  if (!version || *version != "13") return http::RequestError{426, "Only WebSocket version 13 is spoken here."};
  const auto key = http::single_field(header, beast_http::field::sec_websocket_key);
  // 16 bytes in base64: 22 characters, of which the last carries 2 bits, and "==".
  constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (!key || key->size() != 24 || key->find_first_not_of(kBase64) != 22 || key->substr(22) != "==")
    return http::RequestError{400, "Sec-WebSocket-Key is not 16 bytes in base64."};
  return {};
}

std::variant<OfferedSubprotocol, http::RequestError> offered_subprotocol(const http::RequestHeader& header) {
  OfferedSubprotocol found;
  bool is_message_next = false;
  const auto [first, last] = header.equal_range(beast_http::field::sec_websocket_protocol);
  for (auto field = first; field != last; ++field) {
    for (const auto token : beast_http::token_list{field->value()}) {
      const std::string_view offered = view(token);
      if (std::exchange(is_message_next, false)) {
        found = {kSubprotocolWithMessage, percent_decoded(offered)};
        if (!found.first_message || !is_utf8(*found.first_message))
          return http::RequestError{400, "What is behind dialogue.v1.with is not percent-encoded UTF-8."};
      } else if (offered == kSubprotocolWithMessage && !found.first_message) {
        is_message_next = true;
      } else if (offered == kSubprotocol && found.name.empty()) {
        found.name = kSubprotocol;
      }
    }
  }
  if (first != last && found.name.empty()) return http::RequestError{400, "None of the offered subprotocols is dialogue.v1."};
  return found;
}

std::string accept_key(std::string_view key) {
  thread_local const Sha1 sha1;
  const Sha1::Digest digest = sha1({key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"});
  return encode_base64(digest);
}

std::string handshake_answer(const http::RequestHeader& header, std::string_view subprotocol, std::int64_t unix_s) {
  const auto key = header[boost::beast::http::field::sec_websocket_key];
  constexpr std::size_t kUsualBytes = 256;
  std::string answer;
  answer.reserve(kUsualBytes);
  answer.append("HTTP/1.1 101 Switching Protocols\r\nDate: ").append(net::http_date(unix_s));
  answer.append("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ");
  answer.append(accept_key({key.data(), key.size()})).append("\r\n");
  if (!subprotocol.empty()) answer.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
  return answer.append("\r\n");
}

}  // namespace dialogue::transport
