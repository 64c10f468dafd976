// A server's WebSocket frames, found in place. It checks what must hold to go on and nothing more: the generator has to be
// cheaper than what it measures, and server/net's reader, which checks everything, is tested elsewhere. Pure.
#pragma once
#include <cstdint>
#include <string_view>

#include "server/transport/websocket/websocket_frame.hpp"

namespace dialogue::load {

struct ScannedFrame {
  enum class Verdict : std::uint8_t { need_more, frame, violation };
  Verdict verdict = Verdict::need_more;
  transport::Opcode opcode{};
  bool is_final = false;
  std::string_view payload{};
};

/// Removes the first frame from `bytes`, if it is complete, and returns it.
[[nodiscard]] ScannedFrame take_frame(std::string_view& bytes);

}  // namespace dialogue::load
