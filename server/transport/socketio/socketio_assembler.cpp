// See socketio_assembler.hpp.
#include "server/transport/socketio/socketio_assembler.hpp"

namespace dialogue::transport {

SocketioAssembler::Result SocketioAssembler::on_text(std::string_view text) {
  fault_ = "attachments of the packet before it are missing";
  if (is_incomplete_) return Result::malformed;
  const auto read = read_socketio_packet(text, attachments_max_, &fault_);
  if (!read) return Result::malformed;
  packet_ = *read;
  if (packet_.attachments == 0) return Result::packet;
  text_ = text;
  packet_ = *read_socketio_packet(text_, attachments_max_);
  bytes_ = text.size();
  is_incomplete_ = true;
  return Result::incomplete;
}

SocketioAssembler::Result SocketioAssembler::on_binary(std::string_view bytes) {
  fault_ = "an attachment belongs to no packet";
  if (!is_incomplete_) return Result::malformed;
  fault_ = "the attachments of a packet are too large";
  bytes_ += bytes.size();
  if (bytes_ > bytes_max_) return Result::malformed;
  attachments_.emplace_back(bytes);
  if (attachments_.size() < packet_.attachments) return Result::incomplete;
  is_incomplete_ = false;
  return Result::packet;
}

void SocketioAssembler::done() {
  packet_ = {};
  std::vector<std::string>().swap(attachments_);
  std::string().swap(text_);
}

}  // namespace dialogue::transport
