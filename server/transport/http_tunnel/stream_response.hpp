// The socket of a streamed response: text is appended and sent as the peer accepts it; no input is expected. It belongs to a
// tunnel, which is notified of its outcome, until it ends or is released. Lives on its loop's thread; kept alive by the socket
// set.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "server/loop/socket_set.hpp"
#include "server/net/admission_guard.hpp"
#include "server/net/byte_stream.hpp"
#include "server/net/expirable.hpp"
#include "server/transport/http_tunnel/tunnel_limits.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::transport {

class StreamResponse : public loop::SocketListener, public net::Expirable, public std::enable_shared_from_this<StreamResponse> {
 public:
  class Owner {
   public:
    /// It takes text again, or the peer has taken some.
    virtual void stream_moved() = 0;
    /// The peer has closed it, or it was never open. Released already.
    virtual void stream_lost() = 0;

   protected:
    ~Owner() = default;
  };

  /// `limits` outlive it. `admission` is of the socket.
  StreamResponse(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission, const TunnelLimits& limits);

  /// False: the system has no memory for it, and it has closed. `owner` is null, or releases it before it ends itself.
  bool begin(Owner* owner);
  /// Whether more text is wanted now: what is here has nearly left.
  [[nodiscard]] bool is_ready() const { return !write_waits_ && text_.size() < kTextBytesMax; }
  /// Everything has been given to the system.
  [[nodiscard]] bool is_written() const { return text_.empty() && !stream_.has_unsent(); }
  /// Bytes of what was appended that have not been given to the system.
  [[nodiscard]] std::size_t waiting() { return text_.size() - sent_ + stream_.waiting(); }
  void append(std::string_view text) { text_ += text; }
  [[nodiscard]] std::string& text() { return text_; }
  /// Sends what can be sent now. May call stream_lost().
  void write();
  /// How long the peer has taken nothing of what was sent, 0 where nothing waits in the system.
  [[nodiscard]] std::uint64_t stalled_ms(std::uint64_t now_ms);

  /// What was appended is the last; the end follows it, and stream_lost() once the peer has closed.
  void finish();
  /// The owner receives nothing more. What was appended still leaves, then the end.
  void release();
  void close();

  void on_ready(bool readable, bool writable) override;
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void drain() override {}  ///< its tunnel decides
  void abandon() override { close(); }

 private:
  static constexpr std::size_t kTextBytesMax = 16 * 1024;  ///< then the rest waits where it is shared with other members

  void read();
  void lost();

  loop::ShardLoop& loop_;
  const TunnelLimits& limits_;
  net::ByteStream stream_;
  net::AdmissionGuard admission_;
  Owner* owner_ = nullptr;
  std::string text_;  ///< [sent_, end) has not left
  std::size_t sent_ = 0;
  std::size_t unread_bytes_ = 0, unacknowledged_ = 0;
  std::uint64_t progress_ms_ = 0, deadline_ms_ = 0;
  bool write_waits_ = false, is_finishing_ = false, shut_ = false, is_closed_ = false;
};

}  // namespace dialogue::transport
