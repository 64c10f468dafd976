// One TCP connection that speaks dialogue.v1, a frame per line: lines that come go to the shard, frames of the shard leave as
// lines. Its answer to PING is the protocol's PONG, and BYE is its last line.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/core/messages/handles.hpp"
#include "server/net/byte_stream.hpp"
#include "server/net/connection_count.hpp"
#include "server/transport/socket/socket_transport.hpp"
#include "server/transport/tcp/line_reader.hpp"
#include "server/transport/tcp/line_writer.hpp"
#include "server/transport/tcp/tcp_limits.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::transport {

class TcpConnection : public SocketTransport {
 public:
  /// `admission` and `place`, one of TcpLimits::connections_max, are given back when the connection ends; `limits` outlive it.
  TcpConnection(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission, net::ConnectionCountGuard place,
                const TcpLimits& limits);

  /// `received` is what came before the connection was opened.
  void begin(core::ConnectionId id, std::string received);
  void ping() override;
  void close(std::uint16_t code, std::string_view reason) override;
  void flush() override;
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void expect() const override;

 private:
  void consume(std::span<char> input) override;
  [[nodiscard]] std::size_t gather(std::span<iovec> out) override { return writer_.gather(out); }
  void on_line(std::span<char> line);
  void too_long();
  /// The shard has no words for it: BYE is said here.
  void refuse(ErrorCode code, std::string_view message);

  const TcpLimits& limits_;
  net::ConnectionCountGuard place_;
  LineReader reader_;  ///< as long a line as HELLO, then as long as any frame
  bool has_begun_ = false;
  LineWriter writer_;
};

}  // namespace dialogue::transport
