// What a WebSocket begins with, once its handshake is granted. Values, passed on with the socket.
#pragma once
#include <optional>
#include <string>

#include "server/core/access/identity.hpp"
#include "server/net/counted_in.hpp"
#include "server/net/socket.hpp"

namespace dialogue {

struct Opening {
  std::string answer;                        ///< to the handshake; leaves with what the shard has to say at once
  std::optional<std::string> first_message;  ///< that came within the handshake
  std::string received;                      ///< bytes that came behind it
};

/// A WebSocket on its way to the loop where it will live, which counts it already.
struct NewWebSocket {
  Descriptor descriptor;
  CountedIn counted;
  PeerFacts peer;
  Opening opening;
};

}  // namespace dialogue
