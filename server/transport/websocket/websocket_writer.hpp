// A WebSocket's outgoing side: frames wait here until the socket takes them. Texts that wait together are packed into one
// message, separated by LF, as docs/protocol.md allows, unless each is to be a message of its own. Sans-io; not thread-safe.
#pragma once
#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>

#include "server/transport/send_queue.hpp"
#include "server/transport/websocket/binary_texts.hpp"
#include "server/transport/websocket/websocket_frame.hpp"

namespace dialogue::transport {

class WebSocketWriter : public SendQueue {
 public:
  enum class Packing : std::uint8_t { lines, none };
  explicit WebSocketWriter(Packing packing = Packing::lines) : packing_(packing) {}

  /// What goes before all frames: the answer to the handshake, as it is.
  void push_answer(std::string answer);
  /// A binary message.
  void push_binary(core::SharedBytes bytes);
  /// A control frame of our own making; payload at most kControlPayloadBytesMax.
  void push_control(Opcode opcode, std::string payload);
  /// Answers a ping. Only the newest unsent answer is kept (section 5.5.3), so that a peer that does not read cannot pile them
  /// up.
  void push_pong(std::string payload);

  /// From WELCOME on, texts leave as binary messages where `texts`, which outlives this, has one and WELCOME grants it.
  void offer_binary(BinaryTexts& texts) {
    texts_ = &texts;
    binary_ = Binary::offered;
  }
  /// Whether WELCOME has granted it.
  [[nodiscard]] bool is_binary() const { return binary_ == Binary::granted; }

  /// Fills `out` with what comes next, in order, and returns how many parts it used. Their bytes stay valid until consumed().
  [[nodiscard]] std::size_t gather(std::span<iovec> out);

 protected:
  static constexpr std::uint8_t kAnswer = 1, kPingOrClose = 2, kPong = 3, kBinary = 4;  ///< kinds of entries

 private:
  void pack(std::size_t until);
  /// Turns a text into a binary message if possible. Returns whether it remains a text.
  [[nodiscard]] bool stays_text(Entry& entry);
  void look_for_welcome(const std::string& text);
  void pack_group();
  static void set_head(Entry& entry, Opcode opcode, std::size_t payload_size);

  enum class Binary : std::uint8_t { none, offered, granted };  ///< offered: until WELCOME

  Packing packing_;
  Binary binary_ = Binary::none;
  BinaryTexts* texts_ = nullptr;  ///< null: none were offered
};

}  // namespace dialogue::transport
