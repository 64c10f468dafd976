// A Yjs page's outgoing side: texts of the shard wait here and become binary messages when the loop flushes. Sans-io; not
// thread-safe.
#pragma once
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/transport/websocket/websocket_writer.hpp"

namespace dialogue::transport {

class YjsWriter : public WebSocketWriter {
 public:
  YjsWriter() : WebSocketWriter(Packing::none) {}

  /// Each text that waits becomes the messages that `translate(text)` gives.
  template <typename Translate>
  void translate_texts(const Translate& translate) {
    for (std::size_t i = packed_; i < entries_.size();) {
      if (entries_[i].kind == kText) {
        const std::vector<std::string> messages = translate(*entries_[i].bytes);
        if (messages.empty()) {
          drop(i);
          continue;
        }
        entries_[i].kind = kWhole;
        replace(entries_[i], std::make_shared<const std::string>(wire_of(messages)));
      }
      ++i;
    }
  }

 private:
  static constexpr std::uint8_t kWhole = 5;  ///< messages with their heads

  [[nodiscard]] static std::string wire_of(const std::vector<std::string>& messages) {
    std::string wire;
    for (const std::string& message : messages) {
      std::array<unsigned char, kFrameHeadBytesMax> head;
      const std::size_t size = write_frame_head(head, Opcode::binary, message.size());
      wire.append(reinterpret_cast<const char*>(head.data()), size).append(message);
    }
    return wire;
  }
};

}  // namespace dialogue::transport
