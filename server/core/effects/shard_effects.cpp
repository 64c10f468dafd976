// Shard messages are carried by value within the shard and boxed to others; log lines are written here, once.
#include "server/core/effects/shard_effects.hpp"

#include "server/core/effects/effect_log.hpp"
#include "server/core/util/plain_text.hpp"

namespace dialogue::core {

void ShardEffects::post(std::uint32_t shard, ShardMessageBody body) {
  if (shard == shard_)
    local_.push_back(std::move(body));
  else
    out_->push_back(PostMessage{shard, ShardMessage(std::move(body), shard_)});
}

void ShardEffects::skip_question() const {
  if (effect_log_ != nullptr) static_cast<void>(effect_log_->next_question());
}

void ShardEffects::note_traced_written(std::uint64_t now_ns) {
  for (const auto& [trace, event, members] : traced_) {
    note_example(metrics::Metric::events_latency_seconds, event.metric_pair,
                 now_ns > event.accepted_ns ? now_ns - event.accepted_ns : 0, trace->traceparent);
    if (trace->steps) trace->steps->offered(members);
  }
  traced_.clear();
}

std::optional<ShardMessageBody> ShardEffects::take_local() {
  if (taken_ == local_.size()) {
    local_.clear();
    taken_ = 0;
    return std::nullopt;
  }
  return std::optional<ShardMessageBody>(std::move(local_[taken_++]));
}

void ShardEffects::log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  const auto swallowed = log_limiter_.admit(event, now_.monotonic_ms);
  if (!swallowed && !(wants_line_ && wants_line_(event))) return;
  constexpr std::size_t kUsualBytes = 256;
  std::string text;
  text.reserve(kUsualBytes);
  text += '{';
  for (const auto& [name, value] : fields) {
    if (text.size() > 1) text += ',';
    append_json_string(text, name);
    text += ':';
    append_any_text(text, value);
  }
  if (swallowed.value_or(0) > 0) text += (text.size() > 1 ? ",\"swallowed\":" : "\"swallowed\":") + std::to_string(*swallowed);
  text += '}';
  out_->push_back(LogLine{level, std::string(event), std::move(text), !swallowed});
}

}  // namespace dialogue::core
