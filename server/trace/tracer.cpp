// See tracer.hpp.
#include "server/trace/tracer.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "server/trace/context/sampler.hpp"

namespace dialogue::trace {
namespace {

/// Ids are never 0.
std::uint64_t new_id(const TraceSource& source) {
  std::uint64_t id = 0;
  while (id == 0) id = source.random();
  return id;
}

}  // namespace

TraceSource system_trace_source() {
  return {[] {
            std::uint64_t number = 0;
            if (RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) != 1)
              throw std::runtime_error("no random bytes");
            return number;
          },
          [] {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
          }};
}

std::optional<TraceContext> context_of_fields(std::string_view traceparent, std::string state) {
  auto context = parse_traceparent(traceparent);
  if (context && is_tracestate(state)) context->state = std::move(state);
  return context;
}

// --- Tracer ---

Tracer::Tracer(std::shared_ptr<SpanSink> sink, double ratio, TraceSource source)
    : sink_(std::move(sink)), source_(std::make_shared<const TraceSource>(std::move(source))), ratio_(ratio) {}

TracePtr Tracer::begin(std::string name, SpanKind kind, const std::optional<TraceContext>& parent, std::uint64_t begin_ns) const {
  Span root;
  root.trace = parent ? parent->trace : TraceId{source_->random(), new_id(*source_)};
  root.id = new_id(*source_);
  root.name = std::move(name);
  root.kind = kind;
  root.begin_ns = begin_ns != 0 ? begin_ns : source_->now_ns();
  std::optional<bool> wanted;
  if (parent) {
    root.parent = parent->span;
    root.state = parent->state;
    wanted = parent->is_sampled;
  }
  const bool is_sampled = !parent && is_in_sample(root.trace, ratio_.load(std::memory_order_relaxed));
  return std::make_shared<Trace>(std::move(root), is_sampled, wanted, sink_, source_);
}

// --- Trace ---

Trace::Trace(Span root, bool is_sampled, std::optional<bool> wanted, std::shared_ptr<SpanSink> sink,
             std::shared_ptr<const TraceSource> source)
    : source_(std::move(source)), sink_(std::move(sink)), wanted_(wanted), is_sampled_(is_sampled), root_(std::move(root)) {}

// What was not answered, since its asker has gone or the server stops, ends here.
Trace::~Trace() {
  if (!is_sampled_ && !has_failed_) return;
  if (root_.end_ns == 0) root_.end_ns = std::max(root_.begin_ns, source_->now_ns());
  spans_.push_back(std::move(root_));
  if (dropped_ > 0) sink_->note_dropped(dropped_);
  sink_->take(std::move(spans_));
}

std::string Trace::traceparent() const {
  const std::lock_guard lock(mutex_);
  return traceparent_of({root_.trace, root_.id, is_sampled_});
}

void Trace::trust_parent() {
  const std::lock_guard lock(mutex_);
  if (wanted_) is_sampled_ = *wanted_;
}

void Trace::set_name(std::string name) {
  const std::lock_guard lock(mutex_);
  root_.name = std::move(name);
}

void Trace::set_attribute(std::string_view name, AttributeValue value) {
  const std::lock_guard lock(mutex_);
  root_.attributes.push_back({name, std::move(value)});
}

void Trace::link(const TraceContext& to) {
  const std::lock_guard lock(mutex_);
  if (root_.links.size() < kLinksOfSpanMax) root_.links.push_back({to.trace, to.span});
}

void Trace::add(Span span) {
  span.trace = root_.trace;
  span.id = new_id(*source_);
  span.parent = root_.id;
  span.state = root_.state;
  span.end_ns = std::max(span.begin_ns, span.end_ns);
  const std::lock_guard lock(mutex_);
  has_failed_ = has_failed_ || span.status == SpanStatus::error;
  if (spans_.size() + 1 < kSpansOfTraceMax)
    spans_.push_back(std::move(span));
  else
    ++dropped_;
}

void Trace::end(SpanStatus status, std::string message) {
  const std::lock_guard lock(mutex_);
  root_.end_ns = std::max(root_.begin_ns, source_->now_ns());
  root_.status = status;
  root_.message = std::move(message);
  has_failed_ = has_failed_ || status == SpanStatus::error;
}

}  // namespace dialogue::trace
