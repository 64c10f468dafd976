// Messages of a Socket.IO client, put together again: a packet that has attachments is complete with the last of them, and
// nothing else comes between. Sans-io; not thread-safe.
//
//   switch (assembler.on_text(text)) { case Result::packet: use(assembler.packet(), assembler.attachments()); ... }
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/transport/socketio/socketio_packet.hpp"

namespace dialogue::transport {

class SocketioAssembler {
 public:
  /// `bytes_max` of all attachments of a packet together.
  SocketioAssembler(std::uint32_t attachments_max, std::size_t bytes_max)
      : attachments_max_(attachments_max), bytes_max_(bytes_max) {}

  /// packet: there is one. incomplete: its attachments are due. malformed: the client broke the rules.
  enum class Result : std::uint8_t { packet, incomplete, malformed };
  [[nodiscard]] Result on_text(std::string_view text);
  [[nodiscard]] Result on_binary(std::string_view bytes);

  /// What was malformed, in words that follow "The request does not have the documented form: ".
  [[nodiscard]] std::string_view fault() const { return fault_; }
  /// Good until the next call.
  [[nodiscard]] const SocketioPacket& packet() const { return packet_; }
  [[nodiscard]] const std::vector<std::string>& attachments() const { return attachments_; }
  /// The last packet was used; its attachments are freed.
  void done();

 private:
  const std::uint32_t attachments_max_;
  const std::size_t bytes_max_;
  std::string text_;  ///< of a packet whose attachments are due
  SocketioPacket packet_;
  std::vector<std::string> attachments_;
  std::string_view fault_;  ///< a literal
  std::size_t bytes_ = 0;
  bool is_incomplete_ = false;
};

}  // namespace dialogue::transport
