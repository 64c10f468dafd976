// Which keys are good enough, how a file lists them, who is let in, and what a key may ask.
#include "server/api/api_keys.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace dialogue::api;
using namespace dialogue::core;

namespace {

const std::string kValidKey(kApiKeyBytesMin, 'k'), kOther(kApiKeyBytesMin, 'o');

bool is_good(const std::string& line) { return std::holds_alternative<ApiKey>(parse_api_key(line)); }

ApiKeySet set_of(const std::vector<std::string>& lines) {
  auto made = ApiKeySet::of(lines);
  REQUIRE(std::holds_alternative<ApiKeySet>(made));
  return std::get<ApiKeySet>(std::move(made));
}

std::string fault_of(const std::vector<std::string>& lines) {
  const auto made = ApiKeySet::of(lines);
  const auto* fault = std::get_if<std::string>(&made);
  return fault == nullptr ? std::string() : *fault;
}

}  // namespace

TEST_CASE("R-46 a key is at least 32 visible characters") {
  CHECK(is_good(kValidKey));
  CHECK_FALSE(is_good(kValidKey.substr(1)));
  CHECK_FALSE(is_good(""));
  CHECK_FALSE(is_good(kValidKey + " k"));
  CHECK_FALSE(is_good(kValidKey + "\xC3\xA4"));
}

TEST_CASE("a key file has a key a line, and comments") {
  CHECK(api_keys_of_file("# two\n" + kValidKey + "\r\n\n  " + kOther) == std::vector<std::string>{kValidKey, kOther});
  CHECK(api_keys_of_file("\n# none\n").empty());
}

TEST_CASE("R-44 a known key opens, whole and only") {
  const ApiKeySet set = set_of({kValidKey, kOther});
  CHECK(set.find(kValidKey) == &set.keys().front());
  CHECK(set.find(kOther) == &set.keys().back());
  for (const std::string& wrong :
       {kValidKey.substr(1), kValidKey + "k", std::string(), kValidKey + std::string(1, '\0'), kValidKey + kOther})
    CHECK(set.find(wrong) == nullptr);
}

TEST_CASE("F-N11 a key has a name and scopes, and a secret alone is called default and may do everything") {
  const ApiKey named = std::get<ApiKey>(parse_api_key("billing publish,read\t " + kValidKey));
  CHECK(named.name == "billing");
  CHECK(named.scopes.allow(ApiScope::publish));
  CHECK(named.scopes.allow(ApiScope::read));
  CHECK(named.scopes.allow(ApiScope::none));
  for (const ApiScope other : {ApiScope::rooms, ApiScope::users, ApiScope::admin}) CHECK_FALSE(named.scopes.allow(other));
  const ApiKey bare = std::get<ApiKey>(parse_api_key(kValidKey));
  CHECK(bare.name == "default");
  CHECK(bare.digest == named.digest);
  for (const ApiScope any : {ApiScope::publish, ApiScope::read, ApiScope::rooms, ApiScope::users, ApiScope::admin})
    CHECK(bare.scopes.allow(any));
}

TEST_CASE("F-N11 a line that is not a key is refused with a message that does not contain its secret") {
  for (const std::string& bad :
       {"billing " + kValidKey, "billing publish read " + kValidKey, "bil/ling read " + kValidKey,
        std::string(65, 'n') + " read " + kValidKey, "billing none " + kValidKey, "billing read,,rooms " + kValidKey,
        "billing read sha256:" + std::string(63, 'a'), "billing read sha256:" + std::string(64, 'A')}) {
    const std::string fault = fault_of({bad});
    CHECK_FALSE(fault.empty());
    CHECK(fault.find(kValidKey) == std::string::npos);
  }
  CHECK_FALSE(fault_of({"a read " + kValidKey, "b read " + kValidKey}).empty());
  CHECK(fault_of({kValidKey, kValidKey}).empty());
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= kApiKeysMax; ++i) many.push_back(kValidKey + std::to_string(i));
  CHECK_FALSE(fault_of(many).empty());
  many.pop_back();
  CHECK(set_of(many).keys().size() == kApiKeysMax);
}

TEST_CASE("F-N11 a digest represents its secret") {
  // printf %s abcdefghijklmnopqrstuvwxyz012345 | sha256sum
  const ApiKeySet set = set_of({"a read sha256:653bb1245e828fcda4fa53fcd5a3def5bd7654e651f54b4132b73d74e64435c4"});
  CHECK(set.find("abcdefghijklmnopqrstuvwxyz012345") != nullptr);
  CHECK(set.find("abcdefghijklmnopqrstuvwxyz012346") == nullptr);
}

TEST_CASE("F-N11 a ring accepts other keys during a lookup, and found keys stay valid") {
  ApiKeyRing ring({2, 60'000}, set_of({"one read " + kValidKey}));
  const auto found = ring.find(kValidKey);
  REQUIRE(found);
  CHECK(ring.take("one", 1000).wait_ms == 0);
  ring.replace(set_of({"one read " + kOther, "two read " + kValidKey + "2"}));
  CHECK(found->name == "one");
  CHECK(ring.find(kValidKey) == nullptr);
  CHECK(ring.find(kOther)->name == "one");
  CHECK(ring.take("one", 1000).wait_ms == 0);
  CHECK(ring.take("one", 1000).wait_ms == 30'000);  // what was asked under this name still counts
  CHECK(ring.take("two", 1000).wait_ms == 0);
  ring.replace({});
  CHECK(ring.is_empty());
  CHECK(ring.find(kOther) == nullptr);
}

TEST_CASE("F-N18 keys of one name share a limit, and the answer has its rest") {
  ApiKeyRing ring({3, 60'000}, set_of({"one read " + kValidKey, "one read " + kOther}));
  CHECK(ring.take("one", 0).left == 2);
  const RateVerdict second = ring.take("one", 0);
  CHECK(second.limit == 3);
  CHECK(second.left == 1);
  CHECK(second.full_in_ms == 40'000);
  CHECK(ring.take("one", 0).left == 0);
  CHECK(ring.take("one", 0).wait_ms == 20'000);
  CHECK(ring.take("one", 20'000).wait_ms == 0);
  ring.limit({0, 60'000});
  CHECK(ring.take("one", 20'000).limit == 0);
}

TEST_CASE("operate holds observe, read and publish, and observe holds nothing else") {
  const ApiScopes operate = ApiScopes::of(ApiScope::operate), observe = ApiScopes::of(ApiScope::observe);
  for (const ApiScope scope : {ApiScope::observe, ApiScope::read, ApiScope::publish, ApiScope::operate})
    CHECK(operate.allow(scope));
  for (const ApiScope scope : {ApiScope::rooms, ApiScope::users, ApiScope::admin}) CHECK_FALSE(operate.allow(scope));
  for (const ApiScope scope : {ApiScope::read, ApiScope::publish, ApiScope::operate}) CHECK_FALSE(observe.allow(scope));
  CHECK_FALSE(ApiScopes::of(ApiScope::read).allow(ApiScope::observe));
}
