// Sends spans to a receiver of OTLP over HTTP, in batches, on a separate thread. No caller waits for it: spans that arrive
// while its queue is full are dropped and counted. Temporarily refused batches (429, 502, 503, 504) and those without an answer
// are sent again, after pauses; others that are refused are dropped.
//
//   auto exporter = std::make_shared<OtlpExporter>(settings, log, metrics);   // settings.url: traces_url(...)
//   Tracer tracer(exporter, 0.01);
//   exporter->stop();        // sends what waits, as long as `flush_ms` allows
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/http_client/http_url.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/trace/otlp/otlp_json.hpp"
#include "server/trace/tracer.hpp"

namespace dialogue::trace {

/// The maximum of waiting spans, including those that are being sent.
inline constexpr std::size_t kSpansWaitingMax = 4096;

/// Header fields of each request, such as the receiver's key: names and values.
using OtlpHeaders = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kOtlpHeadersMax = 16, kOtlpHeaderBytesMax = 8192;

/// What is wrong with such fields, in words; empty: nothing. No value is part of it.
[[nodiscard]] std::string fault_of_headers(const OtlpHeaders& headers);

struct OtlpSettings {
  http_client::HttpUrl url;
  OtlpHeaders headers;
  TraceResource resource;
  std::size_t spans_max = kSpansWaitingMax;
  std::size_t batch_max = 512;       ///< spans in a request
  std::uint64_t interval_ms = 1000;  ///< from the first span that waits to its request
  std::uint64_t timeout_ms = 10'000;
  std::uint64_t backoff_ms = 1'000, backoff_ms_max = 30'000;  ///< doubles from the first to the second
  std::uint32_t retries_max = 8;
  std::uint64_t flush_ms = 2'000;  ///< for stop()
};

/// The receiver's place for traces: "/v1/traces" below the base URL, unless that ends with it. Nothing if `base` is not an http
/// or https URL, or has a query.
[[nodiscard]] std::optional<http_client::HttpUrl> traces_url(std::string_view base);

class OtlpExporter : public SpanSink {
 public:
  /// `log` is called on the exporter's thread. `metrics`: may be null.
  OtlpExporter(OtlpSettings settings, std::function<void(const core::LogLine&)> log,
               std::shared_ptr<metrics::SharedCells> metrics);
  ~OtlpExporter() override;

  void take(std::vector<Span> spans) override;
  void note_dropped(std::size_t count) override;
  /// From the next request on. Without fault, see fault_of_headers().
  void send_with(OtlpHeaders headers);
  /// Sends what waits, within its time, and ends the thread. What comes later is dropped. A name server that does not answer may
  /// hold it for a while.
  void stop();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace dialogue::trace
