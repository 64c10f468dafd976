// One push stream after its request: the shard's frames are sent as blocks, and no input is expected.
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
  void prefetch_behind() const override {
    Transport::prefetch_behind();
    codec_.prefetch();
  }

 private:
  void consume(std::span<char> input) override;
  [[nodiscard]] std::size_t gather(std::span<iovec> out) override;
  /// Whether the shard's frames may be sent: its answers to the opening decide the status.
  [[nodiscard]] bool is_decided();
  void translate_ahead();
  /// The last bytes are queued: the connection ends once they have left.
  void finish();

  SseWriter writer_;
  SseStream codec_;
  const SseLimits& limits_;
  std::uint64_t opening_deadline_ms_ = 0;
  std::size_t unread_bytes_ = 0;  ///< that came, and were dropped
};

}  // namespace dialogue::transport
