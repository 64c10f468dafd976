// A log line that is a sentence for people. Pure; safe from any thread.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "server/core/messages/actions.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::core {

/// `event` is the fixed word to search for, `message` the one field.
[[nodiscard]] inline LogLine log_message(LogLevel level, std::string event, std::string_view message) {
  return {level, std::move(event), JsonText().text("message", message).take()};
}

}  // namespace dialogue::core
