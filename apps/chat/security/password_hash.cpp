// See password_hash.hpp. Passwords are compared in NFKC, so that any keyboard gives the same one.
#include "apps/chat/security/password_hash.hpp"

#include <argon2.h>

#include <array>
#include <cstdint>
#include <stdexcept>

#include "apps/chat/domain/text.hpp"
#include "apps/chat/security/random.hpp"

namespace chat {
namespace {

// RFC 9106, second recommended option.
constexpr std::uint32_t kMemoryKib = 64 * 1024, kPasses = 3, kLanes = 1;
constexpr std::size_t kSaltBytes = 16, kHashBytes = 32, kEncodedBytesMax = 256;

}  // namespace

std::string hash_password(std::string_view password) {
  const std::string text = compatible(password), salt = random_bytes(kSaltBytes);
  std::array<char, kEncodedBytesMax> encoded{};
  const int result = argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, text.data(), text.size(), salt.data(), salt.size(),
                                           kHashBytes, encoded.data(), encoded.size());
  if (result != ARGON2_OK)
    throw std::runtime_error(std::string("The password could not be hashed: ") + argon2_error_message(result));
  return encoded.data();
}

bool fits_password(std::string_view password, const std::string& hash) {
  const std::string text = compatible(password);
  return argon2id_verify(hash.c_str(), text.data(), text.size()) == ARGON2_OK;
}

const std::string& hash_of_nobody() {
  static const std::string hash = hash_password(random_bytes(kSaltBytes));
  return hash;
}

}  // namespace chat
