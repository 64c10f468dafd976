// The log lines about hooks: a sentence each, at most 100 a second for each cause. Used by one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "server/core/messages/actions.hpp"
#include "server/core/util/log_limiter.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::webhooks {

class HookLog {
 public:
  explicit HookLog(std::function<void(const core::LogLine&)> log) : log_(std::move(log)) {}

  /// `event` is a literal; `count` is of what the message is about.
  void write(core::LogLevel level, std::string_view event, std::string_view message, std::uint64_t count, std::uint64_t now_ms) {
    const auto swallowed = limiter_.admit(event, now_ms);
    if (!swallowed) return;
    JsonText fields;
    fields.text("message", message).number("count", count);
    if (*swallowed != 0) fields.number("swallowed", *swallowed);
    log_({level, std::string(event), fields.take()});
  }

 private:
  std::function<void(const core::LogLine&)> log_;
  core::LogLimiter limiter_;
};

}  // namespace dialogue::webhooks
