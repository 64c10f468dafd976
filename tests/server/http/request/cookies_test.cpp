// Which cookies a request has, and when they may say who its user is.
#include "server/http/request/cookies.hpp"

#include <catch2/catch.hpp>

using namespace dialogue::http;

namespace {

RequestHeader header(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  RequestHeader made;
  for (const auto& [name, value] : fields) made.insert({name.data(), name.size()}, {value.data(), value.size()});
  return made;
}

}  // namespace

TEST_CASE("a request has the first cookie of a name, without quotes and blanks; malformed pairs are left out") {
  CHECK(cookie_of(header({{"Cookie", "a=1; session=abc.def; session=x"}}), "session") == "abc.def");
  CHECK(cookie_of(header({{"Cookie", " session = \"abc\" "}}), "session") == "abc");
  CHECK(cookie_of(header({{"Cookie", "session=a b; other=1"}}), "session").empty());
  CHECK(cookie_of(header({{"Cookie", "Session=abc"}}), "session").empty());
  CHECK(cookie_of(header({{"Cookie", "=abc;;session"}}), "session").empty());
  CHECK(cookie_of(header({{"Cookie", "session=1"}, {"Cookie", "session=2"}}), "session").empty());
  CHECK(cookie_of(header({}), "session").empty());
}

TEST_CASE("cookies of a request that another site has caused say nothing") {
  const auto session = [](std::string_view origin, std::string_view site) {
    RequestHeader made = header({{"Cookie", "session=abc"}});
    if (!origin.empty()) made.set("Origin", std::string(origin));
    if (!site.empty()) made.set("Sec-Fetch-Site", std::string(site));
    return cookie_of(made, "session");
  };
  CHECK(session("", "") == "abc");
  CHECK(session("", "same-origin") == "abc");
  CHECK(session("", "none") == "abc");
  CHECK(session("", "cross-site").empty());
  CHECK(session("", "same-site").empty());
  CHECK(session("https://app.example.com", "cross-site") == "abc");  // an origin that may not connect is refused before
}
