// Any bytes as a token, and as a text with keys: refused or read, never more. What is accepted was signed by the one key.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/auth/token.hpp"
#include "server/auth/token_claims.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dialogue;
  using namespace dialogue::auth;
  using namespace dialogue::core;
  static const KeySet kKeys({Key::of_secret("a secret of at least 32 bytes, for tests", "k")});
  constexpr std::uint64_t kNowS = 1'800'000'000;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Nobody forges a signature, a fuzzer neither; so the claims are also read without one.
  if (std::holds_alternative<Identity>(read_token(text, kKeys, {}, kNowS))) std::abort();
  const auto claimed = identity_from_claims(text, {{"issuer"}, {}}, {kNowS, 1});
  if (const auto* identity = std::get_if<Identity>(&claimed); identity != nullptr && !is_presentable(*identity)) std::abort();
  static_cast<void>(read_keys(text, KeyOrigin::fetched));
  PassedOver passed_over;
  static_cast<void>(read_fetched_keys(text, kKeys, passed_over));
  static_cast<void>(read_keys(text, KeyOrigin::file));
  return 0;
}
