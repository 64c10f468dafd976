// Traces of the server's requests. A Trace has the spans of one request, to which many threads may contribute. It is sent when
// its last holder releases it, if it is sampled or contains a failure.
//
//   TracePtr trace = tracer.begin("HTTP request", SpanKind::server, parse_traceparent(field));
//   trace->add({.name = "append", .begin_ns = then, .end_ns = tracer.now_ns()});
//   trace->end(SpanStatus::unset);
//
// Without a tracer there are no traces: a null TracePtr is valid and does nothing. Safe from any thread.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/trace/context/span.hpp"
#include "server/trace/context/trace_context.hpp"

namespace dialogue::trace {

/// The maximum of spans in a trace here; more are counted as dropped.
inline constexpr std::size_t kSpansOfTraceMax = 128;
/// The maximum of links in a span; more are left out.
inline constexpr std::size_t kLinksOfSpanMax = 128;

/// Gets spans that ended. Any thread; must not block.
class SpanSink {
 public:
  SpanSink() = default;
  SpanSink(const SpanSink&) = delete;
  SpanSink& operator=(const SpanSink&) = delete;
  virtual ~SpanSink() = default;
  virtual void take(std::vector<Span> spans) = 0;
  /// The number of spans that were lost before.
  virtual void note_dropped(std::size_t count) = 0;
};

/// Where numbers and times come from.
struct TraceSource {
  std::function<std::uint64_t()> random;  ///< 64 unpredictable bits
  std::function<std::uint64_t()> now_ns;  ///< Unix time
};

/// OpenSSL's random numbers and the system's clock.
[[nodiscard]] TraceSource system_trace_source();

class Trace {
 public:
  Trace(Span root, bool is_sampled, std::optional<bool> wanted, std::shared_ptr<SpanSink> sink,
        std::shared_ptr<const TraceSource> source);
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  ~Trace();

  [[nodiscard]] std::uint64_t now_ns() const { return source_->now_ns(); }
  /// 32 hexadecimal digits.
  [[nodiscard]] std::string id_text() const { return trace_id_text(root_.trace); }
  /// For requests to others, and for the answer: a child of the root span.
  [[nodiscard]] std::string traceparent() const;
  [[nodiscard]] const std::string& state() const { return root_.state; }

  /// The caller that began the trace may decide whether it is sampled. Before the answer, once the caller is authenticated.
  void trust_parent();
  void set_name(std::string name);
  void set_attribute(std::string_view name, AttributeValue value);
  /// From the root span to another trace's.
  void link(const TraceContext& to);
  /// A child of the root span; its ids are given here.
  void add(Span span);
  /// The root span's end.
  void end(SpanStatus status, std::string message = {});

 private:
  const std::shared_ptr<const TraceSource> source_;
  const std::shared_ptr<SpanSink> sink_;
  const std::optional<bool> wanted_;  ///< by the caller that began it
  mutable std::mutex mutex_;
  bool is_sampled_, has_failed_ = false;
  Span root_;  ///< its ids and state never change
  std::vector<Span> spans_;
  std::size_t dropped_ = 0;
};

using TracePtr = std::shared_ptr<Trace>;

class Tracer {
 public:
  /// `ratio`: of the traces that begin here, 0 to 1.
  Tracer(std::shared_ptr<SpanSink> sink, double ratio, TraceSource source = system_trace_source());

  /// `parent`: the trace to continue; none: a new trace begins. The parent's flag counts from trust_parent() on: until then it
  /// is not sampled, because a caller that chooses the id could choose a sampled one. `begin_ns`: 0 is now.
  [[nodiscard]] TracePtr begin(std::string name, SpanKind kind, const std::optional<TraceContext>& parent = std::nullopt,
                               std::uint64_t begin_ns = 0) const;
  [[nodiscard]] std::uint64_t now_ns() const { return source_->now_ns(); }
  void note_dropped(std::size_t spans) const { sink_->note_dropped(spans); }
  void set_ratio(double ratio) { ratio_.store(ratio, std::memory_order_relaxed); }

 private:
  const std::shared_ptr<SpanSink> sink_;
  const std::shared_ptr<const TraceSource> source_;
  std::atomic<double> ratio_;
};

/// Reads the two fields of a request. Several values of traceparent count as none; several of tracestate form one list.
[[nodiscard]] std::optional<TraceContext> context_of_fields(std::string_view traceparent, std::string state);

}  // namespace dialogue::trace
