// See websocket_handshake.hpp.
#include "server/net/websocket_handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>

#include "server/net/http_date.hpp"
#include "shared/base/base64.hpp"

namespace dialogue {
namespace {

/// SHA-1, kept by each thread: OpenSSL looks an algorithm up anew with each use of EVP_sha1(), which takes longer than the
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

std::string accept_key(std::string_view key) {
  thread_local const Sha1 sha1;
  const Sha1::Digest digest = sha1({key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"});
  return encode_base64(digest);
}

std::string handshake_answer(const RequestHeader& header, std::string_view subprotocol, std::int64_t unix_s) {
  const auto key = header[boost::beast::http::field::sec_websocket_key];
  constexpr std::size_t kUsualBytes = 256;
  std::string answer;
  answer.reserve(kUsualBytes);
  answer.append("HTTP/1.1 101 Switching Protocols\r\nDate: ").append(http_date(unix_s));
  answer.append("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ");
  answer.append(accept_key({key.data(), key.size()})).append("\r\n");
  if (!subprotocol.empty()) answer.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
  return answer.append("\r\n");
}

}  // namespace dialogue
