// One socket that speaks HTTP/2 over TLS: its bytes go through an Http2Session, and each request that comes out of it is served
// through a StreamPipe by the loop's ordinary entrance for sockets. Lives on its loop's thread; kept alive by the socket set.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/http2/http2_limits.hpp"
#include "server/http2/http2_session.hpp"
#include "server/http2/stream_pipe.hpp"
#include "server/loop/socket_set.hpp"
#include "server/net/admission_guard.hpp"
#include "server/net/byte_stream.hpp"
#include "server/net/expirable.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::http2 {

/// Where the requests of a connection come from.
struct Http2Peer {
  boost::asio::ip::tcp::endpoint address;  ///< the socket's other end, or who its PROXY header names
  bool loopback_listener = false;          ///< it was accepted on an address that only this machine reaches
};

class Http2Connection : public loop::SocketListener,
                        public net::Expirable,
                        public std::enable_shared_from_this<Http2Connection>,
                        private Http2Events,
                        private StreamPipe::Owner {
 public:
  /// Takes over a socket after its TLS handshake; nothing to hold, it ends by itself. `limits` outlive it.
  static void begin(loop::ShardLoop& loop, const Http2Limits& limits, net::ByteStream stream, net::AdmissionGuard admission,
                    const Http2Peer& peer);

  Http2Connection(loop::ShardLoop& loop, const Http2Limits& limits, net::ByteStream stream, net::AdmissionGuard admission,
                  const Http2Peer& peer);

  void on_ready(bool readable, bool writable) override;
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void drain() override;
  void abandon() override { end(); }

 private:
  /// open: both ways. lingering: all is sent, and the peer has not closed. ended: nothing holds the connection any more.
  enum class State : std::uint8_t { open, lingering, ended };

  // Http2Events: called by the session within its receive() and send().
  [[nodiscard]] bool request(StreamId stream, const RequestHead& head, bool has_body) override;
  void body(StreamId stream, std::string_view bytes) override;
  void body_end(StreamId stream) override;
  [[nodiscard]] BodyPart read(StreamId stream, std::span<char> into) override;
  void closed(StreamId stream) override;
  // Called for a stream.
  void pipe_ready(StreamPipe& pipe) override;
  void respond(StreamPipe& pipe);
  /// Passes body bytes to the stream, and opens the window for as many more.
  void pass_body(StreamPipe& pipe);

  void read_socket();
  /// Sends pending output, in a separate turn, so that the output of many streams is sent together.
  void ask_flush();
  void flush();
  void write();
  void linger();
  void end();

  /// Acts on what took too long. False: the connection has ended.
  [[nodiscard]] bool check_progress(std::uint64_t now_ms);
  void check_streams(std::uint64_t now_ms);
  void check_life(std::uint64_t now_ms);

  loop::ShardLoop& loop_;
  const Http2Limits& limits_;
  net::ByteStream stream_;
  net::AdmissionGuard admission_;
  const Http2Peer peer_;
  Http2Session session_;
  std::unordered_map<StreamId, std::shared_ptr<StreamPipe>> pipes_;  ///< of streams; at most Http2Limits::streams_max
  std::string out_;                                                  ///< [sent_, end) has not left
  std::size_t sent_ = 0, unacknowledged_ = 0;
  std::uint64_t received_ms_, progress_ms_ = 0, idle_since_ms_, deadline_ms_ = 0, streams_checked_ms_ = 0;
  std::uint64_t write_waited_ms_ = 0;  ///< when the socket waited last; 0: never
  std::uint64_t sent_unheard_ = 0;     ///< bytes that were sent since the peer's last frame
  State state_ = State::open;
  bool write_waits_ = false, flush_asked_ = false, is_pinged_ = false;
  std::uint64_t accepts_until_ms_ = 0;  ///< after drain(); 0: before it, or no stream is accepted any more
  bool is_draining_ = false;
};

}  // namespace dialogue::http2
