// How a loop waits: an io_context for everything that Asio does, an epoll set beside it for the sockets of connections, one
// timer, and the policy of sleeping, looking out or letting messages gather. Used by its loop's thread; wake() is for any.
#pragma once
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "server/loop/poll_policy.hpp"
#include "server/loop/socket_set.hpp"
#include "server/loop/writer_yield.hpp"
#include "server/net/socket.hpp"

namespace dialogue::loop {

class Poller {
 public:
  /// `has_store_writer`: a thread writes to a store and may need this core. `between`: see PollPolicy.
  Poller(bool has_store_writer, std::chrono::microseconds between);

  void start() { sockets_.start(); }
  /// Ends all waiting and runs what that sets free. No timer is called after it begins.
  void finish();

  [[nodiscard]] net::Executor executor() { return io_.get_executor(); }
  [[nodiscard]] SocketSet& sockets() { return sockets_; }
  [[nodiscard]] WriterYield& writer_yield() { return writer_yield_; }

  /// Runs `handler` on the loop's thread.
  template <typename Handler>
  void wake(Handler&& handler) {
    boost::asio::post(io_, std::forward<Handler>(handler));
  }
  /// Calls `handler` at a time of the monotonic clock; replaces the call before.
  void call_at(std::uint64_t at_ms, std::function<void()> handler);

  /// A turn begins; `messages` were taken so far, ever.
  void begin_turn(PollPolicy::Clock::time_point now, std::uint64_t messages) { policy_.begin(now, messages); }
  /// Does one thing that is ready, or returns false.
  [[nodiscard]] bool poll_one() { return io_.poll_one() > 0; }
  /// Until there is something to do, of which it does one thing. `may_delay`: nothing but messages is waited for.
  void wait(bool may_delay);

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<net::Executor> work_{io_.get_executor()};
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, net::Executor>
      timer_{io_};
  WriterYield writer_yield_;
  SocketSet sockets_{io_.get_executor(), writer_yield_};
  PollPolicy policy_;
  bool has_finished_ = false;
};

}  // namespace dialogue::loop
