// A WebSocket's outgoing side: frames wait here until the socket takes them. Sans-io: gather() shows what to send next,
// consumed() tells how much of it was taken. Texts that wait together are packed into one message, separated by LF, as
// docs/protocol.md allows; no byte of them is copied. Not thread-safe.
#pragma once
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/net/websocket_frame.hpp"

namespace dialogue {

class WebSocketWriter {
 public:
  /// What goes before all frames: the answer to the handshake, as it is.
  void push_answer(std::string answer);
  /// One frame, or `frames` of them with LF between them, at most kBatchFramesMax.
  void push_text(SharedBytes text, std::uint32_t frames = 1);
  /// A control frame of our own making; payload at most kControlPayloadBytesMax.
  void push_control(Opcode opcode, std::string payload);
  /// Answers a ping. Only the newest unsent answer is kept (section 5.5.3), so that a peer that does not read cannot pile them
  /// up.
  void push_pong(std::string payload);

  /// Has the processor fetch what gather() will look at first.
  void prefetch() const { __builtin_prefetch(entries_.data()); }
  /// Fills `out` with what comes next, in order, and returns how many entries it used. Their bytes stay valid until consumed().
  [[nodiscard]] std::size_t gather(std::span<iovec> out);
  /// The first `bytes` of what gather() showed were sent.
  void consumed(std::size_t bytes);

  [[nodiscard]] bool empty() const { return first_ == entries_.size(); }
  /// What waits: payload bytes, and kEntryOverheadBytes for each frame.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  enum class Kind : std::uint8_t { answer, text, ping_or_close, pong };
  struct Entry {
    SharedBytes bytes;
    std::array<unsigned char, 10> prefix{};  ///< what goes before the bytes: a frame's head, or the LF between packed texts
    std::uint8_t prefix_size = 0;            ///< 0: not packed yet, or an answer
    std::uint8_t frames = 1;
    Kind kind = Kind::text;
    [[nodiscard]] std::size_t wire_size() const { return prefix_size + bytes->size(); }
  };
  static constexpr std::size_t kEntryOverheadBytes = sizeof(Entry);
  static constexpr std::size_t kEntriesKept = 4;  ///< room that an idle writer may keep; a burst's room is given back

  void push(SharedBytes bytes, Kind kind, Opcode control, std::uint32_t frames = 1);
  void pack(std::size_t until);
  void pack_group();
  void set_head(Entry& entry, Opcode opcode, std::size_t payload_size);
  void drop_first();

  std::vector<Entry> entries_;  ///< [first_, packed_) have their prefix, the rest wait for company
  std::size_t first_ = 0, packed_ = 0;
  std::size_t first_sent_ = 0;  ///< bytes of entries_[first_] that were sent, prefix included
  std::size_t bytes_ = 0;
};

}  // namespace dialogue
