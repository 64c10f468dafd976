// One push stream after its request: frames of the shard leave as blocks, and nothing is expected to come back.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/core/messages/handles.hpp"
#include "server/net/byte_stream.hpp"
#include "server/transport/socket/socket_transport.hpp"
#include "server/transport/sse/sse_limits.hpp"
#include "server/transport/sse/sse_request.hpp"
#include "server/transport/sse/sse_stream.hpp"
#include "server/transport/sse/sse_writer.hpp"

namespace dialogue::transport {

class SseConnection : public SocketTransport {
 public:
  /// `admission` is given back when the connection ends; `limits` and `texts` (this loop's) outlive it.
  SseConnection(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission, SseOpening opening,
                const SseLimits& limits, SseTexts& texts);

  /// `frames` are what the client would have sent, had it been one of dialogue.v1.
  void begin(core::ConnectionId id, SseFrames frames);
  void ping() override;
  void close(std::uint16_t code, std::string_view reason) override;
  void flush() override;
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void expect() const override { prefetch(); }

 private:
  void consume(std::span<char> input) override;
  [[nodiscard]] std::size_t gather(std::span<iovec> out) override;
  /// Whether what the shard has sent may leave: its answers to the opening say what the status is.
  [[nodiscard]] bool is_decided();
  void translate_ahead();
  /// The last bytes are queued: the connection ends once they have left.
  void finish();

  const SseLimits& limits_;
  SseWriter writer_;
  SseStream codec_;
  std::uint64_t opening_deadline_ms_ = 0;
  std::size_t unread_bytes_ = 0;  ///< that came, and were dropped
};

}  // namespace dialogue::transport
