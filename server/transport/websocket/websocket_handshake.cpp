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

/// 16 bytes in base64: 22 characters, of which the last carries 2 bits, and "==".
bool is_key(std::string_view text) {
  const auto is_base64 = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return text.size() == 24 && text.ends_with("==") && std::all_of(text.begin(), text.begin() + 22, is_base64);
}

/// The handshake's fields in a header, read in one pass: finding one field costs as much as visiting all of them.
struct HandshakeFields {
  bool has_body = false;
  bool upgrades = false;
  std::size_t versions = 0, keys = 0;
  std::string_view version, key;

  explicit HandshakeFields(const http::RequestHeader& header) {
    for (const auto& field : header) {
      switch (field.name()) {
        case beast_http::field::content_length:
        case beast_http::field::transfer_encoding:
          has_body = true;
          break;
        case beast_http::field::connection:
          upgrades = upgrades || beast_http::token_list{field.value()}.exists("upgrade");
          break;
        case beast_http::field::sec_websocket_version:
          ++versions;
          version = view(field.value());
          break;
        case beast_http::field::sec_websocket_key:
          ++keys;
          key = view(field.value());
          break;
        default:
          break;
      }
    }
  }
};

/// Removes the first element of a list "a, b" and returns it. It is empty if two commas have nothing in between.
std::string_view take_token(std::string_view& list) {
  constexpr std::string_view kBlanks = " \t";
  std::string_view token = list.substr(0, list.find(','));
  list.remove_prefix(std::min(list.size(), token.size() + 1));
  token.remove_prefix(std::min(token.size(), token.find_first_not_of(kBlanks)));
  return token.substr(0, token.find_last_not_of(kBlanks) + 1);
}

}  // namespace

bool wants_websocket(const http::RequestHeader& header) {
  return beast_http::token_list{header[beast_http::field::upgrade]}.exists("websocket");
}

std::optional<http::RequestError> check_handshake(const http::RequestHeader& header) {
  if (header.method() != beast_http::verb::get || header.version() != 11)
    return http::RequestError{400, "A WebSocket handshake is a GET request in HTTP/1.1."};
  const HandshakeFields fields(header);
  if (fields.has_body) return http::RequestError{400, "A WebSocket handshake has no body."};
  if (!fields.upgrades) return http::RequestError{400, "Connection does not contain Upgrade."};
  if (fields.versions != 1 || fields.version != "13") return http::RequestError{426, "Only WebSocket version 13 is supported."};
  if (fields.keys != 1 || !is_key(fields.key)) return http::RequestError{400, "Sec-WebSocket-Key is not 16 bytes in base64."};
  return {};
}

std::variant<OfferedSubprotocol, http::RequestError> offered_subprotocol(const http::RequestHeader& header) {
  OfferedSubprotocol found;
  bool is_message_next = false;
  const auto [first, last] = header.equal_range(beast_http::field::sec_websocket_protocol);
  for (auto field = first; field != last; ++field) {
    for (std::string_view rest = view(field->value()); !rest.empty();) {
      const std::string_view offered = take_token(rest);
      if (offered.empty()) continue;
      if (std::exchange(is_message_next, false)) {
        found = {kSubprotocolWithMessage, percent_decoded(offered)};
        if (!found.first_message || !is_utf8(*found.first_message))
          return http::RequestError{400, "The text after dialogue.v1.with is not percent-encoded UTF-8."};
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
