// One TCP connection of a client that speaks dialogue.v1, a frame per line. Used by the loop's thread.
#pragma once
#include <cstdint>
#include <string_view>

#include "server/load/wire/stream_client.hpp"

namespace dialogue::load {

class LineClient final : public StreamClient {
 public:
  LineClient(StreamClientContext& context, Listener& listener) : StreamClient(context, listener) {}

  /// Begins to connect; Listener::opened() or ended() follows.
  void open() { connect_socket(); }
  void send_frames(std::string_view frames) override;
  /// 1000: in order. Any other code: as a loss, so that places in rooms are kept.
  void close(std::uint16_t code) override;

 private:
  void begin() override;
  void take(std::string_view bytes) override;
};

}  // namespace dialogue::load
