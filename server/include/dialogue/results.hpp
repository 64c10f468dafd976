// What an instance answers: values, never exceptions. RoomInfo and ConnectionInfo are the core's own.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/mail.hpp"
#include "shared/errors.hpp"

namespace dialogue {

/// Whether a request was granted.
struct RequestResult {
  ErrorCode code = ErrorCode::ok;
  std::string message;  ///< one sentence when refused

  [[nodiscard]] bool ok() const { return code == ErrorCode::ok; }
  /// lower snake_case, what clients see too: "room_unknown"
  [[nodiscard]] std::string_view code_name() const { return error_name(code); }
};

/// What became of a publication.
struct TriggerResult : RequestResult {
  std::string path;                ///< where in the payload the fault is: "$.text"
  std::uint64_t seq = 0;           ///< position in the room's log, from 1; 0 for a volatile event
  std::uint64_t epoch = 0;         ///< the room's log; with seq a position that clients can resume from
  std::uint64_t timestamp_ms = 0;  ///< Unix time
};

}  // namespace dialogue
