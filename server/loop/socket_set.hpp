// The sockets of one loop's connections: an epoll set of its own, level-triggered, which Asio waits for as one descriptor. A
// wake-up gives all sockets that are ready; through Asio each message would cost an epoll_ctl and a handler. Holds a
// listener until it is taken out. Used by its loop's thread; why: docs/decisions/222-epoll-beside-asio.md.
#pragma once
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "server/loop/socket_costs.hpp"
#include "server/loop/writer_yield.hpp"
#include "server/net/socket.hpp"

namespace dialogue::loop {

class SocketListener {
 public:
  /// readable: bytes, the end or an error can be read. writable: asked for, and the socket takes bytes again.
  virtual void on_ready(bool readable, bool writable) = 0;
  /// on_ready() will be called soon: may have the processor fetch what that looks at.
  virtual void expect() const {}

 protected:
  ~SocketListener() = default;
};

class SocketSet {
 public:
  using Now = std::chrono::steady_clock::time_point (*)();
  /// Throws boost::system::system_error if the system has no descriptor left. `writer_yield` outlives it. `now` is the clock
  /// that what a socket costs is read from.
  SocketSet(const net::Executor& executor, WriterYield& writer_yield, Now now = &std::chrono::steady_clock::now);

  /// Begins to wait. Once.
  void start() { wait(); }
  void stop();

  /// When a listener is called: as long as the socket is readable, and writable where that was asked for; or once for each change
  /// of either.
  enum class Trigger : std::uint8_t { state, change };
  /// `listener` is notified of `descriptor` from now on, in place of the previous one. False: the system has no memory for it.
  [[nodiscard]] bool add(int descriptor, std::shared_ptr<SocketListener> listener, Trigger trigger = Trigger::state);
  /// Whether the listener also requests a notification when the socket is writable.
  void ask_writable(int descriptor, bool wants);
  /// From within on_ready(): the listener has read this many bytes, which explain some of its time. Without a call: 0.
  void count_read(std::size_t bytes) { read_bytes_ += bytes; }
  /// Before the descriptor is closed. No event of it is reported any more, even if it was ready. Returns the listener, which
  /// has no other owner; null if there was none.
  [[nodiscard]] std::shared_ptr<SocketListener> remove(int descriptor);

  /// Notifies the listeners of ready sockets, at most some hundred, and does not wait for others. Of sockets that were slow
  /// before, only a limited number is notified per round, so that the others do not wait for long; the rest follow in the next
  /// rounds. Not from within a listener.
  void serve();
  /// How often it did.
  [[nodiscard]] std::uint64_t rounds() const { return rounds_; }

 private:
  void wait();
  struct Round;
  void serve(Round& round, std::size_t index);

  boost::asio::posix::basic_stream_descriptor<net::Executor> set_;
  WriterYield& writer_yield_;
  const Now now_;
  std::vector<std::shared_ptr<SocketListener>> listeners_;  ///< by descriptor
  SocketCosts costs_;
  std::uint64_t rounds_ = 0;
  std::size_t read_bytes_ = 0;  ///< by the listener whose on_ready() runs
};

}  // namespace dialogue::loop
