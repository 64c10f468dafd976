// SHA-256 against the examples of FIPS 180-4 and of the boundaries of its blocks.
#include "shared/base/sha256.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "shared/base/sha256_blocks.hpp"

namespace {

using namespace dialogue;

std::string hex(const Sha256Digest& digest) {
  std::string out;
  for (const std::uint8_t byte : digest) {
    constexpr char kDigits[] = "0123456789abcdef";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string hex(std::string_view text) { return hex(sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()})); }

TEST_CASE("SHA-256 gives the published digests") {
  CHECK(hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 pads every length around the end of a block") {
  CHECK(hex(std::string(55, 'a')) == "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  CHECK(hex(std::string(56, 'a')) == "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
  CHECK(hex(std::string(64, 'a')) == "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

TEST_CASE("HMAC-SHA256 is that of RFC 4231") {
  CHECK(hex(HmacKey("Jefe").sign("what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex(HmacKey(std::string(131, '\xaa')).sign("Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  const std::string longer =
      "This is a test using a larger than block-size key and a larger than block-size data. "
      "The key needs to be hashed before being used by the HMAC algorithm.";
  CHECK(hex(HmacKey(std::string(131, '\xaa')).sign(longer)) ==
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("SHA-256 by the processor's instructions is SHA-256") {
  std::vector<std::uint8_t> blocks;
  Sha256State fast{}, portable{};
  for (std::uint32_t byte = 1; blocks.size() < 64 * 64; byte = byte * 1664525 + 1013904223)
    blocks.push_back(static_cast<std::uint8_t>(byte >> 24));
  for (std::size_t count = 0; count <= 64; ++count) {
    const auto some = std::span<const std::uint8_t>(blocks).first(count * 64);
    add_sha256_blocks(fast, some);
    add_sha256_blocks_portably(portable, some);
    REQUIRE(fast == portable);
  }
}

}  // namespace
