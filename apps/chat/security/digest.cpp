// See digest.hpp.
#include "apps/chat/security/digest.hpp"

#include <openssl/sha.h>

#include "apps/chat/security/random.hpp"

namespace chat {

std::string sha256(std::string_view text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return base64url(digest);
}

}  // namespace chat
