// "middleware" and "clientLimits" of app.json: what they become.
#include <catch2/catch.hpp>

#include "server/definitions/definitions_json.hpp"

namespace dialogue::definitions {
namespace {

TEST_CASE("middleware and limits of clients are read in their order") {
  const LoadResult result = load_definitions(R"({"events": {},
    "clientLimits": {"bytesPerSecond": 65536, "joinsPerSecond": 5, "rooms": 10, "reads": {"maxEvents": 50, "window": "5s"}},
    "middleware": [{"use": "logger"}, {"use": "contentFilter", "blocklist": ["darn", "heck"], "replacement": "*"}],
    "rooms": {"a": {"events": [], "middleware": [{"use": "requiredRole", "role": "host"},
                                                 {"use": "redact", "fields": ["card.number"]},
                                                 {"use": "sizeGuard", "maxBytes": 100}]}}})");
  REQUIRE(result.ok());
  const Definitions& read = result.definitions;
  CHECK(read.client_limits.bytes_per_second == 65536u);
  CHECK(read.client_limits.joins_per_second == 5u);
  CHECK(read.client_limits.rooms == 10u);
  REQUIRE(read.client_limits.reads);
  CHECK(read.client_limits.reads->max_events == 50);
  CHECK(read.client_limits.reads->window_ms == 5000);
  REQUIRE(read.middleware.size() == 2);
  CHECK(read.middleware[0].use == MiddlewareUse::logger);
  CHECK(read.middleware[1].use == MiddlewareUse::content_filter);
  CHECK(read.middleware[1].texts == std::vector<std::string>{"darn", "heck"});
  CHECK(read.middleware[1].replacement == "*");
  const auto& own = read.rooms.at(0).middleware;
  REQUIRE(own.size() == 3);
  CHECK(own[0].role == "host");
  CHECK(own[1].texts == std::vector<std::string>{"card.number"});
  CHECK_FALSE(own[1].replacement);
  CHECK(own[2].bytes_max == 100);
}

TEST_CASE("an expression that RE2 does not accept is reported with its place") {
  const LoadResult result = load_definitions(
      "{\"events\": {},\n \"middleware\": [{\"use\": \"contentFilter\", \"blocklist\": [\"a(?=b)\"]}]}", "app.json");
  REQUIRE(result.lines().size() == 1);
  CHECK_THAT(result.lines()[0], Catch::Matchers::StartsWith("app.json:2:"));
  CHECK_THAT(result.lines()[0], Catch::Matchers::Contains("not a valid RE2 expression"));
}

}  // namespace
}  // namespace dialogue::definitions
