// A transport over its own socket, which the loop's socket set waits for: reading and writing bytes, the number of bytes that
// the peer has accepted, and the end of the connection. Derived transports interpret the bytes. Idle, it holds no buffer and no
// coroutine. Lives on its loop's thread; kept alive by the socket set until it has ended.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "server/core/messages/handles.hpp"
#include "server/loop/socket_set.hpp"
#include "server/net/admission_guard.hpp"
#include "server/net/byte_stream.hpp"
#include "server/transport/send_queue.hpp"
#include "server/transport/transport.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::transport {

class SocketTransport : public Transport, public loop::SocketListener {
 public:
  void ask_drained() final;
  void drain() final {}  ///< the shard decides
  void abandon() final { end(); }
  void on_ready(bool readable, bool writable) final;

 protected:
  /// `queue` is the implementation's own. `admission` is given back when the connection ends.
  SocketTransport(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission, SendQueue& queue);

  /// What the peer has sent; the bytes may be changed, and are gone after the call.
  virtual void consume(std::span<char> input) = 0;
  /// Fills `out` with what is to be sent next, in order, and returns how many parts it used; 0 where the queue is empty now.
  [[nodiscard]] virtual std::size_t gather(std::span<iovec> out) = 0;

  /// The loop's socket set watches it from now on. False: the system has no memory for that, and the connection has ended.
  [[nodiscard]] bool attach(core::ConnectionId id);
  void read();
  /// Reads any data that arrived with the earlier bytes, for which there is no notification.
  void read_unread();

  /// Sends what waits, as much as the socket takes, and reports what is left.
  void send_waiting();
  /// After a ping: watches the peer's progress until sweep() finds that it has accepted everything.
  void note_ping();
  /// Looks what the peer has taken; whether something is left.
  bool note_progress(std::uint64_t now_ms);
  /// Reports what waits, and for how long. Whether sweep() has to look again.
  bool report_wait(std::uint64_t now_ms);

  /// Calls `work` in a turn of its own, unless the connection is no longer open then.
  void call_later(std::function<void()> work);

  /// The connection, which is closing, ends after `timeout_ms` at the latest, whatever the peer does.
  void end_within(std::uint64_t timeout_ms);
  /// sweep() of a connection that is no longer open; whether it has to look again.
  [[nodiscard]] bool sweep_closing(std::uint64_t now_ms);
  enum class Ending : std::uint8_t { close, reset };
  void end(Ending ending = Ending::close);

  loop::ShardLoop& loop_;
  bool is_pinged_ = false;  ///< and the peer may not have taken all that came before the ping

 private:
  [[nodiscard]] std::shared_ptr<SocketTransport> self();
  void write();
  void wait_writable(bool waits);
  /// Reports to the shard what waits, as long as something does, and once when nothing does any more.
  void report_backlog();
  void report_drained();
  [[nodiscard]] std::size_t waiting_bytes() { return backlog() + stream_.waiting(); }

  net::ByteStream stream_;
  std::uint64_t closing_deadline_ms_ = 0;
  std::uint64_t progress_ms_ = 0;     ///< when the peer last took a byte of what waits
  std::uint32_t unacknowledged_ = 0;  ///< what waits in the kernel, as last seen
  bool drained_asked_ = false, write_waits_ = false, shut_ = false, backlog_reported_ = false;
};

}  // namespace dialogue::transport
