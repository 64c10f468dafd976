// One WebSocket of a Yjs page, after its handshake: its binary messages go through the translator to the shard, and the frames
// of the shard become binary messages. Lives on its loop's thread.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/messages/handles.hpp"
#include "server/net/byte_stream.hpp"
#include "server/transport/socket/socket_transport.hpp"
#include "server/transport/websocket/websocket_limits.hpp"
#include "server/transport/websocket/websocket_reader.hpp"
#include "server/transport/yjs/yjs_translator.hpp"
#include "server/transport/yjs/yjs_writer.hpp"

namespace dialogue::transport {

class YjsConnection : public SocketTransport {
 public:
  /// `admission` is given back when the connection ends; `limits`, which are the loop's, outlive it.
  YjsConnection(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission, const WebSocketLimits& limits,
                YjsOpening opening);

  /// `answer` to the handshake, the first message for the shard, and the bytes that came behind the request.
  void begin(core::ConnectionId id, std::string answer, std::string first, std::string received);
  void ping() override;
  void close(std::uint16_t code, std::string_view reason) override;
  void flush() override;
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void expect() const override { prefetch(); }

 private:
  void consume(std::span<char> input) override;
  [[nodiscard]] std::size_t gather(std::span<iovec> out) override;
  void on_event(const WebSocketEvent& event);
  /// Carries out what the translator wants, but for its messages, which are returned.
  [[nodiscard]] std::vector<std::string> take_output();
  void push_output();
  void ask();
  void fail(std::uint16_t code, std::string_view reason);

  WebSocketReader reader_;
  YjsWriter writer_;
  YjsTranslator translator_;
};

}  // namespace dialogue::transport
