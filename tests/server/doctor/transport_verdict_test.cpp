// What is made of WebSockets, streams and polls, and how it is written.
#include <catch2/catch.hpp>

#include "server/doctor/verdict/report.hpp"
#include "server/doctor/verdict/verdicts.hpp"

namespace dialogue::doctor {
namespace {

WebSocketTrial good_websocket() {
  WebSocketTrial trial;
  trial.answer.status = 101;
  trial.first_frame_ms = 3;
  trial.round_trip_ms = 2;
  trial.reception = Reception{.is_welcome = true, .ping_ms = 25'000};
  return trial;
}

StreamTrial good_stream() {
  StreamTrial trial;
  trial.answer.status = 200;
  trial.content_type = "text/event-stream";
  trial.cache_control = "no-cache, no-transform";
  trial.head_ms = 1;
  trial.first_event_ms = 2;
  trial.echo_ms = 3;
  trial.asks_echo = true;
  return trial;
}

TEST_CASE("a WebSocket that carries frames is ok, and each way to break it has its words") {
  CHECK(judge_websocket(good_websocket()).verdict == Verdict::ok);
  WebSocketTrial trial = good_websocket();
  for (const unsigned status : {200U, 400U, 426U}) {
    trial.answer.status = status;
    CHECK(judge_websocket(trial).remedies == std::vector{Remedy::pass_upgrade});
  }
  trial.answer.status = 404;
  CHECK(judge_websocket(trial).remedies == std::vector{Remedy::forward});
  trial = good_websocket();
  trial.first_frame_ms.reset();
  CHECK(judge_websocket(trial).found == "the handshake succeeds (101), but no frame arrives");
  trial.end = "reset";
  CHECK(judge_websocket(trial).found == "the handshake succeeds, then the connection is reset before any frame");
  trial = good_websocket();
  trial.round_trip_ms.reset();
  CHECK(judge_websocket(trial).verdict == Verdict::fault);
}

TEST_CASE("a WebSocket without its subprotocol is a fault, since a browser refuses it") {
  WebSocketTrial trial = good_websocket();
  trial.is_ours = false;
  CHECK(judge_websocket(trial).remedies == std::vector{Remedy::pass_protocol});
}

TEST_CASE("each status has its own advice, and the server's own answers are not attributed to the proxy") {
  StreamTrial trial = good_stream();
  const std::pair<unsigned, Remedy> cases[] = {{301, Remedy::address},      {308, Remedy::address}, {401, Remedy::no_sign_in},
                                               {407, Remedy::no_sign_in},   {405, Remedy::methods}, {404, Remedy::forward},
                                               {502, Remedy::reach_server}, {429, Remedy::limits},  {418, Remedy::forward}};
  for (const auto& [status, remedy] : cases) {
    trial.answer.status = status;
    CHECK(judge_stream("stream", trial).remedies == std::vector{remedy});
  }
  trial.answer = {.status = 503};
  CHECK(judge_stream("stream", trial).remedies == std::vector{Remedy::reach_server, Remedy::limits});
  trial.answer = {.status = 503, .detail = "The server is draining."};
  CHECK_THAT(judge_stream("stream", trial).found,
             Catch::Contains("draining") && Catch::Contains("by the server, not by the proxy"));
  trial.answer = {.status = 403, .detail = "Give a token."};
  CHECK(judge_stream("stream", trial).verdict == Verdict::warning);
}

TEST_CASE("an event that takes longer than a second was held up") {
  StreamTrial trial = good_stream();
  CHECK(judge_stream("stream", trial).verdict == Verdict::ok);
  trial.echo_ms = 1001;
  CHECK(judge_stream("stream", trial).remedies == std::vector{Remedy::no_buffering});
  trial.echo_ms.reset();
  CHECK(judge_stream("stream", trial).verdict == Verdict::fault);
  trial.asks_echo = false;
  CHECK(judge_stream("stream", trial).verdict == Verdict::ok);
}

TEST_CASE("compression is a warning while pieces pass, and a fault where they are held up") {
  StreamTrial trial = good_stream();
  trial.content_encoding = "gzip";
  CHECK(judge_stream("stream", trial).verdict == Verdict::warning);
  trial.echo_ms.reset();
  CHECK(judge_stream("stream", trial).verdict == Verdict::fault);
  CHECK(judge_stream("stream", trial).remedies == std::vector{Remedy::no_compression});
}

TEST_CASE("a response from a cache, or with another Cache-Control, is a warning") {
  StreamTrial trial = good_stream();
  trial.cached = "Age: 7";
  CHECK(judge_stream("push stream", trial).found == "it comes from a cache (Age: 7)");
  trial = good_stream();
  trial.cache_control = "max-age=60";
  CHECK(judge_stream("push stream", trial).remedies == std::vector{Remedy::no_cache});
}

TEST_CASE("a poll that is cut is reported with its duration, and one that works") {
  PollTrial trial;
  trial.opening.status = 200;
  trial.hold_ms = 20'000;
  trial.cut_ms = 3'000;
  trial.cut.status = 504;
  trial.works_ms = 1'500;
  CHECK(judge_poll(trial).found ==
        "a poll that is held for 20.0 s is cut after 3.0 s: status 504; one of 1.5 s is answered, and clients detect this by "
        "themselves");
}

TEST_CASE("a certificate that ends soon is a warning, one that is not accepted a fault") {
  AddressTrial trial;
  trial.is_dialogue = true;
  trial.health.status = trial.ready.status = 200;
  trial.tls = "TLSv1.3";
  trial.days_left = 13;
  CHECK(judge_address(trial).at(1).remedies == std::vector{Remedy::certificate});
  trial.days_left = 14;
  CHECK(judge_address(trial).at(1).verdict == Verdict::ok);
  trial.fault = "the certificate does not name chat.example.com";
  CHECK(judge_address(trial).size() == 1);
  CHECK(judge_address(trial).at(0).remedies == std::vector{Remedy::certificate});
}

TEST_CASE("each remedy has directives for both proxies") {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(Remedy::body_size); ++i) {
    const Advice& advice = advice_of(static_cast<Remedy>(i));
    CHECK_FALSE(advice.aim.empty());
    CHECK_FALSE(advice.nginx.empty());
    CHECK_FALSE(advice.haproxy.empty());
  }
}

TEST_CASE("a report has figures, and advice line by line") {
  const std::vector findings{Finding{
      .check = "a", .verdict = Verdict::fault, .found = "b \"c\"", .remedies = {Remedy::certificate}, .figures = {{"cutMs", 5}}}};
  const std::string json = report_json("http://h", findings);
  CHECK(json.starts_with(R"({"url":"http://h","faults":1,"warnings":0,"findings":[{"check":"a","verdict":"fault",)"));
  CHECK(json.find(R"("figures":{"cutMs":5})") != std::string::npos);
  CHECK(json.find(R"("haproxy":["bind :443 ssl crt /etc/haproxy/chat.pem"])") != std::string::npos);
  CHECK(report_text(findings).find("nginx:    ssl_certificate /etc") != std::string::npos);
}

}  // namespace
}  // namespace dialogue::doctor
