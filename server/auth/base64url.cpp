// Base64 with two other letters and no padding: what shared/base/base64.hpp makes and reads, rewritten.
#include "server/auth/base64url.hpp"

#include <algorithm>
#include <cstdint>

#include "shared/base/base64.hpp"

namespace dialogue::auth {
namespace {

constexpr std::size_t kLettersPerGroup = 4;

}  // namespace

std::string encode_base64url(std::string_view bytes) {
  std::string text = encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(std::min(text.find('='), text.size()));
  return text;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string padded(text);
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  padded.resize((padded.size() + kLettersPerGroup - 1) / kLettersPerGroup * kLettersPerGroup, '=');
  const auto bytes = decode_base64(padded);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

}  // namespace dialogue::auth
