// Which route a path finds, and which routes are refused.
#include "server/embed/routes/route_table.hpp"

#include <catch2/catch.hpp>

#include <dialogue/setup_error.hpp>

namespace dialogue::test {
namespace {

Route route_of(std::string method, std::string path) {
  return {std::move(method), std::move(path), {}, [](const RouteRequest&) { return RouteResponse{}; }, {}};
}

/// The path of the route that `path` finds by GET, and the parameters.
std::string found(const RouteTable& table, std::string_view path) {
  const auto match = table.find(path);
  if (!match) return "none";
  std::string text = match->of("GET") != nullptr ? match->of("GET")->path : "none of GET";
  for (const std::string& value : match->values) text += " " + value;
  return text;
}

std::string refused(RouteTable& table, const char* method, const char* path) {
  try {
    table.add(route_of(method, path));
  } catch (const SetupError& error) { return error.problem(); }
  return "";
}

}  // namespace

TEST_CASE("a literal segment beats a parameter, in whatever order routes are added") {
  RouteTable table;
  for (const char* path : {"/shop/{any}", "/shop/orders", "/shop/orders/{id}", "/shop/{any}/items", "/shop/orders/new"})
    table.add(route_of("GET", path));
  CHECK(found(table, "/shop/orders") == "/shop/orders");
  CHECK(found(table, "/shop/carts") == "/shop/{any} carts");
  CHECK(found(table, "/shop/orders/7") == "/shop/orders/{id} 7");
  CHECK(found(table, "/shop/orders/new") == "/shop/orders/new");
  CHECK(found(table, "/shop/orders/items") == "/shop/orders/{id} items");
  CHECK(found(table, "/shop/carts/items") == "/shop/{any}/items carts");
  CHECK(found(table, "/shop/carts/other") == "none");
  CHECK(found(table, "/shop") == "none");
}

TEST_CASE("segments are decoded after the path is split, and an empty one fits nothing") {
  RouteTable table;
  table.add(route_of("GET", "/files/{name}"));
  CHECK(found(table, "/files/a%2Fb") == "/files/{name} a/b");
  CHECK(found(table, "/files/%") == "none");
  CHECK(found(table, "/files/") == "none");
  CHECK(found(table, "/files//") == "none");
  CHECK(found(table, "/f%69les/x") == "/files/{name} x");
}

TEST_CASE("HEAD finds GET, and what a path allows is listed") {
  RouteTable table;
  table.add(route_of("POST", "/a"));
  table.add(route_of("GET", "/a"));
  const auto match = table.find("/a");
  REQUIRE(match);
  CHECK(match->of("HEAD") == match->of("GET"));
  CHECK(match->of("PUT") == nullptr);
  CHECK(match->allowed() == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("faulty routes are refused with a sentence") {
  RouteTable table;
  table.add(route_of("GET", "/a/{id}"));
  CHECK(refused(table, "GET", "/a/{name}") == "the route \"/a/{id}\" fits the same paths");
  CHECK(refused(table, "POST", "/a/{name}").empty());
  CHECK(refused(table, "FETCH", "/b") == "the method is unknown");
  CHECK(refused(table, "GET", "b").find("begin with a slash") != std::string::npos);
  CHECK(refused(table, "GET", "/b//c").find("neither a literal") != std::string::npos);
  CHECK(refused(table, "GET", "/b/{}").find("neither a literal") != std::string::npos);
  CHECK(refused(table, "GET", "/b/{x}/{x}") == "two parameters have the name \"x\"");
  CHECK(refused(table, "GET", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q").find("16 segments") != std::string::npos);
  for (const char* own : {"/", "/api/v1/rooms", "/dialogue", "/dialogue/poll", "/events", "/health", "/metrics", "/ready",
                          "/_dialogue/x", "/socket.io/", "/engine.io"})
    CHECK_FALSE(refused(table, "GET", own).empty());
  CHECK(refused(table, "GET", "/apiary").empty());
}

TEST_CASE("the table has a bound") {
  RouteTable table;
  for (std::size_t i = 0; i < kRoutesMax; ++i) table.add(route_of("GET", "/a/" + std::to_string(i)));
  CHECK(refused(table, "GET", "/b").find("1024 routes") != std::string::npos);
}

}  // namespace dialogue::test
