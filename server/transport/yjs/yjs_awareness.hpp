// Awareness on the states of presence: the states of this connection's clients are one state of its session,
// {"yjs":{"CLIENT":STATE}}, and the states of other sessions are the awareness of their clients. Each change that is sent on has
// a later clock than those before it, also after a reconnection: clocks are Unix milliseconds. A page repeats what it receives,
// so what it says of the clients of others is passed over. Used by its loop's thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/transport/yjs/yjs_message.hpp"

namespace dialogue::transport {

class YjsAwareness {
 public:
  /// Takes what this connection's clients say. The session's state as JSON, if it has changed; nothing else. False: it is
  /// malformed, or too large.
  [[nodiscard]] bool take(std::string_view bytes, std::optional<std::string>& state);

  /// The page of states that WATCHED has, or a report of STATES: what is to be sent to the client.
  [[nodiscard]] std::vector<AwarenessState> report(std::string_view json, std::uint64_t unix_ms);
  /// All states of the others.
  [[nodiscard]] std::vector<AwarenessState> all() const;
  /// The same, each with a later clock: a page forgets what was not repeated for 30 s.
  [[nodiscard]] std::vector<AwarenessState> renewed(std::uint64_t unix_ms);

 private:
  using Clients = std::map<std::uint64_t, std::string>;  ///< their states as JSON, by client id
  struct Shown {
    std::string state;
    std::uint64_t clock = 0;
  };

  void read_users(std::string_view json);
  void read_user(std::string_view json);
  void read_left(std::string_view json);
  static void read_sessions(std::string_view json, Clients& clients);
  static void read_state(std::string_view json, Clients& clients);

  Clients mine_;
  std::map<std::string, Clients> users_;  ///< of all sessions, by user; as many as the room has
  std::map<std::uint64_t, Shown> shown_;  ///< what the client was sent, by client id
};

}  // namespace dialogue::transport
