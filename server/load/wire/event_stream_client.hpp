// A push stream (Server-Sent Events) over HTTP/1.1. It takes the `data:` lines and looks at nothing else: lines of chunked
// encoding are between them, since a server writes whole lines into its chunks. Used by the loop's thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "server/load/wire/stream_client.hpp"

namespace dialogue::load {

class EventStreamClient final : public StreamClient {
 public:
  EventStreamClient(StreamClientContext& context, Listener& listener) : StreamClient(context, listener) {}

  /// Begins to connect; Listener::opened() with the response's head, or ended(), follows. `heard()` then receives the text after
  /// each `data: `.
  void open(std::string_view path);
  void send_frames(std::string_view) override {}  ///< nothing can be sent
  void close(std::uint16_t) override { release(); }

 private:
  void begin() override;
  void take(std::string_view bytes) override;

  std::string path_;
};

}  // namespace dialogue::load
