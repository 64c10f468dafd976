// See call_traces.hpp.
#include "server/loop/call_traces.hpp"

#include <string>
#include <utility>
#include <variant>

#include "server/metrics/label_domains.hpp"

namespace dialogue::loop {
namespace {

trace::Span step_of(std::string name, std::uint64_t begin_ns, std::uint64_t end_ns) {
  trace::Span span;
  span.name = std::move(name);
  span.begin_ns = begin_ns;
  span.end_ns = end_ns;
  return span;
}

/// Notes a refusal in a span. It counts as a failure only if it is not the caller's fault.
void note_refusal(trace::Span& span, ErrorCode code) {
  if (code == ErrorCode::ok) return;
  span.attributes.push_back({"dialogue.code", std::string(error_name(code))});
  if (!metrics::is_servers_fault(code)) return;
  span.status = trace::SpanStatus::error;
  span.message = error_name(code);
}

ErrorCode code_of(const core::CallResult& result) {
  if (const auto* published = std::get_if<core::PublishResult>(&result)) return published->fault.code;
  if (const auto* fault = std::get_if<core::Error>(&result)) return fault->code;
  if (const auto* code = std::get_if<ErrorCode>(&result)) return *code;
  if (const auto* history = std::get_if<core::HistoryQuery::Result>(&result)) return history->fault.code;
  if (const auto* found = std::get_if<core::DocumentQuery::Result>(&result)) return found->fault.code;
  if (const auto* sent = std::get_if<core::SendEvent::Result>(&result)) return sent->fault.code;
  return ErrorCode::ok;
}

}  // namespace

void CallTraces::expect(core::CallId call, trace::TracePtr traced, bool is_publication) {
  if (calls_.size() >= kTracedCallsMax) calls_.erase(calls_.begin());
  const std::uint64_t begin_ns = traced->now_ns();
  calls_.insert_or_assign(call, Call{std::move(traced), is_publication, begin_ns});
}

void CallTraces::judged() {
  const core::CallId call = std::exchange(in_hand_, 0);
  if (call == 0) return;
  const auto found = calls_.find(call);
  if (found != calls_.end()) found->second.judged_ns = found->second.traced->now_ns();
}

void CallTraces::answered(core::CallId call, const core::CallResult& result) {
  const auto found = calls_.find(call);
  if (found == calls_.end()) return;
  const Call followed = std::move(found->second);
  calls_.erase(found);
  const std::uint64_t now_ns = followed.traced->now_ns();
  if (followed.is_publication) return add_publication(followed, result, now_ns);
  trace::Span span = step_of("shard", followed.begin_ns, now_ns);
  note_refusal(span, code_of(result));
  followed.traced->add(std::move(span));
}

void CallTraces::add_publication(const Call& call, const core::CallResult& result, std::uint64_t now_ns) {
  const auto* published = std::get_if<core::PublishResult>(&result);
  const bool is_published = published != nullptr && published->fault.code == ErrorCode::ok;
  const bool is_volatile = is_published && published->position.seq == 0;
  const bool has_append = call.judged_ns != 0 && !is_volatile;
  trace::Span validate = step_of("validate", call.begin_ns, call.judged_ns != 0 ? call.judged_ns : now_ns);
  if (!has_append) note_refusal(validate, code_of(result));
  call.traced->add(std::move(validate));
  if (has_append) {
    trace::Span append = step_of("append", call.judged_ns, now_ns);
    note_refusal(append, code_of(result));
    if (is_published && published->duplicate) append.attributes.push_back({"dialogue.duplicate", true});
    call.traced->add(std::move(append));
  }
  if (is_published && !published->duplicate) accepted_.push_back({call.traced, now_ns, published->members});
}

void CallTraces::end_fan_out() {
  for (const Accepted& each : std::exchange(accepted_, {})) {
    trace::Span span = step_of("fan-out", each.begin_ns, each.traced->now_ns());
    span.attributes.push_back({"dialogue.members", static_cast<std::int64_t>(each.members)});
    each.traced->add(std::move(span));
  }
}

}  // namespace dialogue::loop
