// Files and routes, asked for as a client would, without a socket.
#include "server/http/response/static_files.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "server/http/response/http_router.hpp"
#include "tests/server/http/request/request_verdict.hpp"
#include "tests/server/net/temporary_directory.hpp"

using namespace dialogue;
using namespace dialogue::http;
using namespace dialogue::test;

namespace {

HttpRouter router_of(const TemporaryDirectory& directory) {
  auto files = StaticFiles::read(directory.path());
  REQUIRE(std::holds_alternative<StaticFiles>(files));
  return HttpRouter(std::get<StaticFiles>(std::move(files)), "default-src 'self'", "/dialogue");
}

HttpResponse ask(const HttpRouter& router, std::string_view target, std::string_view fields = "",
                 std::string_view method = "GET") {
  const ParsedRequest request(std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) +
                              "\r\n");
  REQUIRE(request.status == 0);
  return router.answer(request.header(), request.checked, false);
}

std::string field(const HttpResponse& answer, std::string_view name) {
  for (const auto& [key, value] : answer.fields)
    if (key == name) return value;
  return {};
}

HttpRouter live_router_of(const TemporaryDirectory& directory) {
  HttpRouter router(StaticFiles(), "default-src 'self'", "/dialogue");
  router.add_live(LiveFiles(directory.path()));
  return router;
}

}  // namespace

TEST_CASE("F-U-M1 live files are read for each request: edited, made and removed ones") {
  TemporaryDirectory directory;
  directory.write("index.html", "one");
  const HttpRouter router = live_router_of(directory);
  const HttpResponse first = ask(router, "/");
  CHECK(*first.body == "one");
  CHECK(field(first, "Content-Security-Policy") == "default-src 'self'");
  const std::string known = "If-None-Match: " + field(first, "ETag") + "\r\n";
  CHECK(ask(router, "/", known).status == 304);
  directory.write("index.html", "two");
  CHECK(*ask(router, "/", known).body == "two");
  CHECK(ask(router, "/sub").status == 404);
  directory.write("sub/index.html", "sub");
  CHECK(field(ask(router, "/sub"), "Location") == "/sub/");
  CHECK(*ask(router, "/sub/").body == "sub");
  directory.write("app.js", "new");
  directory.write("app.js.br", "old");
  CHECK(*ask(router, "/app.js", "Accept-Encoding: br\r\n").body == "new");
  std::filesystem::remove(std::filesystem::path(directory.path()) / "index.html");
  CHECK(ask(router, "/").status == 404);
}

TEST_CASE("F-U-M1 live files stay in their directory, and hidden ones are not served") {
  TemporaryDirectory directory;
  directory.write("secret.txt", "s");
  directory.write("web/.git/config", "s");
  directory.write("web/open.txt", "o");
  directory.write("web/.well-known/x", "w");
  const std::filesystem::path root(directory.path());
  std::filesystem::create_symlink(root / "secret.txt", root / "web/out.txt");
  std::filesystem::create_directory_symlink(root, root / "web/up");
  std::filesystem::create_symlink(root / "web/open.txt", root / "web/link.txt");
  HttpRouter router(StaticFiles(), "", "/dialogue");
  router.add_live(LiveFiles(root / "web"));
  for (const std::string_view path : {"/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//secret.txt", "/./open.txt",
                                      "/out.txt", "/up/secret.txt", "/.git/config", "/open.txt/", "/open.txt%00", "/%00", "//"})
    CHECK(ask(router, path).status == 404);
  CHECK(*ask(router, "/open.txt").body == "o");
  CHECK(*ask(router, "/link.txt").body == "o");
  CHECK(*ask(router, "/.well-known/x").body == "w");
  CHECK(std::get<std::string>(StaticFiles::read("/nonexistent/directory", true))
            .starts_with("the static directory /nonexistent/directory cannot be read"));
  CHECK(std::holds_alternative<std::string>(StaticFiles::read((root / "secret.txt").string(), true)));
  CHECK(std::holds_alternative<StaticFiles>(StaticFiles::read(directory.path(), true)));
}

TEST_CASE("F-N27 a link to a hidden file, or into a hidden directory, is not served; one to a file that is, is") {
  TemporaryDirectory directory;
  directory.write(".secret", "s");
  directory.write(".git/config", "s");
  directory.write("open.txt", "o");
  const std::filesystem::path root(directory.path());
  std::filesystem::create_symlink(root / ".secret", root / "secret.txt");
  std::filesystem::create_symlink(root / ".git" / "config", root / "config.txt");
  std::filesystem::create_symlink(root / "open.txt", root / "link.txt");
  const HttpRouter router = router_of(directory);
  CHECK(ask(router, "/secret.txt").status == 404);
  CHECK(ask(router, "/config.txt").status == 404);
  CHECK(*ask(router, "/link.txt").body == "o");
}

TEST_CASE("Files are served with their type, and pages with the security policy") {
  TemporaryDirectory directory;
  directory.write("index.html", "<p>hi");
  directory.write("app.js", "1");
  directory.write("client.wasm", "x");
  directory.write("sub/index.html", "sub");
  directory.write("with space.txt", "s");
  const HttpRouter router = router_of(directory);

  const HttpResponse page = ask(router, "/");
  CHECK(page.status == 200);
  CHECK(*page.body == "<p>hi");
  CHECK(field(page, "Content-Type") == "text/html; charset=utf-8");
  CHECK(field(page, "Content-Security-Policy") == "default-src 'self'");
  CHECK(field(ask(router, "/app.js"), "Content-Type") == "text/javascript; charset=utf-8");
  CHECK(field(ask(router, "/app.js"), "Content-Security-Policy").empty());
  CHECK(field(ask(router, "/client.wasm"), "Content-Type") == "application/wasm");
  CHECK(*ask(router, "/sub/").body == "sub");
  CHECK(ask(router, "/sub").status == 308);
  CHECK(field(ask(router, "/sub"), "Location") == "/sub/");
  CHECK(*ask(router, "/with%20space.txt").body == "s");
  CHECK(ask(router, "/nothing").status == 404);
  CHECK(field(ask(router, "/nothing"), "Content-Type") == "application/problem+json");
}

TEST_CASE("A file that the client has is answered with 304 and no body") {
  TemporaryDirectory directory;
  directory.write("a.txt", "one");
  const HttpRouter router = router_of(directory);
  const HttpResponse first = ask(router, "/a.txt");
  const std::string tag = field(first, "ETag"), date = field(first, "Last-Modified");
  CHECK(field(first, "Cache-Control") == "no-cache");
  REQUIRE_FALSE(tag.empty());
  REQUIRE_FALSE(date.empty());
  for (const std::string& fields : {"If-None-Match: " + tag, "If-None-Match: \"x\", W/" + tag, std::string("If-None-Match: *"),
                                    "If-Modified-Since: " + date}) {
    const HttpResponse again = ask(router, "/a.txt", fields + "\r\n");
    CHECK(again.status == 304);
    CHECK_FALSE(again.body);
    CHECK(field(again, "ETag") == tag);
  }
  CHECK(ask(router, "/a.txt", "If-None-Match: \"x\"\r\n").status == 200);
  CHECK(ask(router, "/a.txt", "If-None-Match: \"x\"\r\nIf-Modified-Since: " + date + "\r\n").status == 200);

  directory.write("a.txt", "two");
  CHECK(field(ask(router_of(directory), "/a.txt"), "ETag") != tag);
}

TEST_CASE("Precompressed siblings are sent to clients that accept them") {
  TemporaryDirectory directory;
  directory.write("a.js", "plain");
  directory.write("a.js.br", "brotli");
  directory.write("a.js.gz", "gzip");
  directory.write("b.txt", "plain");
  directory.write("lonely.br", "itself");
  const HttpRouter router = router_of(directory);
  CHECK(*ask(router, "/a.js").body == "plain");
  const HttpResponse br = ask(router, "/a.js", "Accept-Encoding: gzip, deflate, br\r\n");
  CHECK(*br.body == "brotli");
  CHECK(field(br, "Content-Encoding") == "br");
  CHECK(field(br, "Vary") == "Accept-Encoding");
  CHECK(field(br, "ETag") != field(ask(router, "/a.js"), "ETag"));
  CHECK(*ask(router, "/a.js", "Accept-Encoding: gzip, br;q=0\r\n").body == "gzip");
  CHECK(*ask(router, "/a.js", "Accept-Encoding: gzip;q=0.0, br;q=0\r\n").body == "plain");
  CHECK(field(ask(router, "/a.js"), "Vary") == "Accept-Encoding");
  CHECK(*ask(router, "/b.txt", "Accept-Encoding: br\r\n").body == "plain");
  CHECK(*ask(router, "/lonely.br").body == "itself");
  CHECK(ask(router, "/a.js.br").status == 404);
}

TEST_CASE("HEAD returns the head of GET, and other methods are refused") {
  TemporaryDirectory directory;
  directory.write("a.txt", "one");
  const HttpRouter router = router_of(directory);
  const HttpResponse head = ask(router, "/a.txt", "", "HEAD");
  CHECK(head.status == 200);
  CHECK(response_head(head, true, 0).find("Content-Length: 3\r\n") != std::string::npos);
  for (const std::string_view method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "FOO"}) {
    const HttpResponse refused = ask(router, "/a.txt", "", method);
    CHECK(refused.status == 405);
    CHECK(field(refused, "Allow") == "GET, HEAD");
  }
}

TEST_CASE("Health and readiness, and a plain request to the WebSocket's path") {
  const HttpRouter router(StaticFiles{}, "", "/dialogue");
  CHECK(ask(router, "/health").status == 200);
  CHECK(ask(router, "/ready").status == 200);
  CHECK(ask(router, "/dialogue").status == 426);
  const ParsedRequest request("GET /ready HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(router.answer(request.header(), request.checked, true).status == 503);
}

TEST_CASE("R-19 nothing outside the directory can be named") {
  TemporaryDirectory outside;
  outside.write("secret.txt", "secret");
  TemporaryDirectory directory;
  directory.write("a.txt", "one");
  directory.write(".env", "secret");
  directory.write(".git/config", "secret");
  directory.write("sub/.hidden/x", "secret");
  std::filesystem::create_symlink(outside.path() + "/secret.txt", directory.path() + "/link.txt");
  std::filesystem::create_directory_symlink(outside.path(), directory.path() + "/linked");
  std::filesystem::create_symlink(directory.path() + "/a.txt", directory.path() + "/inside.txt");
  const HttpRouter router = router_of(directory);
  const std::string name = std::filesystem::path(outside.path()).filename().string();
  for (const std::string& target : {"/../" + name + "/secret.txt",
                                    "/%2e%2e/" + name + "/secret.txt",
                                    "/..%2f" + name + "/secret.txt",
                                    "/%252e%252e/" + name + "/secret.txt",
                                    "/sub/../../" + name + "/secret.txt",
                                    outside.path() + "/secret.txt",
                                    "/" + outside.path() + "/secret.txt",
                                    std::string("/a.txt%00"),
                                    std::string("/a.txt%00.js"),
                                    std::string("/%00"),
                                    std::string("/..%5c..%5csecret.txt"),
                                    std::string("/link.txt"),
                                    std::string("/linked/secret.txt"),
                                    std::string("/linked"),
                                    std::string("/.env"),
                                    std::string("/.git/config"),
                                    std::string("/sub/.hidden/x"),
                                    std::string("/%"),
                                    std::string("/%2"),
                                    std::string("/./a.txt"),
                                    std::string("//a.txt"),
                                    std::string("/a.txt/"),
                                    std::string("/etc/passwd"),
                                    std::string("/%c0%ae%c0%ae/etc/passwd")}) {
    INFO(target);
    CHECK(ask(router, target).status == 404);
  }
  CHECK(*ask(router, "/inside.txt").body == "one");
}

TEST_CASE("A directory that cannot be read is a fault at start") {
  const auto files = StaticFiles::read("/nonexistent/directory");
  REQUIRE(std::holds_alternative<std::string>(files));
  CHECK(std::get<std::string>(files).find("/nonexistent/directory") != std::string::npos);
}
