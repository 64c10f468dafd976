// Which row serves a path.
#include "server/http/path_table.hpp"

#include <catch2/catch.hpp>

#include "server/http/path_handler.hpp"

namespace dialogue::test {

using namespace http;
using loop::ListenerKind;

namespace {

/// Takes paths that end with its letter, or all.
class Letter : public PathHandler {
 public:
  explicit Letter(std::string ending = "") : ending_(std::move(ending)) {}
  [[nodiscard]] bool takes(std::string_view path) const override { return path.ends_with(ending_); }
  [[nodiscard]] Exchange::Awaitable<void> serve(Exchange&) const override { co_return; }

 private:
  const std::string ending_;
};

PathRow row(std::string path, bool has_below = true, PathReach reach = PathReach::clients, std::string ending = "") {
  return {
      .path = std::move(path), .has_below = has_below, .reach = reach, .handler = std::make_shared<Letter>(std::move(ending))};
}

std::string found(const PathTable& table, std::string_view path, ListenerKind listener = ListenerKind::plain) {
  const PathRow* const hit = table.find(path, listener);
  return hit == nullptr ? "none" : hit->path;
}

}  // namespace

TEST_CASE("the longest row that stands for a path serves it, by whole segments") {
  PathTable table;
  for (const char* path : {"/a", "/", "/a/b"}) table.add(row(path));
  table.add(row("/exact", false));
  CHECK(found(table, "/a/b/c") == "/a/b");
  CHECK(found(table, "/a/bc") == "/a");
  CHECK(found(table, "/ab") == "/");
  CHECK(found(table, "/exact") == "/exact");
  CHECK(found(table, "/exact/below") == "/");
  CHECK(found(table, "*") == "/");
}

TEST_CASE("a row whose handler does not take a path leaves it to the next, and a later row is asked first") {
  PathTable table;
  table.add(row("/"));
  table.add(row("/", true, PathReach::clients, "x"));
  table.add(row("/a", true, PathReach::clients, "y"));
  CHECK(table.find("/a/x", ListenerKind::plain)->handler->takes("z") == false);
  CHECK(found(table, "/a/y") == "/a");
  CHECK(found(table, "/a/z") == "/");
}

TEST_CASE("listeners of operators serve what reaches them") {
  PathTable table;
  table.add(row("/"));
  table.add(row("/api", true, PathReach::administrators));
  table.add(row("/health", false, PathReach::operators));
  CHECK(found(table, "/x", ListenerKind::admin) == "none");
  CHECK(found(table, "/api/v1", ListenerKind::admin) == "/api");
  CHECK(found(table, "/api/v1", ListenerKind::metrics) == "none");
  CHECK(found(table, "/health", ListenerKind::metrics) == "/health");
  CHECK(found(table, "/api", ListenerKind::tls) == "/api");
}

}  // namespace dialogue::test
