// Hooks by HTTP against a real backend: asked in batches, believed only as far as it may be, and never waited for too long.
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include "server/webhooks/hook_request.hpp"
#include "tests/server/webhooks/asking_kit.hpp"

using namespace dialogue;
using namespace dialogue::core;
using namespace dialogue::webhooks;
using namespace dialogue::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("a backend allows, refuses, replaces and adds, and authenticates the server by the signature") {
  HttpBackend backend(deciding([](const json& hook) {
    if (hook["verb"] == "connect") return json{{"allow", true}, {"meta", {{"level", 3}}}};
    if (hook["verb"] == "join") return json{{"allow", false}, {"reason", "members only"}};
    return json{{"allow", true}, {"data", {{"text", "***"}}}};
  }));
  const WebhookSettings settings = settings_for(backend.url());
  Asking asking(settings);
  CHECK(asking.answer(question(HookVerb::connect)).meta == R"({"level":3})");
  const HookVerdict join = asking.answer(question(HookVerb::join));
  CHECK(join.code == ErrorCode::denied_by_hook);
  CHECK(join.reason == "members only");
  CHECK(asking.answer(question(HookVerb::publish, "damn")).payload == R"({"text":"***"})");

  const auto requests = backend.requests();
  REQUIRE(requests.size() == 3);
  for (const BackendRequest& request : requests) {
    CHECK(request.method == "POST");
    CHECK(request.connection == 1);
    const std::uint64_t time = std::stoull(request.signature.substr(2));
    CHECK(request.signature == hook_signature(settings.secret, time, request.body));
    CHECK(json::parse(request.body)["id"] == request.hook_id);
  }
  CHECK(requests[0].hook_id != requests[1].hook_id);
  CHECK(hooks_in(requests[2])[0]["data"]["text"] == "damn");
  CHECK(asking.log().empty());
}

TEST_CASE("questions that wait at the same moment go in one request, up to the size of a batch") {
  Gate gate;
  HttpBackend backend(held(gate, allowing()));
  WebhookSettings settings = settings_for(backend.url());
  settings.connections_max = 1;
  settings.batch_max = 8;
  Asking asking(settings);
  asking.ask(question(HookVerb::connect));
  static_cast<void>(backend.requests(1));
  for (int i = 0; i < 12; ++i) asking.ask(question(HookVerb::publish, std::to_string(i)));
  gate.open();
  for (const HookVerdict& verdict : asking.verdicts.wait(13)) CHECK(verdict.allows());
  const auto requests = backend.requests();
  REQUIRE(requests.size() == 3);
  CHECK(hooks_in(requests[1]).size() == 8);
  CHECK(hooks_in(requests[2]).size() == 4);
  CHECK(hooks_in(requests[2])[3]["data"]["text"] == "11");
}

TEST_CASE("large payloads make more requests rather than larger ones") {
  Gate gate;
  HttpBackend backend(held(gate, allowing()));
  WebhookSettings settings = settings_for(backend.url());
  settings.connections_max = 1;
  Asking asking(settings);
  asking.ask(question(HookVerb::connect));
  static_cast<void>(backend.requests(1));
  for (int i = 0; i < 9; ++i) asking.ask(question(HookVerb::publish, std::string(60'000, 'x')));
  gate.open();
  static_cast<void>(asking.verdicts.wait(10));
  const auto requests = backend.requests();
  REQUIRE(requests.size() == 4);
  CHECK(hooks_in(requests[1]).size() == 4);
  CHECK(hooks_in(requests[3]).size() == 1);
}

TEST_CASE("rooms that the backend has nothing to do with are allowed without a request") {
  HttpBackend backend(always(json_reply("{}")));
  WebhookSettings settings = settings_for(backend.url());
  settings.rooms = {"staff"};
  Asking asking(settings);
  CHECK(asking.answer(question(HookVerb::join)).allows());
  CHECK(backend.requests().empty());
}

TEST_CASE("a question that is not answered counts by the policy: closed refuses, to be tried again, open allows") {
  Gate gate;
  HttpBackend silent(held(gate, allowing())), broken(always(json_reply("oops", "500 Internal Server Error")));
  HttpBackend lying(always(json_reply(R"({"answers":[{"id":"1","allow":1}]})"))), halved(always({"HTTP/1.1 200 OK\r\n", true}));
  HttpBackend huge(always(json_reply(std::string(2 << 20, ' ') + R"({"answers":[{"id":"1","allow":true}]})")));
  for (const auto& [url, words] : std::map<std::string, std::string>{{silent.url(), "in time"},
                                                                     {broken.url(), "status 500"},
                                                                     {lying.url(), "allow"},
                                                                     {halved.url(), "before the response was complete"},
                                                                     {huge.url(), "too large"},
                                                                     {url_of_nobody(), "failed"}}) {
    INFO(words);
    WebhookSettings settings = settings_for(url);
    if (url == silent.url()) settings.timeout_ms = kShortMs;
    Asking closed(settings);
    const HookVerdict refused = closed.answer(question(HookVerb::publish));
    CHECK(refused.code == ErrorCode::hook_unavailable);
    CHECK_THAT(closed.lines.wait(1)[0], Contains(words) && Contains("rejected with a retryable error"));
    settings.fail = HookFailure::open;
    Asking open(settings);
    const HookVerdict allowed = open.answer(question(HookVerb::publish));
    CHECK(allowed.allows());
    CHECK_FALSE(allowed.payload);
    CHECK_THAT(open.lines.wait(1)[0], Contains("are allowed"));
  }
  gate.open();
}

TEST_CASE("one wrong answer is the trouble of its own question alone") {
  Gate gate;
  HttpBackend backend(held(gate, deciding([](const json& hook) {
                             if (hook["verb"] == "join") return json{{"allow", true}, {"data", {{"text", "x"}}}};
                             return json{{"allow", true}};
                           })));
  WebhookSettings settings = settings_for(backend.url());
  settings.connections_max = 1;
  Asking asking(settings);
  asking.ask(question(HookVerb::connect));
  static_cast<void>(backend.requests(1));
  asking.ask(question(HookVerb::join));
  asking.ask(question(HookVerb::publish));
  gate.open();
  std::map<ErrorCode, int> codes;
  for (const HookVerdict& verdict : asking.verdicts.wait(3)) ++codes[verdict.code];
  CHECK(codes == std::map<ErrorCode, int>{{ErrorCode::ok, 2}, {ErrorCode::hook_unavailable, 1}});
  CHECK_THAT(asking.logged("hook_answer_invalid"), Contains("data"));
}

TEST_CASE("a question whose connection broke is asked once more, as a new request") {
  HttpBackend backend(in_turn({always({"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"ans", true}), allowing()}));
  Asking asking(settings_for(backend.url()));
  CHECK(asking.answer(question(HookVerb::publish)).allows());
  const auto requests = backend.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].hook_id != requests[1].hook_id);
  CHECK(asking.log().empty());
  backend.handle_by(always({"", true}));
  CHECK(asking.answer(question(HookVerb::publish)).code == ErrorCode::hook_unavailable);
  CHECK(backend.requests().size() == 4);
}

TEST_CASE("a connection that the backend closed while it was idle affects no question") {
  HttpBackend backend([](const BackendRequest& request) {
    BackendReply reply = allowing()(request);
    reply.is_cut = true;
    return reply;
  });
  Asking asking(settings_for(backend.url()));
  for (int i = 0; i < 5; ++i) CHECK(asking.answer(question(HookVerb::publish)).allows());
  CHECK(asking.log().empty());
}

TEST_CASE("an answer that comes too late changes nothing, and the next question is answered", "[timed]") {
  Gate gate;
  HttpBackend backend(in_turn({held(gate, allowing()), allowing()}));
  WebhookSettings settings = settings_for(backend.url());
  settings.timeout_ms = 40 * kShortMs;  // the second answer comes within it, also on a busy machine
  Asking asking(settings);
  CHECK(asking.answer(question(HookVerb::publish)).code == ErrorCode::hook_unavailable);
  gate.open();
  CHECK(asking.answer(question(HookVerb::publish)).allows());
  CHECK(asking.verdicts.now().size() == 2);
}

TEST_CASE("a backend that fails repeatedly is suspended, then probed, and used again when it answers") {
  HttpBackend backend(always(json_reply("{}", "503 Service Unavailable")));
  WebhookSettings settings = settings_for(backend.url());
  settings.breaker_pause_ms = kLongMs;
  Asking asking(settings);
  for (int i = 0; i < 8; ++i)
    CHECK(asking.answer(question_of("user" + std::to_string(i), HookVerb::publish)).code == ErrorCode::hook_unavailable);
  CHECK(backend.requests().size() == 5);
  CHECK_THAT(asking.logged("hooks_suspended"), Contains("hooks are suspended"));

  settings.breaker_pause_ms = 1;
  Asking again(settings);
  for (int i = 0; i < 5; ++i) static_cast<void>(again.answer(question_of("user" + std::to_string(i), HookVerb::publish)));
  static_cast<void>(again.logged("hooks_suspended"));
  backend.handle_by(allowing());
  while (!again.answer(question(HookVerb::publish)).allows()) {}
  CHECK_THAT(again.logged("hooks_resumed"), Contains("answers again"));
  CHECK(again.answer(question(HookVerb::publish)).allows());
}

TEST_CASE("with fail: open a suspended backend receives no questions either, and everything is allowed") {
  WebhookSettings settings = settings_for(url_of_nobody());
  settings.fail = HookFailure::open;
  settings.breaker_pause_ms = kLongMs;
  Asking asking(settings);
  for (int i = 0; i < 8; ++i) CHECK(asking.answer(question(HookVerb::publish)).allows());
  CHECK_THAT(asking.logged("hooks_suspended"), Contains("\"count\":5"));
}

TEST_CASE("notices are sent in their order, in batches, each once") {
  Gate gate;
  HttpBackend backend(held(gate, always(json_reply(""))));
  WebhookSettings settings = settings_for(backend.url());
  settings.batch_max = 10;
  Asking asking(settings);
  asking.webhooks.tell(question(HookVerb::leave));
  static_cast<void>(backend.requests(1));
  std::vector<std::string> expected = {"chat"};
  for (int i = 0; i < 25; ++i) {
    expected.push_back(std::to_string(i));
    asking.webhooks.tell(question(HookVerb::disconnect, expected.back()));
  }
  gate.open();
  const auto requests = backend.requests(4);
  CHECK(texts_in(requests) == expected);
  CHECK(requests.back().connection == 1);
  CHECK(hooks_in(requests[3]).back()["id"] == "26");
}

TEST_CASE("notices that do not arrive are sent again with the same id, and those after them wait") {
  HttpBackend backend(in_turn({always({"", true}), always(json_reply("", "503 Service Unavailable")), always(json_reply(""))}));
  WebhookSettings settings = settings_for(backend.url());
  settings.batch_max = 1;
  Asking asking(settings);
  asking.webhooks.tell(question(HookVerb::disconnect, "first"));
  asking.webhooks.tell(question(HookVerb::disconnect, "second"));
  const auto requests = backend.requests(4);
  CHECK(texts_in(requests) == std::vector<std::string>{"first", "first", "first", "second"});
  CHECK(requests[0].hook_id == requests[2].hook_id);
  CHECK(requests[0].body == requests[2].body);
  CHECK(requests[2].hook_id != requests[3].hook_id);
}

TEST_CASE("dropped notices are counted in the log and reported to the backend") {
  Gate gate;  // outlives the backend, whose threads wait for it
  HttpBackend backend(always(json_reply("", "500 Internal Server Error")));
  WebhookSettings settings = settings_for(backend.url());
  settings.notice_retries_max = 2;
  settings.notices_max = 3;
  Asking asking(settings);
  asking.webhooks.tell(question(HookVerb::disconnect, "lost"));
  CHECK_THAT(asking.logged("hook_notices_dropped"), Contains("status 500") && Contains("\"count\":1"));
  CHECK(backend.requests().size() == 3);

  backend.handle_by(held(gate, always(json_reply(""))));
  asking.webhooks.tell(question(HookVerb::disconnect, "held"));
  CHECK(json::parse(backend.requests(4).back().body)["dropped"] == 1);
  for (int i = 0; i < 5; ++i) asking.webhooks.tell(question(HookVerb::disconnect, std::to_string(i)));
  asking.ask(question(HookVerb::publish));  // of the same inbox: when it is there, so are the notices
  static_cast<void>(backend.requests(5));
  gate.open();
  static_cast<void>(asking.verdicts.wait(1));
  const auto requests = backend.requests(6);
  CHECK(texts_in({requests.back()}) == std::vector<std::string>{"2", "3", "4"});
  CHECK(json::parse(requests.back().body)["dropped"] == 2);
  const auto lines = asking.lines.wait(3);  // the question's fault is told as well, before or after
  CHECK(std::any_of(lines.begin(), lines.end(),
                    [](const std::string& line) { return line.find("\"count\":2") != std::string::npos; }));
}

TEST_CASE("stopping answers all waiting questions, sends notices within its time, and refuses later ones") {
  Gate gate;
  HttpBackend backend([&gate](const BackendRequest& request) {
    if (hooks_in(request)[0]["verb"] == "publish") gate.wait();
    return json_reply("");
  });
  auto asking = std::make_unique<Asking>(settings_for(backend.url()));
  for (int i = 0; i < 200; ++i) asking->ask(question(HookVerb::publish));
  static_cast<void>(backend.requests(1));
  for (int i = 0; i < 3; ++i) asking->webhooks.tell(question(HookVerb::disconnect, std::to_string(i)));
  asking->webhooks.stop();
  const auto verdicts = asking->verdicts.now();
  CHECK(verdicts.size() == 200);
  for (const HookVerdict& verdict : verdicts) CHECK(verdict.code == ErrorCode::hook_unavailable);
  std::vector<std::string> told;
  for (const BackendRequest& request : backend.requests())
    if (hooks_in(request)[0]["verb"] == "disconnect")
      for (const std::string& text : texts_in({request})) told.push_back(text);
  CHECK(told == std::vector<std::string>{"0", "1", "2"});
  asking->ask(question(HookVerb::publish));
  asking->webhooks.tell(question(HookVerb::disconnect));
  CHECK(asking->verdicts.now().size() == 201);
  asking->webhooks.stop();
  gate.open();
}

TEST_CASE("stopping waits for a silent backend no longer than one time-out, and counts the notices that are lost") {
  Gate gate;
  HttpBackend backend(held(gate, always(json_reply(""))));
  WebhookSettings settings = settings_for(backend.url());
  settings.timeout_ms = kShortMs;
  settings.batch_max = 2;
  settings.fail = HookFailure::open;
  Asking asking(settings);
  for (int i = 0; i < 5; ++i) asking.webhooks.tell(question(HookVerb::disconnect, std::to_string(i)));
  asking.ask(question(HookVerb::publish));
  asking.webhooks.stop();
  CHECK_FALSE(asking.verdicts.now().empty());
  std::uint64_t lost = 0;
  for (const std::string& line : asking.lines.now())
    if (line.starts_with("hook_notices_dropped ")) lost += json::parse(line.substr(line.find('{')))["count"].get<std::uint64_t>();
  CHECK(lost == 5);
  gate.open();
}

TEST_CASE("a source that outlives its hooks refuses, to be tried again") {
  HttpBackend backend(allowing());
  HookSource source;
  {
    Asking asking(settings_for(backend.url()));
    source = asking.source;
  }
  ErrorCode code = ErrorCode::ok;
  source(question(HookVerb::publish), [&code](const HookVerdict& verdict) { code = verdict.code; });
  CHECK(code == ErrorCode::hook_unavailable);
}

TEST_CASE("questions of concurrent threads have their own answers, each once") {
  HttpBackend backend(deciding([](const json& hook) { return json{{"allow", true}, {"data", hook["data"]}}; }));
  Asking asking(settings_for(backend.url()));
  constexpr int kThreads = 8, kEach = 125;
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        HookQuestion asked = question_of("user" + std::to_string(thread), HookVerb::publish, std::to_string(i));
        const std::string expected = asked.payload;
        asking.source(std::move(asked), [&, expected](HookVerdict verdict) {
          if (verdict.payload == expected) ++right;
          asking.verdicts.add(std::move(verdict));
        });
      }
    });
  for (std::thread& thread : threads) thread.join();
  static_cast<void>(asking.verdicts.wait(kThreads * kEach));
  asking.webhooks.stop();
  CHECK(asking.verdicts.now().size() == kThreads * kEach);
  CHECK(right == kThreads * kEach);
}

TEST_CASE("R-112 hooks by https: an untrusted certificate is refused, a trusted one is accepted") {
  const TestCertificate certificate("localhost");
  HttpBackend backend(allowing(), certificate);
  const WebhookSettings settings = settings_for(backend.url("localhost"));
  Asking stranger(settings);
  CHECK(stranger.answer(question(HookVerb::publish)).code == ErrorCode::hook_unavailable);
  CHECK_THAT(stranger.logged("hook_request_failed"), Contains("TLS"));
  CHECK(backend.requests().empty());

  const std::string path = "webhooks_test_authorities.pem";
  std::ofstream(path) << certificate.certificate;
  ::setenv("SSL_CERT_FILE", path.c_str(), 1);
  Asking asking(settings);
  CHECK(asking.answer(question(HookVerb::publish)).allows());
  CHECK(asking.answer(question(HookVerb::publish)).allows());
  ::unsetenv("SSL_CERT_FILE");
  std::remove(path.c_str());
}

TEST_CASE("plain http to another machine is warned of, to this one it is not") {
  CHECK_THAT(Asking(settings_for("http://192.0.2.1/hooks")).logged("hooks_unprotected"), Contains("Use https"));
  CHECK(Asking(settings_for("http://127.0.0.1:1/")).log().empty());
  CHECK(Asking(settings_for("https://192.0.2.1/hooks")).log().empty());
}

TEST_CASE("neither the secret nor what users write is in the log") {
  HttpBackend backend(always(json_reply("{}", "500 Internal Server Error")));
  WebhookSettings settings = settings_for(backend.url());
  settings.secret = "do-not-tell-" + std::string(32, 'z');
  Asking asking(settings);
  for (int i = 0; i < 6; ++i)
    static_cast<void>(asking.answer(question_of("user" + std::to_string(i), HookVerb::publish, "private words")));
  static_cast<void>(asking.logged("hooks_suspended"));
  CHECK_THAT(asking.log(), !Contains("do-not-tell") && !Contains("private words"));
}
