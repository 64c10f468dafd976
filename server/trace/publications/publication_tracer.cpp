// A publication's steps follow one another, so each begins where the one before ended; the parts of its fan-out are beside each
// other, and begin with the answer.
#include "server/trace/publications/publication_tracer.hpp"

#include <array>
#include <string>
#include <utility>

#include "server/metrics/label_domains.hpp"
#include "server/metrics/shared_cells.hpp"

namespace dialogue::trace {
namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;

std::string_view name_of(core::PublicationStep step) {
  constexpr std::array<std::string_view, 3> kNames = {"accept", "validate", "hooks"};
  return kNames.at(static_cast<std::size_t>(step));
}

class Steps : public core::PublicationSteps {
 public:
  Steps(TracePtr traced, std::uint64_t begin_ns, std::shared_ptr<std::atomic<std::size_t>> followed)
      : traced_(std::move(traced)), last_ns_(begin_ns), followed_(std::move(followed)) {}
  ~Steps() override { followed_->fetch_sub(1, std::memory_order_relaxed); }

  void ended(core::PublicationStep step, ErrorCode code) override { add(std::string(name_of(step)), code); }

  // A failure of the store is also an error of `append`.
  void answered(ErrorCode code, bool is_logged, bool is_duplicate) override {
    const bool has_failed = metrics::is_servers_fault(code);
    if (is_logged || has_failed) add("append", code);
    if (is_duplicate) traced_->set_attribute("dialogue.duplicate", true);
    if (code != ErrorCode::ok) traced_->set_attribute("dialogue.code", std::string(error_name(code)));
    traced_->end(has_failed ? SpanStatus::error : SpanStatus::unset, has_failed ? std::string(error_name(code)) : std::string());
    last_ns_ = traced_->now_ns();
  }

  void offered(std::size_t members) override {
    Span span = step("fan-out", traced_->now_ns());
    span.attributes.push_back({"dialogue.members", static_cast<std::int64_t>(members)});
    traced_->add(std::move(span));
  }

  [[nodiscard]] std::string context() const override { return traced_->traceparent(); }

 private:
  [[nodiscard]] Span step(std::string name, std::uint64_t end_ns) const {
    Span span;
    span.name = std::move(name);
    span.begin_ns = last_ns_;
    span.end_ns = end_ns;
    return span;
  }

  void add(std::string name, ErrorCode code) {
    Span span = step(std::move(name), traced_->now_ns());
    last_ns_ = span.end_ns;
    if (code != ErrorCode::ok) span.attributes.push_back({"dialogue.code", std::string(error_name(code))});
    if (metrics::is_servers_fault(code)) {
      span.status = SpanStatus::error;
      span.message = error_name(code);
    }
    traced_->add(std::move(span));
  }

  const TracePtr traced_;
  std::uint64_t last_ns_;  ///< not written once members are given the event
  const std::shared_ptr<std::atomic<std::size_t>> followed_;
};

}  // namespace

PublicationTracer::PublicationTracer(std::shared_ptr<const Tracer> tracer) : tracer_(std::move(tracer)) {}

std::unique_ptr<core::PublicationSteps> PublicationTracer::follow(std::string_view traceparent, std::string_view room,
                                                                  std::string_view event, std::uint64_t received_ns) {
  if (followed_->fetch_add(1, std::memory_order_relaxed) >= kFollowedMax) {
    followed_->fetch_sub(1, std::memory_order_relaxed);
    tracer_->note_dropped(1);
    return nullptr;
  }
  const std::uint64_t monotonic_ns = metrics::now_ns(), now_ns = tracer_->now_ns();
  const bool is_recent = received_ns != 0 && received_ns < monotonic_ns && monotonic_ns - received_ns < kSecondNs;
  const std::uint64_t begin_ns = is_recent ? now_ns - (monotonic_ns - received_ns) : now_ns;
  TracePtr traced = tracer_->begin("PUBLISH", SpanKind::server, parse_traceparent(traceparent), begin_ns);
  traced->set_attribute("dialogue.room", std::string(room));
  traced->set_attribute("dialogue.event", std::string(event));
  if (take_wanted(now_ns)) traced->trust_parent();
  return std::make_unique<Steps>(std::move(traced), begin_ns, followed_);
}

bool PublicationTracer::take_wanted(std::uint64_t now_ns) {
  const std::lock_guard lock(mutex_);
  if (const std::uint64_t second = now_ns / kSecondNs; second != second_) {
    second_ = second;
    wanted_ = 0;
  }
  return wanted_++ < kWantedPerSecondMax;
}

}  // namespace dialogue::trace
