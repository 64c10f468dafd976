// The bodies of requests: the line before the frames, the frames, and everything that is refused.
#include "server/transport/http_tunnel/tunnel_request.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "server/transport/http_tunnel/uplink.hpp"

namespace dialogue::test {

using namespace transport;

namespace {

std::variant<std::unique_ptr<TunnelRequest>, std::string> read(std::string body) {
  return read_tunnel_request(std::move(body), TunnelLimits{});
}

std::unique_ptr<TunnelRequest> request_of(std::string body) {
  auto found = read(std::move(body));
  if (const auto* fault = std::get_if<std::string>(&found)) FAIL(*fault);
  return std::get<std::unique_ptr<TunnelRequest>>(std::move(found));
}

std::string fault_of(std::string body) {
  const auto found = read(std::move(body));
  REQUIRE(std::holds_alternative<std::string>(found));
  return std::get<std::string>(found);
}

std::string_view view(std::span<char> bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

TEST_CASE("a request is a line and frames") {
  const auto request = request_of("{\"session\":\"abc\",\"have\":7,\"from\":3,\"hold\":50,\"new\":[1]}\n[11]\n\n[1,\"a\"]\n");
  CHECK(request->session == "abc");
  CHECK(request->have == 7);
  CHECK(request->from == 3);
  CHECK(request->hold_ms == 50);
  CHECK_FALSE(request->end);
  REQUIRE(request->frames.size() == 2);
  CHECK(view(request->frames[0]) == "[11]");
  CHECK(view(request->frames[1]) == "[1,\"a\"]");
  const auto with_cr = request_of("{\"session\":\"abc\"}\r\n[11]\r\n\r\n[12]\r\n[13]\r");
  REQUIRE(with_cr->frames.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(view(with_cr->frames[i]) == "[1" + std::to_string(i + 1) + "]");
}

TEST_CASE("what is left out has a default, and a poll is held for a bounded time") {
  const auto request = request_of(R"({"session":"a"})");
  CHECK(request->have == 0);
  CHECK(request->from == 1);
  CHECK(request->hold_ms == TunnelLimits{}.hold_ms_max);
  CHECK(request->frames.empty());
  CHECK(request_of(R"({"session":"a","hold":9999999})")->hold_ms == TunnelLimits{}.hold_ms_max);
  CHECK(request_of(R"({"session":"a","close":1001})")->end == 1001);
  CHECK(request_of("{\"open\":\"0123456789abcdef\"}\n[1]")->session.empty());
}

TEST_CASE("a request without its line, or with one that contradicts itself, is refused with what to write") {
  for (const char* body : {"", "\n[11]", "[11]", "{", "{}", R"({"open":"short"})", R"({"open":"0123456789abcde "})",
                           R"({"open":"0123456789abcdef","session":"a"})", R"({"open":"0123456789abcdef","have":1})",
                           R"({"open":"0123456789abcdef","from":2})", R"({"session":""})", R"({"session":1})",
                           R"({"session":"a","have":-1})", R"({"session":"a","from":0})", R"({"session":"a","close":1006})",
                           R"({"session":"a","session":"a"})", R"({"session":"a"} x)"}) {
    INFO(body);
    CHECK_FALSE(fault_of(body).empty());
  }
  CHECK(fault_of("{\"session\":\"" + std::string(65, 'a') + "\"}").find("session") != std::string::npos);
}

TEST_CASE("the line and the number of frames are bounded") {
  const TunnelLimits limits;
  CHECK(fault_of("{\"session\":\"a\",\"more\":\"" + std::string(limits.head_bytes_max, 'x') + "\"}").find("first line") !=
        std::string::npos);
  std::string body = R"({"session":"a"})";
  for (std::size_t i = 0; i < limits.frames_max; ++i) body += "\n[11]";
  CHECK(request_of(body)->frames.size() == limits.frames_max);
  CHECK(fault_of(body + "\n[11]").find("256 frames") != std::string::npos);
}

TEST_CASE("frames that come again are skipped, and a gap is found") {
  Uplink uplink;
  CHECK(uplink.known(1, 3) == 0u);
  for (int i = 0; i < 3; ++i) uplink.took();
  CHECK(uplink.known(1, 3) == 3u);
  CHECK(uplink.known(2, 5) == 2u);
  CHECK(uplink.known(4, 1) == 0u);
  CHECK_FALSE(uplink.known(5, 1));
  CHECK(uplink.known(5, 0) == 0u);
  CHECK(uplink.known(1, 0) == 0u);
  CHECK(uplink.known(9'007'199'254'740'991, 0) == 0u);
}

}  // namespace dialogue::test
