// Which keys are good enough, how a file lists them, and who is let in.
#include "server/api/api_keys.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;

namespace {

const std::string kKey(kApiKeyBytesMin, 'k'), kOther(kApiKeyBytesMin, 'o');

bool opens(const CallerSource& source, const std::string& token) {
  bool is_open = false;
  source(token, [&](const CallerVerdict& verdict) { is_open = std::holds_alternative<Caller>(verdict); });
  return is_open;
}

}  // namespace

TEST_CASE("R-46 a key is at least 32 visible characters") {
  CHECK_FALSE(api_key_fault(kKey));
  CHECK(api_key_fault(kKey.substr(1)));
  CHECK(api_key_fault(""));
  CHECK(api_key_fault(kKey + " "));
  CHECK(api_key_fault(kKey + "\xC3\xA4"));
}

TEST_CASE("a key file has a key a line, and comments") {
  CHECK(api_keys_of_file("# two\n" + kKey + "\r\n\n  " + kOther) == std::vector<std::string>{kKey, kOther});
  CHECK(api_keys_of_file("\n# none\n").empty());
}

TEST_CASE("R-44 a known key opens, whole and only") {
  const CallerSource source = api_key_source({kKey, kOther});
  CHECK(opens(source, kKey));
  CHECK(opens(source, kOther));
  for (const std::string& wrong : {kKey.substr(1), kKey + "k", std::string(), kKey + std::string(1, '\0'), kKey + kOther})
    CHECK_FALSE(opens(source, wrong));
}
