// One connection to a real server: kept, bounded, and never believed without its certificate.
#include "server/http_client/http_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <future>
#include <string>

#include "tests/patience.hpp"
#include "tests/server/http_client/http_backend.hpp"

using namespace dialogue;
using namespace dialogue::http_client;
using namespace dialogue::test;
using Catch::Matchers::Contains;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kAnswerBytesMax = 1000;

/// A connection with a loop to run it.
struct Asking {
  explicit Asking(const std::string& url) : connection(io.get_executor(), parse_http_url(url).value(), kAnswerBytesMax) {}

  HttpOutcome ask(milliseconds timeout = kPatience) {
    HttpRequest request;
    request.method(boost::beast::http::verb::post);
    request.body() = "{}";
    auto outcome = boost::asio::co_spawn(io, connection.ask(std::move(request), std::chrono::steady_clock::now() + timeout),
                                         boost::asio::use_future);
    io.restart();
    io.run();
    return outcome.get();
  }
  std::string answer() { return std::get<HttpClientResponse>(ask()).body(); }
  HttpError fault(milliseconds timeout = kPatience) { return std::get<HttpError>(ask(timeout)); }

  boost::asio::io_context io;
  HttpConnection connection;
};

HttpBackend::Handler always(BackendReply reply) {
  return [reply = std::move(reply)](const BackendRequest&) { return reply; };
}

/// Connections made meanwhile believe these certificates only.
class Believed {
 public:
  explicit Believed(const std::string& certificates) {
    std::ofstream(path_) << certificates;
    ::setenv("SSL_CERT_FILE", path_.c_str(), 1);
  }
  Believed(const Believed&) = delete;
  Believed& operator=(const Believed&) = delete;
  ~Believed() {
    ::unsetenv("SSL_CERT_FILE");
    std::remove(path_.c_str());
  }

 private:
  const std::string path_ = "http_connection_test_authorities.pem";
};

}  // namespace

TEST_CASE("requests follow each other over one connection, with the URL's path and host") {
  HttpBackend backend(always(json_reply("yes")));
  Asking asking(backend.url());
  CHECK(asking.answer() == "yes");
  CHECK(asking.answer() == "yes");
  const auto requests = backend.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].connection == 1);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].target == "/hooks?app=1");
  CHECK("http://" + requests[0].host + "/hooks?app=1" == backend.url());
}

TEST_CASE("a connection that the other side does not keep is opened again") {
  HttpBackend backend(always({"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nyes", true}));
  Asking asking(backend.url());
  CHECK(asking.answer() == "yes");
  CHECK(asking.answer() == "yes");
  CHECK(backend.requests().back().connection == 2);
}

TEST_CASE("a kept connection that the other side has closed since is not used again") {
  HttpBackend backend(always({json_reply("yes").bytes, true}));
  Asking asking(backend.url());
  for (std::size_t connection = 1; connection <= 3; ++connection) {
    CHECK(asking.answer() == "yes");
    CHECK(backend.requests().size() == connection);
    CHECK(backend.requests().back().connection == connection);
    backend.wait_for_ended(connection);
  }
}

TEST_CASE("a kept connection by TLS is used again until the other side has closed it") {
  const TestCertificate certificate("localhost");
  const Believed believed(certificate.certificate);
  HttpBackend backend(always(json_reply("yes")), certificate);
  Asking asking(backend.url("localhost"));
  CHECK(asking.answer() == "yes");
  backend.handle_by(always({json_reply("last").bytes, true}));
  CHECK(asking.answer() == "last");
  CHECK(backend.requests().back().connection == 1);
  backend.wait_for_ended(1);
  CHECK(asking.answer() == "last");
  CHECK(backend.requests().back().connection == 2);
}

TEST_CASE("a connection that ends without a byte of an answer was stale only if it was kept") {
  HttpBackend backend(always({"", true}));
  Asking asking(backend.url());
  CHECK_FALSE(asking.fault().is_stale);
  backend.handle_by(always(json_reply("yes")));
  CHECK(asking.answer() == "yes");
  backend.handle_by(always({"", true}));
  CHECK(asking.fault().is_stale);
  backend.handle_by(always(json_reply("yes")));
  CHECK(asking.answer() == "yes");
  backend.handle_by(always({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true}));
  const HttpError fault = asking.fault();
  CHECK(fault.is_broken);
  CHECK_FALSE(fault.is_stale);
}

TEST_CASE("a second answer without a request is not used for the next one") {
  HttpBackend backend(always({json_reply("one").bytes + json_reply("two").bytes, false}));
  Asking asking(backend.url());
  CHECK(asking.answer() == "one");
  CHECK(asking.answer() == "one");
}

TEST_CASE("an answer that is too large is refused, by its length, in chunks, and in its head") {
  HttpBackend backend(always(json_reply(std::string(kAnswerBytesMax + 1, 'x'))));
  Asking asking(backend.url());
  CHECK_THAT(asking.fault().words, Contains("too large"));
  std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 11; ++i) chunks += "64\r\n" + std::string(100, 'x') + "\r\n";
  backend.handle_by(always({chunks + "0\r\n\r\n", false}));
  CHECK_THAT(asking.fault().words, Contains("too large"));
  backend.handle_by(always({"HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", false}));
  CHECK_THAT(asking.fault().words, Contains("too large"));
  backend.handle_by(always({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(1 << 20, 'x'), false}));
  CHECK_FALSE(asking.fault().words.empty());
}

TEST_CASE("a response that is not HTTP is an error, and a silent server times out") {
  Gate gate;  // outlives the threads that wait at it
  HttpBackend backend(always({"SSH-2.0-nonsense\r\n\r\n", false}));
  Asking asking(backend.url());
  CHECK_FALSE(asking.fault().is_broken);
  backend.handle_by([&gate](const BackendRequest&) {
    gate.wait();
    return BackendReply{};
  });
  const HttpError fault = asking.fault(milliseconds(50));
  CHECK_THAT(fault.words, Contains("timed out"));
  CHECK_FALSE(fault.is_broken);
  gate.open();
}

TEST_CASE("a connection that breaks before or within the answer may be tried again, one that is refused may not") {
  HttpBackend backend(always({"", true}));
  Asking asking(backend.url());
  CHECK(asking.fault().is_broken);
  backend.handle_by(always({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true}));
  CHECK(asking.fault().is_broken);
  CHECK_FALSE(Asking(url_of_nobody()).fault().is_broken);
}

TEST_CASE("a host that is not found is reported") {
  CHECK_THAT(Asking("http://no-such-host.invalid/").fault().words, Contains("host"));
}

TEST_CASE("R-112 https is believed only with a certificate that leads to an authority and has the host's name") {
  const TestCertificate certificate("localhost"), other("elsewhere.example");
  HttpBackend backend(always(json_reply("yes")), certificate), strange(always(json_reply("no")), other);
  CHECK_THAT(Asking(backend.url("localhost")).fault().words, Contains("TLS"));
  CHECK(backend.requests().empty());

  const Believed believed(certificate.certificate + other.certificate);
  CHECK(Asking(backend.url("localhost")).answer() == "yes");
  CHECK(Asking(backend.url("127.0.0.1")).answer() == "yes");
  CHECK_THAT(Asking(strange.url("localhost")).fault().words, Contains("TLS"));
  CHECK(strange.requests().empty());
}
