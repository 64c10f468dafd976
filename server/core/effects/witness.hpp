// Who hears, while a shard handles an input, what it was told from outside within that input: by hooks and
// callbacks of the application, and by the validator about payloads that a recording masks. A Recorder writes it down; a replay
// says it again. Each such question has a number, counted from 1 within its input, so that only answers that matter are kept.
// Used by its shard only. Where there is none, nothing is counted.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/messages/hook_question.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue {

class Witness {
 public:
  virtual ~Witness() = default;

  /// A question is asked; its number.
  std::uint64_t ask() { return ++asked_; }
  [[nodiscard]] std::uint64_t asked() const { return asked_; }
  /// A new input begins.
  void begin() { asked_ = 0; }

  /// A function of the application's returned. A replay throws here where it threw.
  virtual void returned(std::uint64_t question) = 0;
  /// It threw; `what` is absent when that was no std::exception.
  virtual void threw(std::uint64_t question, std::optional<std::string_view> what) = 0;
  /// A hook denied.
  virtual void denied(std::uint64_t question, const std::string& reason) = 0;
  /// What a middleware said of a draft.
  virtual void screened(std::uint64_t question, const HookVerdict& verdict) = 0;
  /// A hook asked something of its client: "join", "leave" (a room), "join_last" (a count, a room), "disconnect", "meta".
  virtual void wished(std::uint64_t question, std::string_view kind, std::string_view text) = 0;
  /// A hook sends its client an event.
  virtual void sends(std::uint64_t question, std::string_view room, std::string_view event, std::string_view json) = 0;
  /// What is wrong with a payload; what is returned counts.
  [[nodiscard]] virtual std::optional<Error> judged(std::optional<Error>&& fault) = 0;
  /// The hash of a payload that is counted; what is returned counts.
  [[nodiscard]] virtual PayloadHash hashed(PayloadHash hash) = 0;

 private:
  std::uint64_t asked_ = 0;
};

}  // namespace dialogue
