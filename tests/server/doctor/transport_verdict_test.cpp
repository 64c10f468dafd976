// What is made of WebSockets, streams and polls, and how it is written.
#include <catch2/catch.hpp>

#include "server/doctor/verdict/report.hpp"
#include "server/doctor/verdict/verdicts.hpp"

namespace dialogue::doctor {
namespace {

WebSocketResult good_websocket() {
  WebSocketResult result;
  result.answer.status = 101;
  result.first_frame_ms = 3;
  result.round_trip_ms = 2;
  result.reception = Reception{.is_welcome = true, .ping_ms = 25'000};
  return result;
}

StreamResult good_stream() {
  StreamResult result;
  result.answer.status = 200;
  result.content_type = "text/event-stream";
  result.cache_control = "no-cache, no-transform";
  result.head_ms = 1;
  result.first_event_ms = 2;
  result.echo_ms = 3;
  result.asks_echo = true;
  return result;
}

TEST_CASE("a WebSocket that carries frames is ok, and each way to break it has its words") {
  CHECK(judge_websocket(good_websocket()).verdict == Verdict::ok);
  WebSocketResult result = good_websocket();
  for (const unsigned status : {200U, 400U, 426U}) {
    result.answer.status = status;
    CHECK(judge_websocket(result).fixes == std::vector{Fix::pass_upgrade});
  }
  result.answer.status = 404;
  CHECK(judge_websocket(result).fixes == std::vector{Fix::forward});
  result = good_websocket();
  result.first_frame_ms.reset();
  CHECK(judge_websocket(result).found == "the handshake succeeds (101), but no frame arrives");
  result.end = "reset";
  CHECK(judge_websocket(result).found == "the handshake succeeds, then the connection is reset before any frame");
  result = good_websocket();
  result.round_trip_ms.reset();
  CHECK(judge_websocket(result).verdict == Verdict::fault);
}

TEST_CASE("a WebSocket without its subprotocol is a fault, since a browser refuses it") {
  WebSocketResult result = good_websocket();
  result.is_ours = false;
  CHECK(judge_websocket(result).fixes == std::vector{Fix::pass_protocol});
}

TEST_CASE("each status has its own directives, and the server's own answers are not attributed to the proxy") {
  StreamResult result = good_stream();
  const std::pair<unsigned, Fix> cases[] = {{301, Fix::address},      {308, Fix::address}, {401, Fix::no_sign_in},
                                            {407, Fix::no_sign_in},   {405, Fix::methods}, {404, Fix::forward},
                                            {502, Fix::reach_server}, {429, Fix::limits},  {418, Fix::forward}};
  for (const auto& [status, fix] : cases) {
    result.answer.status = status;
    CHECK(judge_stream("stream", result).fixes == std::vector{fix});
  }
  result.answer = {.status = 503};
  CHECK(judge_stream("stream", result).fixes == std::vector{Fix::reach_server, Fix::limits});
  result.answer = {.status = 503, .detail = "The server is draining."};
  CHECK_THAT(judge_stream("stream", result).found,
             Catch::Contains("draining") && Catch::Contains("by the server, not by the proxy"));
  result.answer = {.status = 403, .detail = "Give a token."};
  CHECK(judge_stream("stream", result).verdict == Verdict::warning);
}

TEST_CASE("an event that takes longer than a second was held up") {
  StreamResult result = good_stream();
  CHECK(judge_stream("stream", result).verdict == Verdict::ok);
  result.echo_ms = 1001;
  CHECK(judge_stream("stream", result).fixes == std::vector{Fix::no_buffering});
  result.echo_ms.reset();
  CHECK(judge_stream("stream", result).verdict == Verdict::fault);
  result.asks_echo = false;
  CHECK(judge_stream("stream", result).verdict == Verdict::ok);
}

TEST_CASE("compression is a warning while pieces pass, and a fault if they are held up") {
  StreamResult result = good_stream();
  result.content_encoding = "gzip";
  CHECK(judge_stream("stream", result).verdict == Verdict::warning);
  result.echo_ms.reset();
  CHECK(judge_stream("stream", result).verdict == Verdict::fault);
  CHECK(judge_stream("stream", result).fixes == std::vector{Fix::no_compression});
}

TEST_CASE("a response from a cache, or with another Cache-Control, is a warning") {
  StreamResult result = good_stream();
  result.cached = "Age: 7";
  CHECK(judge_stream("push stream", result).found == "it comes from a cache (Age: 7)");
  result = good_stream();
  result.cache_control = "max-age=60";
  CHECK(judge_stream("push stream", result).fixes == std::vector{Fix::no_cache});
}

TEST_CASE("a poll that is cut is reported with its duration, and one that works") {
  PollResult result;
  result.opening.status = 200;
  result.hold_ms = 20'000;
  result.cut_ms = 3'000;
  result.cut.status = 504;
  result.works_ms = 1'500;
  CHECK(judge_poll(result).found ==
        "a poll that is held for 20.0 s is cut after 3.0 s: status 504; one of 1.5 s is answered, and clients detect this by "
        "themselves");
}

TEST_CASE("a certificate that ends soon is a warning, one that is not accepted a fault") {
  AddressResult result;
  result.is_dialogue = true;
  result.health.status = result.ready.status = 200;
  result.tls = "TLSv1.3";
  result.days_left = 13;
  CHECK(judge_address(result).at(1).fixes == std::vector{Fix::certificate});
  result.days_left = 14;
  CHECK(judge_address(result).at(1).verdict == Verdict::ok);
  result.fault = "the certificate does not name chat.example.com";
  CHECK(judge_address(result).size() == 1);
  CHECK(judge_address(result).at(0).fixes == std::vector{Fix::certificate});
}

TEST_CASE("each fix has directives for both proxies") {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(Fix::body_size); ++i) {
    const Directives& directives = directives_of(static_cast<Fix>(i));
    CHECK_FALSE(directives.aim.empty());
    CHECK_FALSE(directives.nginx.empty());
    CHECK_FALSE(directives.haproxy.empty());
  }
}

TEST_CASE("a report has figures, and directives line by line") {
  const std::vector findings{Finding{
      .check = "a", .verdict = Verdict::fault, .found = "b \"c\"", .fixes = {Fix::certificate}, .figures = {{"cutMs", 5}}}};
  const std::string json = report_json("http://h", findings);
  CHECK(json.starts_with(R"({"url":"http://h","faults":1,"warnings":0,"findings":[{"check":"a","verdict":"fault",)"));
  CHECK(json.find(R"("figures":{"cutMs":5})") != std::string::npos);
  CHECK(json.find(R"("haproxy":["bind :443 ssl crt /etc/haproxy/chat.pem"])") != std::string::npos);
  CHECK(report_text(findings).find("nginx:    ssl_certificate /etc") != std::string::npos);
}

}  // namespace
}  // namespace dialogue::doctor
