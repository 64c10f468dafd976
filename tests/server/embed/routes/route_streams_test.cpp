// Bodies in parts, both ways: order, bounds, backpressure, and ends of all kinds.
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/redirect_error.hpp>
#include <catch2/catch.hpp>
#include <dialogue/async.hpp>
#include <dialogue/instance.hpp>
#include <thread>

#include "tests/server/embed/test_app.hpp"
#include "tests/server/support/test_client.hpp"

namespace dialogue::test {
namespace {

using boost::asio::use_awaitable;

constexpr std::size_t kMiB = 1024 * 1024;

/// Responds with the bytes of the body, and the largest part.
boost::asio::awaitable<void> measure(RouteRequest, RouteStream stream) {
  std::size_t bytes = 0, largest = 0;
  while (true) {
    const RoutePart part = co_await stream.read(use_awaitable);
    if (!part.ok) co_return;
    if (part.is_end()) break;
    bytes += part.bytes.size();
    largest = std::max(largest, part.bytes.size());
  }
  stream.respond(RouteResponse::text(std::to_string(bytes) + (largest <= 64 * 1024 ? " small" : " large")));
}

std::string post_head(std::string_view target, std::string_view fields) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

}  // namespace

TEST_CASE("an upload of 25 MiB comes in parts of at most 64 KiB") {
  Instance server = create_dialogue(test_config());
  server.route("POST", "/upload", stream_route(measure), {.body_bytes_max = 25 * kMiB});
  server.listen();
  TestClient client(server.port());
  client.send(post_head("/upload", "Content-Length: " + std::to_string(25 * kMiB) + "\r\n"));
  const std::string mib(kMiB, 'x');
  for (int i = 0; i < 25; ++i) REQUIRE(client.send(mib));
  CHECK(client.reply().body == "26214400 small");
  // The connection is kept: the body was read to its end.
  client.send(post_head("/upload", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
  CHECK(client.reply().body == "7 small");
}

TEST_CASE("a body that is larger than its route takes is refused, announced or not") {
  Instance server = create_dialogue(test_config());
  server.route("POST", "/upload", stream_route(measure), {.body_bytes_max = 8});
  server.listen();
  TestClient announced(server.port());
  announced.send(post_head("/upload", "Content-Length: 9\r\n") + "123456789");
  CHECK(announced.reply().status == 413);
  TestClient chunked(server.port());
  chunked.send(post_head("/upload", "Transfer-Encoding: chunked\r\n") + "9\r\n123456789\r\n0\r\n\r\n");
  CHECK(chunked.reply().status == 413);
}

TEST_CASE("an upload waits for its handler: nothing more is read before it asks") {
  Instance server = create_dialogue(test_config());
  std::promise<void> arrived;
  boost::asio::io_context context;
  auto work = boost::asio::make_work_guard(context);
  std::thread thread([&context] { context.run(); });
  boost::asio::steady_timer gate(context, std::chrono::hours(1));
  server.route("POST", "/upload",
               stream_route(context.get_executor(),
                            [&](RouteRequest request, RouteStream stream) -> boost::asio::awaitable<void> {
                              arrived.set_value();
                              boost::system::error_code error;
                              co_await gate.async_wait(boost::asio::redirect_error(use_awaitable, error));
                              co_await measure(request, stream);
                            }),
               {.body_bytes_max = 64 * kMiB, .timeout = std::chrono::minutes(1)});
  server.listen();
  {
    TestClient client(server.port());
    const int bytes = 64 * 1024;
    ::setsockopt(client.descriptor(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    client.send(post_head("/upload", "Content-Length: " + std::to_string(32 * kMiB) + "\r\n"));
    REQUIRE(arrived.get_future().wait_for(testing::kPatience) == std::future_status::ready);
    // The system's buffers fill, and then nobody takes a byte.
    const std::string mib(kMiB, 'x');
    std::size_t sent = 0;
    while (sent < 32 * kMiB) {
      const ssize_t size = ::send(client.descriptor(), mib.data(), std::min(mib.size(), 32 * kMiB - sent), MSG_DONTWAIT);
      if (size > 0) sent += static_cast<std::size_t>(size);
      pollfd writable{client.descriptor(), POLLOUT, 0};
      if (size <= 0 && ::poll(&writable, 1, 200) == 0) break;
    }
    CHECK(sent < 32 * kMiB);
    boost::asio::post(context, [&gate] { gate.cancel(); });
    while (sent < 32 * kMiB) {
      const std::size_t rest = std::min(mib.size(), 32 * kMiB - sent);
      REQUIRE(client.send(std::string_view(mib).substr(0, rest)));
      sent += rest;
    }
    CHECK(client.reply().body == "33554432 small");
  }
  server.stop();
  work.reset();
  thread.join();
}

TEST_CASE("a response in parts is chunked, and the connection goes on") {
  Instance server = create_dialogue(test_config());
  server.route("GET", "/parts", stream_route([](RouteRequest, RouteStream stream) -> boost::asio::awaitable<void> {
                 stream.begin(RouteResponse::text("first,"));
                 for (const char* part : {"second,", "third"}) {
                   const bool is_written = co_await stream.write(part, use_awaitable);
                   if (!is_written) co_return;
                 }
               }));
  server.listen();
  TestClient client(server.port());
  client.send(get_request("/parts"));
  const std::string got = client.read_through("0\r\n\r\n");
  CHECK(got.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(got.ends_with("6\r\nfirst,\r\n7\r\nsecond,\r\n5\r\nthird\r\n0\r\n\r\n"));
  client.send(get_request("/health"));
  CHECK(client.reply().status == 200);
}

TEST_CASE("a response of known length has it, and what is beyond is not sent") {
  Instance server = create_dialogue(test_config());
  std::atomic<bool> was_refused = false;
  server.route("GET", "/parts", stream_route([&](RouteRequest, RouteStream stream) -> boost::asio::awaitable<void> {
                 stream.begin(RouteResponse::text("ab"), 4);
                 co_await stream.write("cd", use_awaitable);
                 const bool is_written = co_await stream.write("e", use_awaitable);
                 was_refused = !is_written;
               }));
  server.listen();
  TestClient client(server.port());
  client.send(get_request("/parts"));
  CHECK(client.reply().body == "abcd");
  client.send(get_request("/health"));
  CHECK(client.reply().status == 200);
  CHECK(was_refused);
}

TEST_CASE("a handler that throws before its response is a 500; after its beginning the response is cut") {
  Instance server = create_dialogue(test_config());
  server.route("GET", "/before", stream_route([](RouteRequest, RouteStream) -> boost::asio::awaitable<void> {
                 throw std::runtime_error("before");
                 co_return;
               }));
  server.route("GET", "/nothing", stream_route([](RouteRequest, RouteStream) -> boost::asio::awaitable<void> { co_return; }));
  server.route("GET", "/after", stream_route([](RouteRequest, RouteStream stream) -> boost::asio::awaitable<void> {
                 stream.begin(RouteResponse::text("part"));
                 co_await stream.write("more", use_awaitable);
                 throw std::runtime_error("after");
               }));
  server.listen();
  for (const char* path : {"/before", "/nothing"}) {
    TestClient client(server.port());
    client.send(get_request(path));
    CHECK(client.reply().status == 500);
  }
  TestClient client(server.port());
  client.send(get_request("/after"));
  const std::string got = client.read_to_end();
  CHECK(got.find("more") != std::string::npos);
  CHECK(got.find("\r\n0\r\n") == std::string::npos);
}

TEST_CASE("a handler of a stream that stops is ended by its deadline") {
  Instance server = create_dialogue(test_config());
  std::promise<void> cancelled;
  server.route("GET", "/never", stream_route([&](RouteRequest, RouteStream) -> boost::asio::awaitable<void> {
                 boost::asio::steady_timer never(co_await boost::asio::this_coro::executor, std::chrono::hours(1));
                 boost::system::error_code error;
                 co_await never.async_wait(boost::asio::redirect_error(use_awaitable, error));
                 cancelled.set_value();
               }),
               {.timeout = std::chrono::milliseconds(50)});
  server.listen();
  TestClient client(server.port());
  client.send(get_request("/never"));
  CHECK(client.reply().status == 503);
  CHECK(cancelled.get_future().wait_for(testing::kPatience) == std::future_status::ready);
}

TEST_CASE("a write fails once the peer has gone, and reads complete as failed") {
  Instance server = create_dialogue(test_config());
  std::promise<void> failed;
  server.route("GET", "/endless", stream_route([&](RouteRequest, RouteStream stream) -> boost::asio::awaitable<void> {
                 stream.begin(RouteResponse::text(""));
                 bool is_written = true;
                 while (is_written) is_written = co_await stream.write(std::string(16 * 1024, 'x'), use_awaitable);
                 const RoutePart part = co_await stream.read(use_awaitable);
                 if (!part.ok) failed.set_value();
               }));
  server.listen();
  {
    TestClient client(server.port());
    client.send(get_request("/endless"));
    static_cast<void>(client.read_through("xxxx"));
  }
  CHECK(failed.get_future().wait_for(testing::kPatience) == std::future_status::ready);
}

}  // namespace dialogue::test
