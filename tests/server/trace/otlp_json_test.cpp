// The JSON that receivers get.
#include "server/trace/otlp/otlp_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace dialogue::trace {

using nlohmann::json;

TEST_CASE("spans are written as OTLP's JSON, ids in hexadecimal and 64-bit numbers as strings") {
  Span root{{1, 0xabc}, 7, 0, "a=b", "POST /x", SpanKind::server, 1'700'000'000'000'000'001, 1'700'000'000'000'000'002};
  root.attributes = {{"http.route", std::string("/x\"\n")}, {"http.response.status_code", std::int64_t{503}}, {"ok", true}};
  root.links = {{{2, 3}, 4}};
  root.status = SpanStatus::error;
  root.message = "503";
  const Span child{{1, 0xabc}, 8, 7, "", "append", SpanKind::internal, 5, 6};
  const std::vector<Span> spans{root, child};
  const json body = json::parse(otlp_json({"1.2.3", "here"}, spans));

  REQUIRE(body["resourceSpans"].size() == 1);
  const json& reported = body["resourceSpans"][0];
  CHECK(reported["resource"]["attributes"][0] == json({{"key", "service.name"}, {"value", {{"stringValue", "dialogue"}}}}));
  CHECK(reported["resource"]["attributes"][1]["value"]["stringValue"] == "1.2.3");
  CHECK(reported["scopeSpans"][0]["scope"]["name"] == "dialogue");
  const json& written = reported["scopeSpans"][0]["spans"];
  REQUIRE(written.size() == 2);
  CHECK(written[0]["traceId"] == "00000000000000010000000000000abc");
  CHECK(written[0]["spanId"] == "0000000000000007");
  CHECK_FALSE(written[0].contains("parentSpanId"));
  CHECK(written[0]["traceState"] == "a=b");
  CHECK(written[0]["kind"] == 2);
  CHECK(written[0]["startTimeUnixNano"] == "1700000000000000001");
  CHECK(written[0]["endTimeUnixNano"] == "1700000000000000002");
  CHECK(written[0]["attributes"][0]["value"] == json({{"stringValue", "/x\"\n"}}));
  CHECK(written[0]["attributes"][1]["value"] == json({{"intValue", "503"}}));
  CHECK(written[0]["attributes"][2]["value"] == json({{"boolValue", true}}));
  CHECK(written[0]["status"] == json({{"code", 2}, {"message", "503"}}));
  CHECK(written[1]["parentSpanId"] == "0000000000000007");
  CHECK_FALSE(written[1].contains("status"));
  CHECK(written[0]["links"] == json::parse(R"([{"traceId":"00000000000000020000000000000003","spanId":"0000000000000004"}])"));
  CHECK_FALSE(written[1].contains("links"));
}

}  // namespace dialogue::trace
