// The signature of a request, against a figure that Node and Python gave for the same text.
#include "server/webhooks/hook_request.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace dialogue::webhooks;

namespace {

constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";

}  // namespace

TEST_CASE("the signature is HMAC-SHA256 over the time, a dot and the body, in hexadecimal") {
  CHECK(hook_signature(kSecret, 1'700'000'000, R"({"version":1,"id":"a-1","hooks":[]})") ==
        "t=1700000000,v1=f8a457abc0793256c08b11bc75278a682dca902d607493ea98541c736f9cf6cd");
}

TEST_CASE("time and body are both signed") {
  const std::string signature = hook_signature(kSecret, 1, "body");
  CHECK(signature != hook_signature(kSecret, 1, "bodY"));
  CHECK(signature.substr(4) != hook_signature(kSecret, 2, "body").substr(4));
  CHECK(signature != hook_signature("1123456789abcdef0123456789abcdef", 1, "body"));
}

TEST_CASE("no two requests have the same id, of one process or of two") {
  HookRequestIds here, there;
  CHECK(here.next() != here.next());
  CHECK(here.next() != there.next());
}
