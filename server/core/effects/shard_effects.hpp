// Where the parts of a shard put what they decided, during one call into the shard: actions for net/, shard messages for other
// shards, and shard messages for this one, which wait here until the shard carries them. Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/core/messages/publication_trace.hpp"
#include "server/core/util/log_limiter.hpp"
#include "server/core/util/steady_unix_clock.hpp"
#include "server/core/util/time.hpp"
#include "server/metrics/exemplars.hpp"
#include "server/metrics/reading.hpp"
#include "shared/base/traceparent.hpp"

namespace dialogue::core {

class EffectLog;

/// One member of a log line's JSON object.
using LogField = std::pair<std::string_view, std::string_view>;

/// Events of a part of a turn whose latency is measured; those beyond are not.
inline constexpr std::size_t kUnwrittenMax = 4096;

class ShardEffects {
 public:
  /// `wants_line`: see ShardConfig.
  ShardEffects(std::uint32_t shard, std::uint32_t shard_count, std::function<bool(std::string_view)> wants_line = {})
      : shard_(shard), shard_count_(shard_count), wants_line_(std::move(wants_line)) {}

  /// Opens a turn: what is decided from here on goes to `out`, which must live until the next begin().
  void begin(Time now, Actions& out) {
    now_ = now;
    clock_.advance(now);
    out_ = &out;
  }
  [[nodiscard]] Time now() const { return now_; }
  /// By which retention counts age.
  [[nodiscard]] std::uint64_t steady_unix_ms() const { return clock_.unix_ms(); }
  [[nodiscard]] SteadyUnixClock& clock() { return clock_; }
  /// Counts the turns that handle input. Data queued in an earlier turn has been offered to the transports.
  [[nodiscard]] std::uint32_t turn() const { return turn_; }
  void end_turn() { ++turn_; }
  [[nodiscard]] std::uint32_t shard() const { return shard_; }
  [[nodiscard]] std::uint32_t shard_count() const { return shard_count_; }

  void send(ConnectionId to, SharedBytes text, std::uint32_t frames = 1) {
    count_frames(*text, frames);
    out_->push_back(SendFrame{to, std::move(text), frames});
  }
  void ping(ConnectionId to, SharedBytes text) {
    count_frames(*text, 1);
    out_->push_back(SendPing{to, std::move(text)});
  }
  void close(ConnectionId to, std::uint16_t code, std::string_view reason) {
    out_->push_back(CloseConnection{to, code, std::string(reason)});
  }
  void ask_drained(ConnectionId to) { out_->push_back(AskDrained{to}); }
  void ask_store(StoreRequest request) { out_->push_back(std::move(request)); }
  void follow_log(FollowLog follow) { out_->push_back(std::move(follow)); }
  void unfollow_log(std::uint64_t room) { out_->push_back(UnfollowLog{room}); }
  void tell_nodes(NodeNews news) { out_->push_back(TellNodes{std::move(news)}); }
  /// Asks for the identity of a session.
  void ask_identity(ConnectionId from, IdentityQuestion question) { out_->push_back(AskIdentity{from, 0, std::move(question)}); }
  /// Asks for the identity of a token for a room. Returns the ticket of the answer.
  [[nodiscard]] std::uint64_t ask_room_token(ConnectionId from, IdentityQuestion question) {
    out_->push_back(AskIdentity{from, ++last_ticket_, std::move(question)});
    return last_ticket_;
  }
  /// Asks the application. Returns the ticket of the answer.
  [[nodiscard]] std::uint64_t ask_hook(ConnectionId from, std::size_t step, HookQuestion question) {
    out_->push_back(AskHook{from, ++last_ticket_, step, std::move(question)});
    return last_ticket_;
  }
  /// Begins an exchange. Returns the ticket of its handler.
  [[nodiscard]] std::uint64_t ask_exchange(ConnectionId from, ExchangeQuestion question) {
    out_->push_back(BeginExchange{from, ++last_ticket_, std::move(question)});
    return last_ticket_;
  }
  void tell_exchange(std::uint64_t ticket, ExchangeNews news) { out_->push_back(TellExchange{ticket, std::move(news)}); }
  /// Answers a call; does nothing if the call has no receiver (0).
  void answer(CallId call, CallResult result) {
    if (call == 0) return;
    skip_question();
    out_->push_back(AnswerCall{call, std::move(result)});
  }
  void give_up(std::string reason) { out_->push_back(GiveUp{std::move(reason)}); }
  void post(std::uint32_t shard, ShardMessageBody body);
  /// Posts a message to this shard, behind everything that arrives meanwhile.
  void post_for_later(ShardMessageBody body) { out_->push_back(PostMessage{shard_, ShardMessage(std::move(body), shard_)}); }
  /// Posts a copy to every shard, this one included.
  template <typename T>
  void post_to_all(const T& body) {
    for (std::uint32_t shard = 0; shard < shard_count_; ++shard) post(shard, body);
  }
  /// `event` is a string literal; it is also the cause by which lines are limited. Values are escaped here.
  void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

  /// What this shard counts. No decision depends on it.
  [[nodiscard]] metrics::MetricCells& metrics() { return metrics_; }
  [[nodiscard]] metrics::UserSketch& users_seen() { return users_seen_; }
  /// Traces that show what some of the metrics' cells count.
  [[nodiscard]] const metrics::Exemplars& examples() const { return examples_; }
  /// A traced publication made this value (seconds as nanoseconds) of this label set.
  void note_example(metrics::Metric metric, std::size_t index, std::uint64_t value, std::string_view traceparent) {
    const auto context = read_traceparent(traceparent);
    if (!context || !context->is_sampled) return;
    examples_.note(metric, index, {context->trace_high, context->trace_low, value, now_.unix_ms});
  }
  /// Nanoseconds from `since_ns` (Time::monotonic_ns) to this call.
  [[nodiscard]] std::uint64_t ns_since(std::uint64_t since_ns) const {
    return now_.monotonic_ns > since_ns ? now_.monotonic_ns - since_ns : 0;
  }
  /// An event is queued for the members here; its latency counts once the transports were offered it.
  void await_writing(std::uint32_t metric_pair, std::uint64_t accepted_ns) {
    if (unwritten_.size() < kUnwrittenMax) unwritten_.push_back({metric_pair, accepted_ns});
  }
  /// The same event, with its trace.
  void await_writing(PublicationTracePtr trace, std::uint32_t metric_pair, std::uint64_t accepted_ns, std::size_t members) {
    if (traced_.size() < kUnwrittenMax) traced_.push_back({std::move(trace), {metric_pair, accepted_ns}, members});
  }
  [[nodiscard]] bool awaits_writing() const { return !unwritten_.empty(); }
  /// Notes that the queued bytes were offered to the transports at this time.
  void note_written(std::uint64_t now_ns) {
    for (const Unwritten& event : unwritten_)
      metrics_.observe(metrics::Metric::events_latency_seconds, event.metric_pair,
                       now_ns > event.accepted_ns ? now_ns - event.accepted_ns : 0);
    unwritten_.clear();
    if (!traced_.empty()) note_traced_written(now_ns);
  }

  /// Records or repeats the answers of the application and the validator within an input; may be null.
  [[nodiscard]] EffectLog* effect_log() const { return effect_log_; }
  void set_effect_log(EffectLog* effect_log) { effect_log_ = effect_log; }

  /// The oldest shard message that this shard posted to itself.
  [[nodiscard]] std::optional<ShardMessageBody> take_local();

 private:
  /// In recordings, an answer to the application has a number among the questions (EffectLog).
  void skip_question() const;

  std::uint32_t shard_, shard_count_, turn_ = 0;
  Time now_;
  SteadyUnixClock clock_;
  Actions* out_ = nullptr;
  EffectLog* effect_log_ = nullptr;
  std::uint64_t last_ticket_ = 0;
  /// A frame begins with "[" and its type, of one or two digits; several in one text are of one type.
  void count_frames(std::string_view text, std::uint32_t frames) {
    const auto digit = [text](std::size_t at) { return at < text.size() ? static_cast<unsigned>(text[at] - '0') : 10u; };
    static_assert(metrics::kFrameTypes <= 100);
    const unsigned type = digit(2) < 10 ? digit(1) * 10 + digit(2) : digit(1);
    if (type < metrics::kFrameTypes)
      metrics_.count(metrics::Metric::frames_total,
                     metrics::index_in(metrics::Metric::frames_total, metrics::Direction::out, type), frames);
  }

  struct Unwritten {
    std::uint32_t metric_pair;
    std::uint64_t accepted_ns;
  };

  struct Traced {
    PublicationTracePtr trace;
    Unwritten event;
    std::size_t members;
  };
  void note_traced_written(std::uint64_t now_ns);

  metrics::MetricCells metrics_;
  metrics::Exemplars examples_;
  metrics::UserSketch users_seen_;
  std::vector<Unwritten> unwritten_;     ///< of this part of a turn
  std::vector<Traced> traced_;           ///< of those that have a trace
  std::vector<ShardMessageBody> local_;  ///< first in, first out: what was taken stays, empty, until all are
  std::size_t taken_ = 0;
  LogLimiter log_limiter_;
  const std::function<bool(std::string_view event)> wants_line_;
};

}  // namespace dialogue::core
