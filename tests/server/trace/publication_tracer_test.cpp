// Which spans a client's publication has, when they are sent, and the bounds of what clients can have sent.
#include "server/trace/publications/publication_tracer.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <vector>

#include "server/metrics/shared_cells.hpp"

namespace dialogue::trace {
namespace {

using core::PublicationStep;

constexpr std::string_view kSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr std::string_view kUnsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

class KeptSpans : public SpanSink {
 public:
  void take(std::vector<Span> taken) override {
    for (Span& span : taken) spans.insert_or_assign(span.name, std::move(span));
    ++traces;
  }
  void note_dropped(std::size_t count) override { dropped += count; }
  std::map<std::string, Span> spans;
  std::size_t traces = 0, dropped = 0;
};

struct PublicationWorld {
  std::shared_ptr<KeptSpans> kept = std::make_shared<KeptSpans>();
  std::uint64_t number = 0, time_ns = 5'000'000'000;
  std::shared_ptr<Tracer> tracer =
      std::make_shared<Tracer>(kept, 0, TraceSource{[this] { return ++number; }, [this] { return time_ns += 10; }});
  PublicationTracer publications{tracer};

  std::unique_ptr<core::PublicationSteps> follow(std::string_view traceparent = kSampled) {
    return publications.follow(traceparent, "chat", "message", metrics::now_ns());
  }
};

}  // namespace

TEST_CASE("a publication continues its client's trace, with its steps one after the other and its fan-out by shards") {
  PublicationWorld world;
  auto steps = world.follow();
  steps->ended(PublicationStep::accept, ErrorCode::ok);
  steps->ended(PublicationStep::validate, ErrorCode::ok);
  steps->ended(PublicationStep::hooks, ErrorCode::ok);
  CHECK(steps->context().starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
  steps->answered(ErrorCode::ok, true, false);
  steps->offered(3);
  CHECK(world.kept->traces == 0);
  steps.reset();
  const auto& spans = world.kept->spans;
  REQUIRE(spans.size() == 6);
  const Span& root = spans.at("PUBLISH");
  CHECK(root.parent == 0x00f067aa0ba902b7);
  CHECK(root.kind == SpanKind::server);
  REQUIRE(root.attributes.size() == 2);
  CHECK(std::get<std::string>(root.attributes[0].value) == "chat");
  for (const char* name : {"accept", "validate", "hooks", "append", "fan-out"}) CHECK(spans.at(name).parent == root.id);
  CHECK(spans.at("accept").begin_ns == root.begin_ns);
  CHECK(spans.at("accept").end_ns == spans.at("validate").begin_ns);
  CHECK(spans.at("hooks").end_ns == spans.at("append").begin_ns);
  CHECK(spans.at("fan-out").begin_ns >= spans.at("append").end_ns);
  CHECK(std::get<std::int64_t>(spans.at("fan-out").attributes.at(0).value) == 3);
}

TEST_CASE("a refusal does not count as failure, and a failure of the server is always sent") {
  PublicationWorld world;
  auto refused = world.follow(kUnsampled);
  refused->ended(PublicationStep::validate, ErrorCode::wrong_type);
  refused->answered(ErrorCode::wrong_type, false, false);
  refused.reset();
  CHECK(world.kept->traces == 0);
  auto failed = world.follow(kUnsampled);
  failed->answered(ErrorCode::store_unavailable, false, false);
  failed.reset();
  CHECK(world.kept->traces == 1);
  CHECK(world.kept->spans.at("append").status == SpanStatus::error);
  CHECK(world.kept->spans.at("PUBLISH").status == SpanStatus::error);
}

TEST_CASE("a volatile event and a repetition have no append span, and are marked as such") {
  PublicationWorld world;
  auto steps = world.follow();
  steps->answered(ErrorCode::ok, false, false);
  steps.reset();
  CHECK_FALSE(world.kept->spans.contains("append"));
  steps = world.follow();
  steps->answered(ErrorCode::ok, true, true);
  steps.reset();
  CHECK(std::get<bool>(world.kept->spans.at("PUBLISH").attributes.at(2).value));
}

TEST_CASE("the flag of clients is trusted for a limited number of publications per second, whatever ids they choose") {
  PublicationWorld world;
  world.tracer->set_ratio(0.5);
  constexpr std::string_view kChosen = "00-00000000000000000000000000000001-00f067aa0ba902b7-01";  // in every sample
  for (std::uint32_t i = 0; i < kWantedPerSecondMax + 50; ++i) world.follow(kChosen)->answered(ErrorCode::ok, true, false);
  CHECK(world.kept->traces == kWantedPerSecondMax);
  world.time_ns += 1'000'000'000;
  world.follow(kChosen)->answered(ErrorCode::ok, true, false);
  CHECK(world.kept->traces == kWantedPerSecondMax + 1);
}

TEST_CASE("the number of followed publications is bounded, more are counted as dropped, and finished ones release their places") {
  PublicationWorld world;
  std::vector<std::unique_ptr<core::PublicationSteps>> all;
  for (std::size_t i = 0; i < kFollowedMax; ++i) all.push_back(world.follow());
  CHECK(world.follow() == nullptr);
  CHECK(world.kept->dropped == 1);
  all.pop_back();
  CHECK(world.follow() != nullptr);
  all.clear();
  CHECK(world.publications.followed() == 0);
}

}  // namespace dialogue::trace
