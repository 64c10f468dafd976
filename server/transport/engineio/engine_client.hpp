// The use of an Engine.IO session: an endpoint makes one of these for each. On the thread of the session's loop.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string_view>

#include "shared/base/errors.hpp"

namespace dialogue::transport {

class EngineSession;

/// How the client's side ended a session. in_order: by a close packet, or by a WebSocket's Close as is_orderly_close() has it.
/// lost: by anything else.
enum class EngineEnd : std::uint8_t { lost, in_order };

class EngineClient {
 public:
  virtual ~EngineClient() = default;

  /// The client knows its session now.
  virtual void on_open() {}
  /// A message, which may be changed in place. Text is UTF-8.
  virtual void on_message(std::span<char> data, bool is_binary) = 0;
  /// What waited has left, or some of it.
  virtual void on_writable() {}
  /// The client broke the rules below messages: `code`, with what its text leaves open. It may still be sent a reason; the
  /// session ends next.
  virtual void on_violation(ErrorCode, std::string_view) {}
  /// The session has ended; it was not asked to. Nothing is called any more.
  virtual void on_closed(EngineEnd) {}
  /// The server is going away. True: it ends the session itself, soon.
  [[nodiscard]] virtual bool on_drain() { return false; }

  /// When on_time() is due.
  [[nodiscard]] virtual std::uint64_t next_ms() const { return std::numeric_limits<std::uint64_t>::max(); }
  virtual void on_time(std::uint64_t) {}
};

using MakeEngineClient = std::function<std::unique_ptr<EngineClient>(EngineSession&)>;

}  // namespace dialogue::transport
