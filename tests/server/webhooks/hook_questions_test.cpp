// More questions than a backend can answer, and payloads that it fails at: the trouble of who sends them, and of nobody else.
#include <catch2/catch.hpp>
#include <map>

#include "tests/server/webhooks/asking_kit.hpp"

using namespace dialogue;
using namespace dialogue::core;
using namespace dialogue::webhooks;
using namespace dialogue::test;
using Catch::Matchers::Contains;

TEST_CASE("F-N01 more questions than are kept are rate_limited, by fail: open as well") {
  Gate gate;
  HttpBackend backend(held(gate, allowing()));
  WebhookSettings settings = settings_for(backend.url());
  settings.fail = HookFailure::open;
  settings.questions_max = 2;
  Asking asking(settings);
  asking.ask(question_of("ann", HookVerb::publish));
  asking.ask(question_of("bob", HookVerb::publish));
  CHECK(asking.answer(question_of("cy", HookVerb::publish)).code == ErrorCode::rate_limited);
  CHECK_THAT(asking.logged("hooks_overloaded"), Contains("rejected with a retryable error"));
  gate.open();
  static_cast<void>(asking.verdicts.wait(3));

  settings.questions_max = 100;
  settings.question_bytes_max = 1000;
  Asking narrow(settings);
  CHECK(narrow.answer(question(HookVerb::publish, std::string(1000, 'x'))).code == ErrorCode::rate_limited);
  CHECK(narrow.answer(question(HookVerb::publish)).allows());
}

TEST_CASE("F-N01 one member with thousands of publications gets none past a hook that denies, and stops no other") {
  Gate gate;
  HttpBackend backend(held(gate, deciding([](const json& hook) { return json{{"allow", hook["user"]["id"] == "ann"}}; })));
  WebhookSettings settings = settings_for(backend.url());
  settings.fail = HookFailure::open;
  Asking asking(settings);
  for (int i = 0; i < 6400; ++i) asking.ask(question_of("mallory", HookVerb::publish));
  for (int i = 0; i < 64; ++i) asking.ask(question(HookVerb::publish));
  gate.open();
  std::map<ErrorCode, int> codes;
  for (const HookVerdict& verdict : asking.verdicts.wait(6464)) ++codes[verdict.code];
  CHECK(codes[ErrorCode::ok] == 64);
  CHECK(codes[ErrorCode::denied_by_hook] == 241);
  CHECK(codes[ErrorCode::rate_limited] == 6400 - 241);
}

TEST_CASE("F-N01 a question that slow requests delay until its time is over is rate_limited, also by fail: open", "[timed]") {
  Gate gate;
  HttpBackend backend(held(gate, allowing()));
  WebhookSettings settings = settings_for(backend.url());
  settings.fail = HookFailure::open;
  settings.timeout_ms = 20 * kShortMs;  // the first one reaches the backend within it, also on a busy machine
  settings.connections_max = 1;
  Asking asking(settings);
  asking.ask(question(HookVerb::connect));
  static_cast<void>(backend.requests(1));
  asking.ask(question(HookVerb::publish));
  const auto verdicts = asking.verdicts.wait(2);
  CHECK(verdicts[0].allows());  // it was asked, and has no answer
  CHECK(verdicts[1].code == ErrorCode::rate_limited);
  CHECK_THAT(asking.logged("hooks_overloaded"), Contains("too busy"));
  gate.open();
}

TEST_CASE("F-N15 a payload that the backend fails at fails alone, and does not suspend the backend") {
  Gate gate;
  const auto failing_at_poison = [](const BackendRequest& request) {
    if (request.body.find("poison") != std::string::npos) return json_reply("oops", "500 Internal Server Error");
    return allowing()(request);
  };
  HttpBackend backend(in_turn({held(gate, allowing()), failing_at_poison}));
  WebhookSettings settings = settings_for(backend.url());
  settings.connections_max = 1;
  Asking asking(settings);
  asking.ask(question(HookVerb::connect));
  static_cast<void>(backend.requests(1));
  for (int i = 0; i < 64; ++i)
    asking.ask(i == 40 ? question_of("mallory", HookVerb::publish, "poison") : question(HookVerb::publish, std::to_string(i)));
  gate.open();
  std::map<ErrorCode, int> codes;
  for (const HookVerdict& verdict : asking.verdicts.wait(65)) ++codes[verdict.code];
  CHECK(codes == std::map<ErrorCode, int>{{ErrorCode::ok, 64}, {ErrorCode::hook_unavailable, 1}});
  CHECK(backend.requests().size() == 2 + 2 * 6);
  // Nor does one user who sends nothing else close the backend to the others.
  for (int i = 0; i < 20; ++i)
    CHECK(asking.answer(question_of("mallory", HookVerb::publish, "poison")).code == ErrorCode::hook_unavailable);
  CHECK(asking.answer(question(HookVerb::publish)).allows());
  CHECK(asking.log().find("hooks_suspended") == std::string::npos);
}

TEST_CASE("F-N15 a few users who take turns, or any number of guests, cannot suspend a backend") {
  HttpBackend backend(always(json_reply("oops", "500 Internal Server Error")));
  WebhookSettings settings = settings_for(backend.url());
  settings.breaker_pause_ms = kLongMs;
  Asking asking(settings);
  const bool are_guests = GENERATE(false, true);
  for (int i = 0; i < 20; ++i) {
    HookQuestion poison =
        question_of((are_guests ? "guest-" : "user") + std::to_string(are_guests ? i : i % 4), HookVerb::publish, "poison");
    CHECK(asking.answer(std::move(poison)).code == ErrorCode::hook_unavailable);
  }
  CHECK(backend.requests().size() == 20);
  CHECK(asking.log().find("hooks_suspended") == std::string::npos);
}

TEST_CASE("F-P6 invalid answers are asked once, are logged, and suspend the backend for nobody") {
  Gate gate;
  const auto invalid_for_bad = deciding([](const json& hook) {
    json answer{{"allow", true}};
    if (hook["user"]["id"] != "good") answer["data"] = 7;
    return answer;
  });
  HttpBackend backend(in_turn({held(gate, allowing()), invalid_for_bad}));
  WebhookSettings settings = settings_for(backend.url());
  settings.connections_max = 1;
  settings.fail = GENERATE(HookFailure::closed, HookFailure::open);
  Asking asking(settings);
  asking.ask(question(HookVerb::connect));
  static_cast<void>(backend.requests(1));
  for (int i = 0; i < 16; ++i) asking.ask(question_of("bad" + std::to_string(i), HookVerb::join));
  gate.open();
  const bool is_open = settings.fail == HookFailure::open;
  const auto verdicts = asking.verdicts.wait(17);
  for (std::size_t i = 1; i < verdicts.size(); ++i)
    CHECK(verdicts[i].code == (is_open ? ErrorCode::ok : ErrorCode::hook_unavailable));
  CHECK(backend.requests().size() == 2);
  for (int i = 0; i < 10; ++i) static_cast<void>(asking.answer(question_of("worse" + std::to_string(i), HookVerb::join)));
  CHECK(backend.requests().size() == 12);
  CHECK(asking.answer(question_of("good", HookVerb::join)).allows());
  CHECK(backend.requests().size() == 13);
  CHECK(asking.log().find("hooks_suspended") == std::string::npos);
  CHECK_THAT(asking.logged("hook_answer_invalid"), Contains("data"));
}
