// A WebSocket's outgoing side: frames wait here until the socket takes them. Texts that wait together are packed into one
// message, separated by LF, as docs/protocol.md allows. Sans-io; not thread-safe.
#pragma once
#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>

#include "server/transport/send_queue.hpp"
#include "server/transport/websocket/websocket_frame.hpp"

namespace dialogue::transport {

class WebSocketWriter : public SendQueue {
 public:
  /// What goes before all frames: the answer to the handshake, as it is.
  void push_answer(std::string answer);
  /// A control frame of our own making; payload at most kControlPayloadBytesMax.
  void push_control(Opcode opcode, std::string payload);
  /// Answers a ping. Only the newest unsent answer is kept (section 5.5.3), so that a peer that does not read cannot pile them
  /// up.
  void push_pong(std::string payload);

  /// Fills `out` with what comes next, in order, and returns how many parts it used. Their bytes stay valid until consumed().
  [[nodiscard]] std::size_t gather(std::span<iovec> out);

 private:
  static constexpr std::uint8_t kAnswer = 1, kPingOrClose = 2, kPong = 3;  ///< kinds of entries

  void pack(std::size_t until);
  void pack_group();
  static void set_head(Entry& entry, Opcode opcode, std::size_t payload_size);
};

}  // namespace dialogue::transport
