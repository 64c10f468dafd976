// Batches, retries and the bound of the exporter, against a real HTTP server.
#include "server/trace/otlp/otlp_exporter.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/server/http_client/http_backend.hpp"

namespace dialogue::trace {
namespace {

using nlohmann::json;
using test::BackendReply;
using test::BackendRequest;
using test::HttpBackend;

const auto taking = [](const BackendRequest&) { return test::json_reply("{}"); };

/// Without the path that the kit gives it.
std::string base_of(const HttpBackend& backend) {
  const std::string url = backend.url();
  return url.substr(0, url.find("/hooks"));
}

struct Exporting {
  explicit Exporting(const std::string& base, const std::function<void(OtlpSettings&)>& change = {}) {
    OtlpSettings settings;
    settings.url = *traces_url(base);
    settings.interval_ms = 1;
    settings.backoff_ms = 1;
    if (change) change(settings);
    exporter.emplace(
        settings,
        [this](const core::LogLine& line) {
          const std::lock_guard lock(mutex);
          lines.push_back(line.event);
        },
        cells);
  }
  void add(std::size_t count) {
    std::vector<Span> spans(count);
    for (Span& span : spans) span.trace.low = span.id = 1;
    exporter->take(std::move(spans));
  }
  [[nodiscard]] std::uint64_t counted(metrics::Metric metric) const {
    metrics::CellValues values{};
    cells->add_to(values);
    return values[metrics::cell_of(metric, 0)];
  }
  [[nodiscard]] std::uint64_t sent() const { return counted(metrics::Metric::trace_spans_sent_total); }
  [[nodiscard]] std::uint64_t dropped() const { return counted(metrics::Metric::trace_spans_dropped_total); }

  std::shared_ptr<metrics::SharedCells> cells = std::make_shared<metrics::SharedCells>();
  std::mutex mutex;
  std::vector<std::string> lines;  ///< under the mutex; read after stop()
  std::optional<OtlpExporter> exporter;
};

std::size_t spans_in(const BackendRequest& request) {
  return json::parse(request.body)["resourceSpans"][0]["scopeSpans"][0]["spans"].size();
}

}  // namespace

TEST_CASE("the receiver's place is /v1/traces below its base URL") {
  CHECK(traces_url("http://127.0.0.1:4318")->target == "/v1/traces");
  CHECK(traces_url("http://127.0.0.1:4318/")->target == "/v1/traces");
  CHECK(traces_url("https://collector.example/otlp")->target == "/otlp/v1/traces");
  CHECK(traces_url("https://collector.example/otlp/v1/traces")->target == "/otlp/v1/traces");
  CHECK_FALSE(traces_url("https://collector.example/?key=1"));
  CHECK_FALSE(traces_url("ftp://collector.example"));
  CHECK_FALSE(traces_url("collector:4318"));
}

TEST_CASE("header fields that would break a request, or are the exporter's own, are refused without their values") {
  CHECK(fault_of_headers({{"Authorization", "Bearer a b\tc"}}).empty());
  for (const OtlpHeaders& bad :
       {OtlpHeaders{{"Api-Key", "secret\r\nHost: x"}}, OtlpHeaders{{"Api Key", "secret"}}, OtlpHeaders{{"", "secret"}},
        OtlpHeaders{{"Content-Length", "secret"}}, OtlpHeaders{{"host", "secret"}}, OtlpHeaders{{"a", std::string(8192, 's')}}}) {
    CHECK_FALSE(fault_of_headers(bad).empty());
    CHECK(fault_of_headers(bad).find("secret") == std::string::npos);
  }
  CHECK_FALSE(fault_of_headers(OtlpHeaders(kOtlpHeadersMax + 1, {"a", "b"})).empty());
}

TEST_CASE("spans that wait go in one request, and more than a batch in several") {
  HttpBackend backend(taking);
  Exporting exporting(base_of(backend), [](OtlpSettings& settings) {
    settings.batch_max = 10;
    settings.interval_ms = 3'600'000;
  });
  exporting.add(25);  // two batches are full; the rest would wait for an hour, but for the stop
  REQUIRE(backend.requests(2).size() >= 2);
  exporting.exporter->stop();
  const auto requests = backend.requests(3);
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].target == "/v1/traces");
  CHECK(spans_in(requests[0]) == 10);
  CHECK(spans_in(requests[1]) == 10);
  CHECK(spans_in(requests[2]) == 5);
  CHECK(exporting.sent() == 25);
  CHECK(exporting.dropped() == 0);
}

TEST_CASE("what is refused for the moment is sent again, the same") {
  for (const char* status : {"429 Too Many Requests", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"}) {
    std::atomic<int> asked{0};
    HttpBackend backend([&](const BackendRequest&) {
      return ++asked <= 2 ? test::json_reply("{}", std::string(status) + "\r\nRetry-After: 0") : test::json_reply("{}");
    });
    Exporting exporting(base_of(backend));
    exporting.add(3);
    const auto requests = backend.requests(3);
    exporting.exporter->stop();
    REQUIRE(requests.size() == 3);
    CHECK(requests[0].body == requests[2].body);
    CHECK(exporting.sent() == 3);
    CHECK(exporting.dropped() == 0);
  }
}

TEST_CASE("a permanently refused batch is dropped, counted and logged, and the next batch is sent") {
  std::atomic<int> asked{0};
  HttpBackend backend(
      [&](const BackendRequest&) { return ++asked == 1 ? test::json_reply("{}", "400 Bad Request") : test::json_reply("{}"); });
  Exporting exporting(base_of(backend));
  exporting.add(3);
  static_cast<void>(backend.requests(1));
  exporting.add(2);
  static_cast<void>(backend.requests(2));
  exporting.exporter->stop();
  CHECK(exporting.sent() + exporting.dropped() == 5);
  CHECK(exporting.dropped() >= 3);
  CHECK(exporting.lines == std::vector<std::string>{"traces_dropped"});
}

TEST_CASE("a receiver that breaks the connection off, or cannot be reached, is tried again a limited number of times") {
  std::atomic<int> asked{0};
  HttpBackend backend([&](const BackendRequest&) { return ++asked == 1 ? BackendReply{"", true} : test::json_reply("{}"); });
  Exporting exporting(base_of(backend));
  exporting.add(1);
  static_cast<void>(backend.requests(2));
  exporting.exporter->stop();
  CHECK(exporting.sent() == 1);

  std::string gone;
  { gone = base_of(HttpBackend(taking)); }
  Exporting absent(gone, [](OtlpSettings& settings) { settings.retries_max = 2; });
  absent.add(4);
  absent.exporter->stop();
  CHECK(absent.dropped() == 4);
  CHECK(absent.lines.size() == 1);
}

TEST_CASE("beyond the bound spans are dropped and counted, and no caller waits") {
  test::Gate gate;
  HttpBackend backend([&](const BackendRequest&) {
    gate.wait();
    return test::json_reply("{}");
  });
  Exporting exporting(base_of(backend), [](OtlpSettings& settings) { settings.spans_max = 100; });
  exporting.add(60);
  static_cast<void>(backend.requests(1));  // under way, and still counted
  exporting.add(60);
  CHECK(exporting.dropped() == 20);
  exporting.add(1'000);
  CHECK(exporting.dropped() == 1'020);
  gate.open();
  exporting.exporter->stop();
  CHECK(exporting.sent() == 100);
  exporting.add(1);
  CHECK(exporting.dropped() == 1'021);
  CHECK(exporting.lines == std::vector<std::string>{"traces_dropped"});  // one a minute, for all of them
}

TEST_CASE("a receiver that never answers holds the end no longer than its time") {
  test::Gate gate;
  HttpBackend backend([&](const BackendRequest&) {
    gate.wait();
    return test::json_reply("{}");
  });
  Exporting exporting(base_of(backend), [](OtlpSettings& settings) { settings.flush_ms = 50; });
  exporting.add(3);
  static_cast<void>(backend.requests(1));
  exporting.add(4);
  exporting.exporter->stop();
  CHECK(exporting.sent() == 0);
  CHECK(exporting.dropped() == 7);
  gate.open();
}

}  // namespace dialogue::trace
