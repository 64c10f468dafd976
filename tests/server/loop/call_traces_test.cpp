// Which steps of a traced call its trace gets, and the bound of the calls that are followed.
#include "server/loop/call_traces.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <string>

namespace dialogue::loop {
namespace {

class KeptSpans : public trace::SpanSink {
 public:
  void take(std::vector<trace::Span> taken) override {
    for (trace::Span& span : taken) spans.insert_or_assign(span.name, std::move(span));
  }
  void note_dropped(std::size_t) override {}
  std::map<std::string, trace::Span> spans;
};

struct Followed {
  std::shared_ptr<KeptSpans> kept = std::make_shared<KeptSpans>();
  std::uint64_t number = 0, time_ns = 0;
  trace::Tracer tracer{kept, 1, {[this] { return ++number; }, [this] { return ++time_ns; }}};
  CallTraces calls;

  void expect(core::CallId call, bool is_publication = true) {
    calls.expect(call, tracer.begin("request", trace::SpanKind::server), is_publication);
  }
  [[nodiscard]] bool has(const std::string& name) const { return kept->spans.contains(name); }
};

core::PublishResult published(std::uint64_t seq) {
  core::PublishResult result{};
  result.position.seq = seq;
  result.members = 3;
  return result;
}

core::PublishResult refused(ErrorCode code) {
  core::PublishResult result{};
  result.fault.code = code;
  return result;
}

}  // namespace

TEST_CASE("a publication has validate, append and fan-out, one after the other") {
  Followed followed;
  followed.expect(7);
  followed.calls.begin(7);
  followed.calls.judged();
  followed.calls.judged();  // the same turn asks the store for another room
  followed.calls.answered(7, published(1));
  CHECK(followed.calls.is_empty());
  CHECK(followed.kept->spans.empty());  // the turn still holds it
  followed.calls.finish_turn();
  const auto& spans = followed.kept->spans;
  REQUIRE(spans.size() == 4);
  CHECK(spans.at("validate").end_ns == spans.at("append").begin_ns);
  CHECK(spans.at("append").end_ns == spans.at("fan-out").begin_ns);
  CHECK(spans.at("fan-out").end_ns > spans.at("fan-out").begin_ns);
  CHECK(std::get<std::int64_t>(spans.at("fan-out").attributes.at(0).value) == 3);
  CHECK(spans.at("append").parent == spans.at("request").id);
}

TEST_CASE("a volatile publication has no append, a duplicate no fan-out") {
  Followed followed;
  followed.expect(1);
  followed.calls.begin(1);
  followed.calls.answered(1, published(0));
  followed.calls.finish_turn();
  CHECK((followed.has("validate") && !followed.has("append") && followed.has("fan-out")));
  Followed again;
  again.expect(1);
  again.calls.begin(1);
  again.calls.judged();
  core::PublishResult duplicate = published(4);
  duplicate.duplicate = true;
  again.calls.answered(1, duplicate);
  again.calls.finish_turn();
  CHECK((again.has("append") && !again.has("fan-out")));
}

TEST_CASE("a refusal is named, and is a failure only if it is the server's fault") {
  Followed client, server;
  client.expect(1);
  client.calls.begin(1);
  client.calls.answered(1, refused(ErrorCode::event_unknown));
  CHECK(client.kept->spans.at("validate").status == trace::SpanStatus::unset);
  CHECK(std::get<std::string>(client.kept->spans.at("validate").attributes.at(0).value) == "event_unknown");
  server.expect(1);
  server.calls.begin(1);
  server.calls.judged();
  server.calls.answered(1, refused(ErrorCode::store_unavailable));
  CHECK(server.kept->spans.at("validate").status == trace::SpanStatus::unset);
  CHECK(server.kept->spans.at("append").status == trace::SpanStatus::error);
}

TEST_CASE("any other call has one span, and calls that are not traced are ignored") {
  Followed followed;
  followed.calls.judged();
  followed.calls.begin(9);
  followed.calls.judged();
  followed.calls.answered(9, published(1));
  followed.expect(1, false);
  followed.calls.answered(2, published(1));
  followed.calls.answered(1, std::size_t{4});
  followed.calls.finish_turn();
  CHECK(followed.kept->spans.size() == 2);
  CHECK(followed.has("shard"));
}

TEST_CASE("beyond the bound the oldest call is no longer followed") {
  Followed followed;
  for (core::CallId call = 1; call <= kTracedCallsMax + 5; ++call) followed.expect(call);
  CHECK(followed.calls.size() == kTracedCallsMax);
  followed.kept->spans.clear();
  followed.calls.answered(5, published(1));
  CHECK_FALSE(followed.has("validate"));
  followed.calls.answered(6, published(1));
  followed.calls.finish_turn();
  CHECK(followed.has("validate"));
}

}  // namespace dialogue::loop
