// What is made of a connection that was cut: its age, its silence, or the server's own end.
#include <catch2/catch.hpp>

#include "server/doctor/verdict/verdicts.hpp"

namespace dialogue::doctor {
namespace {

const LifeTerms kTerms{"websocket life", 25'000, Fix::idle_websocket};

Life open_for(Ms watched_ms, Ms silence_ms) { return {.watched_ms = watched_ms, .silence_ms = silence_ms}; }
Life cut_at(Ms age_ms, Ms quiet_ms) {
  return {.watched_ms = 75'000, .cut_ms = age_ms, .quiet_ms = quiet_ms, .silence_ms = quiet_ms, .end = "reset"};
}

TEST_CASE("a connection that was never open is not judged") { CHECK_FALSE(judge_life(kTerms, Life{}, nullptr)); }

TEST_CASE("connections that stay open are ok, with the longest silence") {
  const Life busy = open_for(75'000, 1'000);
  const auto finding = judge_life(kTerms, open_for(75'000, 25'010), &busy);
  REQUIRE(finding);
  CHECK(finding->verdict == Verdict::ok);
  CHECK(finding->found == "open for 75.0 s; the longest silence was 25.0 s");
}

TEST_CASE("a run that is shorter than the server's silence reports the required duration") {
  const auto finding = judge_life(kTerms, open_for(5'000, 4'900), nullptr);
  CHECK(finding->verdict == Verdict::ok);
  CHECK(finding->found.ends_with("to test that, use --seconds 35"));
}

TEST_CASE("a quiet connection that is cut beside a busy one that is not has met an idle timeout") {
  const Life busy = open_for(75'000, 1'000);
  const auto finding = judge_life(kTerms, cut_at(10'000, 9'990), &busy);
  CHECK(finding->verdict == Verdict::fault);
  CHECK(finding->fixes == std::vector{Fix::idle_websocket});
  CHECK(finding->found ==
        "cut (reset) after 10.0 s without a byte, at an age of 10.0 s: an idle timeout. The server is silent for up to 25.0 s");
}

TEST_CASE("both cut at the same age have met a lifetime, although one was silent until then") {
  const Life busy = cut_at(20'300, 300);
  const auto finding = judge_life(kTerms, cut_at(20'000, 19'990), &busy);
  CHECK(finding->verdict == Verdict::fault);
  CHECK(finding->fixes == std::vector{Fix::lifetime});
}

TEST_CASE("a lifetime of a minute and more is a warning") {
  const Life busy = cut_at(61'000, 300);
  CHECK(judge_life(kTerms, cut_at(61'000, 11'000), &busy)->verdict == Verdict::warning);
}

TEST_CASE("a busy connection that is cut alone has met a lifetime") {
  const Life busy = cut_at(20'000, 300);
  CHECK(judge_life(kTerms, open_for(75'000, 25'000), &busy)->fixes == std::vector{Fix::lifetime});
}

TEST_CASE("without a busy one, bytes just before the end mean a lifetime") {
  CHECK(judge_life(kTerms, cut_at(31'000, 1'000), nullptr)->fixes == std::vector{Fix::lifetime});
  CHECK(judge_life(kTerms, cut_at(31'000, 16'000), nullptr)->fixes == std::vector{Fix::idle_websocket});
}

TEST_CASE("an end that the server announced is not the proxy's") {
  Life life = cut_at(10'000, 5'000);
  life.is_ended_by_server = true;
  life.end = "close code 1001";
  const auto finding = judge_life(kTerms, life, nullptr);
  CHECK(finding->verdict == Verdict::warning);
  CHECK(finding->fixes.empty());
}

}  // namespace
}  // namespace dialogue::doctor
