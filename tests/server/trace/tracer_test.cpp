// Which traces are sent, and what of a trace is.
#include "server/trace/tracer.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

namespace dialogue::trace {
namespace {

class Kept : public SpanSink {
 public:
  void take(std::vector<Span> taken) override {
    const std::lock_guard lock(mutex_);
    spans.insert(spans.end(), taken.begin(), taken.end());
    ++traces;
  }
  void note_dropped(std::size_t count) override { dropped += count; }

  std::vector<Span> spans;
  std::size_t traces = 0, dropped = 0;

 private:
  std::mutex mutex_;
};

struct World {
  std::shared_ptr<Kept> kept = std::make_shared<Kept>();
  std::uint64_t number = 0, time_ns = 1'000;
  Tracer tracer(double ratio) {
    return Tracer(kept, ratio, {[this] { return number++; }, [this] { return time_ns += 10; }});
  }
};

Span step(std::string name, SpanStatus status = SpanStatus::unset) {
  Span span;
  span.name = std::move(name);
  span.begin_ns = 5'000;
  span.end_ns = 4'000;
  span.status = status;
  return span;
}

const TraceContext kParent{{1, 2}, 3, true};

}  // namespace

TEST_CASE("a trace is sent when its last holder lets go, its steps below its root") {
  World world;
  const Tracer tracer = world.tracer(1);
  TracePtr trace = tracer.begin("request", SpanKind::server);
  TracePtr other = trace;
  other->add(step("append"));
  trace->set_name("POST /x");
  trace->set_attribute("http.route", std::string("/x"));
  trace->end(SpanStatus::unset);
  const std::string parent = trace->traceparent();
  trace.reset();
  CHECK(world.kept->spans.empty());
  other.reset();
  REQUIRE(world.kept->spans.size() == 2);
  const Span &child = world.kept->spans[0], &root = world.kept->spans[1];
  CHECK(root.parent == 0);
  CHECK(root.id != 0);
  CHECK(root.trace.low != 0);
  CHECK(root.name == "POST /x");
  CHECK(root.end_ns >= root.begin_ns);
  CHECK(child.parent == root.id);
  CHECK(child.trace == root.trace);
  CHECK(child.id != root.id);
  CHECK(child.end_ns == child.begin_ns);  // a clock that was set back gives no negative time
  CHECK(parent == traceparent_of({root.trace, root.id, true}));
}

TEST_CASE("an unsampled trace is not sent, unless it or a step of it failed") {
  World world;
  const Tracer tracer = world.tracer(0);
  tracer.begin("a", SpanKind::server)->end(SpanStatus::unset);
  tracer.begin("b", SpanKind::server)->add(step("append"));
  CHECK(world.kept->traces == 0);
  tracer.begin("c", SpanKind::server)->end(SpanStatus::error, "500");
  CHECK(world.kept->traces == 1);
  CHECK(world.kept->spans.back().message == "500");
  tracer.begin("d", SpanKind::server)->add(step("append", SpanStatus::error));
  CHECK(world.kept->traces == 2);
}

TEST_CASE("a trace that was begun elsewhere is continued, and its flag decides once the asker is trusted") {
  World world;
  const Tracer none = world.tracer(0);
  TracePtr trace = none.begin("a", SpanKind::server, kParent);
  CHECK(trace->traceparent().ends_with("-00"));
  trace->trust_parent();
  CHECK(trace->traceparent().ends_with("-01"));
  CHECK(trace->id_text() == "00000000000000010000000000000002");
  trace.reset();
  REQUIRE(world.kept->spans.size() == 1);
  CHECK(world.kept->spans[0].parent == 3);

  TraceContext unwanted = kParent;
  unwanted.is_sampled = false;
  world.tracer(1).begin("b", SpanKind::server, unwanted)->trust_parent();
  CHECK(world.kept->spans.size() == 1);
  world.tracer(1).begin("c", SpanKind::server)->trust_parent();  // nobody's flag
  CHECK(world.kept->spans.size() == 2);
  none.begin("d", SpanKind::server, kParent)->end(SpanStatus::unset);  // refused before its asker was known
  CHECK(world.kept->spans.size() == 2);
}

TEST_CASE("a caller that chooses the trace's id does not choose that it is sent") {
  World world;
  const TraceContext always{{0, 1}, 3, true};  // in every sample that is not empty
  world.tracer(0.01).begin("a", SpanKind::server, always)->end(SpanStatus::unset);
  CHECK(world.kept->traces == 0);
}

TEST_CASE("the number of links of a span is limited") {
  World world;
  TracePtr trace = world.tracer(1).begin("a", SpanKind::client);
  for (std::size_t i = 0; i < kLinksOfSpanMax + 9; ++i) trace->link(kParent);
  trace.reset();
  CHECK(world.kept->spans.at(0).links.size() == kLinksOfSpanMax);
  CHECK(world.kept->spans.at(0).links.at(0).span == 3);
}

TEST_CASE("the ratio can be changed while traces are made") {
  World world;
  Tracer tracer(world.kept, 0, system_trace_source());
  static_cast<void>(tracer.begin("a", SpanKind::server));
  CHECK(world.kept->traces == 0);
  tracer.set_ratio(1);
  static_cast<void>(tracer.begin("b", SpanKind::server));
  CHECK(world.kept->traces == 1);
}

TEST_CASE("the number of spans of a trace is limited, and the others are counted") {
  World world;
  const Tracer tracer = world.tracer(1);
  TracePtr trace = tracer.begin("a", SpanKind::server);
  for (std::size_t i = 0; i < kSpansOfTraceMax + 9; ++i) trace->add(step("s"));
  trace.reset();
  CHECK(world.kept->spans.size() == kSpansOfTraceMax);
  CHECK(world.kept->dropped == 10);
}

TEST_CASE("several threads may have a part in a trace") {
  World world;
  const Tracer tracer(world.kept, 1, system_trace_source());
  TracePtr trace = tracer.begin("a", SpanKind::server);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([trace] {
      for (int n = 0; n < 10; ++n) trace->add(step("s"));
    });
  trace.reset();
  for (std::thread& thread : threads) thread.join();
  REQUIRE(world.kept->spans.size() == 41);
  CHECK(std::all_of(world.kept->spans.begin(), world.kept->spans.end(),
                    [&](const Span& span) { return span.trace == world.kept->spans[0].trace; }));
}

TEST_CASE("a tracestate is carried on only beside a good traceparent, and only when it is one") {
  const std::string good = traceparent_of(kParent);
  CHECK(context_of_fields(good, "a=b")->state == "a=b");
  CHECK(context_of_fields(good, "a=b\r\nSet-Cookie: x")->state.empty());
  CHECK_FALSE(context_of_fields("", "a=b"));
  World world;
  TraceContext parent = kParent;
  parent.state = "a=b";
  TracePtr trace = world.tracer(1).begin("x", SpanKind::server, parent);
  trace->trust_parent();
  trace->add(step("s"));
  trace.reset();
  CHECK(world.kept->spans.size() == 2);
  for (const Span& span : world.kept->spans) CHECK(span.state == "a=b");
}

}  // namespace dialogue::trace
