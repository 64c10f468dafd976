// A shard's external answers while it handles one input: from hooks of the application, and from the validator about payloads
// that a recording masks. The Recorder writes them; a replay repeats them. Questions are numbered from 1 within their input, so
// that a recording holds only relevant answers. Used by its shard only; without a effect_log nothing is counted.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/messages/hook_question.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue::core {

class EffectLog {
 public:
  virtual ~EffectLog() = default;

  /// Numbers a question that is asked now.
  std::uint64_t next_question() { return ++last_question_; }
  [[nodiscard]] std::uint64_t last_question() const { return last_question_; }
  /// A new input begins.
  void begin_input() { last_question_ = 0; }

  /// A function of the application returned. A replay throws here if the function threw in the recorded run.
  virtual void returned(std::uint64_t question) = 0;
  /// It threw; `what` is absent for anything but a std::exception.
  virtual void threw(std::uint64_t question, std::optional<std::string_view> what) = 0;
  /// A hook denied.
  virtual void denied(std::uint64_t question, const std::string& reason) = 0;
  /// The verdict of a middleware on a draft.
  virtual void screened(std::uint64_t question, const HookVerdict& verdict) = 0;
  /// A hook requested something for its client: "join", "leave" (a room), "join_last" (a count, a room), "disconnect", "meta";
  /// or it allowed its join from a position: "history_from" (a sequence, an epoch).
  virtual void requested(std::uint64_t question, std::string_view kind, std::string_view text) = 0;
  /// A hook sends its client an event.
  virtual void sent(std::uint64_t question, std::string_view room, std::string_view event, std::string_view json) = 0;
  /// The validator's fault in a payload, if any; the shard uses the return value.
  [[nodiscard]] virtual std::optional<Error> validated(std::optional<Error>&& fault) = 0;
  /// The hash of a numbered payload; the shard uses the return value.
  [[nodiscard]] virtual PayloadHash hashed(PayloadHash hash) = 0;

 private:
  std::uint64_t last_question_ = 0;
};

}  // namespace dialogue::core
