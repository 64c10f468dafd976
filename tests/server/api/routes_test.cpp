// The table of routes: what is found, and that its texts need no escaping in the document that is made of them.
#include "server/api/table/routes.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "server/api/table/schemas.hpp"
#include "shared/json/json_reader.hpp"

using namespace dialogue;
using namespace dialogue::api;

TEST_CASE("a path finds its route and the values of its parameters, decoded") {
  const RouteMatch match = match_route("POST", "/rooms/a%3Ab/events");
  REQUIRE(match.route != nullptr);
  CHECK(match.route->operation_id == "publishEvent");
  CHECK(match.parameters == std::vector<std::string>{"a:b"});
  CHECK(match_route("HEAD", "/rooms").route->operation_id == "listRooms");
  CHECK(match_route("DELETE", "/users/a%2Fb/connections").parameters.front() == "a/b");
}

TEST_CASE("an unsupported method is distinguished from an unknown path") {
  const RouteMatch match = match_route("PUT", "/rooms/chat");
  CHECK(match.route == nullptr);
  CHECK(match.allowed == "GET, HEAD, DELETE");
  for (const char* path : {"", "/", "/room", "/rooms/", "/rooms//events", "/rooms/chat/events/1", "/rooms/%zz", "rooms"})
    CHECK(match_route("GET", path).allowed.empty());
}

TEST_CASE("a path belongs to the API when it is below it") {
  CHECK(is_api_path("/api/v1/rooms"));
  CHECK(is_api_path("/api/v1"));
  CHECK_FALSE(is_api_path("/api/v10/rooms"));
  CHECK_FALSE(is_api_path("/api"));
}

TEST_CASE("each route has a function, and an operation of its own") {
  const auto routes = api_routes();
  for (const Route& route : routes) {
    CHECK(route.run != nullptr);
    CHECK(std::count_if(routes.begin(), routes.end(),
                        [&](const Route& other) { return other.operation_id == route.operation_id; }) == 1);
  }
}

TEST_CASE("texts of the tables are in JSON unchanged, and schemas are JSON") {
  const auto is_plain = [](std::string_view text) { return text.find_first_of("\"\\\n") == std::string_view::npos; };
  for (const Route& route : api_routes()) {
    CHECK(is_plain(route.summary));
    for (const ApiParameter& parameter : route.query) CHECK(is_plain(parameter.description));
  }
  for (const ApiSchema& schema : kBodySchemas) CHECK(json_value_length(schema.json) == schema.json.size());
  for (const ApiSchema& schema : kAnswerSchemas) CHECK(json_value_length(schema.json) == schema.json.size());
}
