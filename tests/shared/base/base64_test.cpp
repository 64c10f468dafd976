// Base64: RFC 4648 section 10, and one text for one value.
#include "shared/base/base64.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace dialogue;

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TEST_CASE("base64 gives the vectors of RFC 4648 section 10, both ways") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    CHECK(encode_base64(bytes_of(plain)) == encoded);
    CHECK(decode_base64(encoded) == bytes_of(plain));
  }
}

TEST_CASE("base64 refuses every text that it would not write itself") {
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "====", "Zm9v\n", "Zm-_", "Zg==Zg==", "Z g=", "=AAA", "AA=A"})
    CHECK_FALSE(decode_base64(bad));
}

TEST_CASE("every byte survives base64") {
  std::vector<std::uint8_t> all;
  for (int i = 0; i < 256; ++i) {
    all.push_back(static_cast<std::uint8_t>(i));
    CHECK(decode_base64(encode_base64(all)) == all);
  }
}

}  // namespace
