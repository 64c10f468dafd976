// What a shard decides: values that net/ carries out, in order. core/ never performs them itself.
// Values; a SharedBytes may be held by many connections and threads, its content never changes.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "server/core/handles.hpp"
#include "server/core/mail.hpp"
#include "shared/errors.hpp"

namespace dialogue {

struct SendFrame {
  ConnectionId to;
  SharedBytes text;
};  ///< one frame; net may pack several into one message
struct SendPing {
  ConnectionId to;
  SharedBytes text;
};  ///< a transport ping where there is one, and the PING frame
struct CloseConnection {
  ConnectionId to;
  std::uint16_t close_code;
  std::string reason;
};  ///< after what was sent before it
struct PostMail {
  std::uint32_t shard;
  Mail mail;
};
enum class LogLevel : std::uint8_t { debug, info, warn, error };
struct LogLine {
  LogLevel level;
  std::string event;
  std::string fields;
};  ///< event in snake_case, fields a JSON object

using Action = std::variant<SendFrame, SendPing, CloseConnection, PostMail, LogLine>;
using Actions = std::vector<Action>;

}  // namespace dialogue
