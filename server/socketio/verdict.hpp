// The result of a call about Socket.IO clients. Plain values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/socketio/arguments.hpp"

namespace dialogue::socketio {

/// ok: it is done, or will be, in the order of the calls. busy: too much waits already for a thread that is blocked; nothing of
/// it happened. closed: the server does not run. invalid: the name or the arguments cannot be sent.
enum class Verdict : std::uint8_t { ok, busy, closed, invalid };

[[nodiscard]] constexpr std::string_view name_of(Verdict verdict) {
  constexpr std::string_view kNames[] = {"ok", "busy", "closed", "invalid"};
  return kNames[static_cast<std::size_t>(verdict)];
}

/// An event for several sockets, and to how many it was sent.
struct EmitResult {
  Verdict verdict = Verdict::closed;
  std::size_t sockets = 0;

  [[nodiscard]] bool ok() const { return verdict == Verdict::ok; }
};

/// A client's answer to an event.
struct AckResult {
  /// answered: `arguments` are the client's. timed_out: it did not answer in time; a later answer is dropped. disconnected: it
  /// left before that. busy, closed, invalid: as of Verdict; the event was not sent.
  enum class Outcome : std::uint8_t { answered, timed_out, disconnected, busy, closed, invalid };
  Outcome outcome = Outcome::closed;
  Arguments arguments = {};

  [[nodiscard]] bool ok() const { return outcome == Outcome::answered; }
};

}  // namespace dialogue::socketio
