// A report in words and as JSON.
#include "server/load/report.hpp"

#include <catch2/catch.hpp>

#include "shared/json/json_reader.hpp"

using namespace dialogue;
using namespace dialogue::load;
using Catch::Matchers::Contains;

namespace {

Report good_report() {
  Report report;
  report.seconds = 2;
  report.published = report.acknowledged = 1000;
  report.deliveries = 4'000'000;
  report.latency = {100, 2000, 30'000};
  return report;
}

}  // namespace

TEST_CASE("a report in words groups digits and contains rates") {
  Plan plan;
  plan.clients = 4000;
  const std::string text = text_of(good_report(), plan);
  CHECK_THAT(text, Contains("4,000,000, 2,000,000/s"));
  CHECK_THAT(text, Contains("p50 100   p99 2,000   max 30,000 µs"));
  CHECK_THAT(text, !Contains("server CPU"));
}

TEST_CASE("a report as JSON is one object, whatever the run was") {
  Report report = good_report();
  report.is_watched = true;
  report.memory_before_kib = 500;
  report.memory_joined_kib = 300;
  for (const Mode mode : {Mode::rate, Mode::saturated, Mode::ping_pong, Mode::idle, Mode::storm}) {
    Plan plan;
    plan.mode = mode;
    const std::string json = json_of(report, plan);
    CHECK(json_value_length(json) == json.size());
    CHECK_THAT(json, Contains("\"deliveriesPerSecond\":2000000"));
    CHECK_THAT(json, Contains("\"kibPerMember\":-2.000"));
  }
}

TEST_CASE("a run is right when nothing was lost, doubled, disordered or refused") {
  CHECK(good_report().is_right());
  for (std::uint64_t Report::*const fault :
       {&Report::lost, &Report::stalled_lost, &Report::doubled, &Report::disordered, &Report::refused}) {
    Report report = good_report();
    report.*fault = 1;
    CHECK_FALSE(report.is_right());
  }
}
