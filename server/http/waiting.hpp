// A coroutine's wait for what other threads do, with a time limit. Used on the loop's thread: others post wake() there.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "server/net/socket.hpp"

namespace dialogue::http {

class Waiting {
 public:
  explicit Waiting(const net::Executor& executor) : timer_(executor) {}

  void wake() {
    is_awake_ = true;
    timer_.cancel();
  }
  /// The wait ends without having been woken: its connection has ended.
  void cancel() {
    is_cancelled_ = true;
    timer_.cancel();
  }
  /// Whether it was woken in time, before or during the wait.
  [[nodiscard]] boost::asio::awaitable<bool, net::Executor> wait(std::uint64_t timeout_ms) {
    constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<net::Executor>> kAwait{};
    if (!is_awake_ && !is_cancelled_) {
      timer_.expires_after(std::chrono::milliseconds(timeout_ms));
      const auto [ended] = co_await timer_.async_wait(kAwait);
      static_cast<void>(ended);
    }
    co_return is_awake_;
  }

 private:
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, net::Executor>
      timer_;
  bool is_awake_ = false, is_cancelled_ = false;
};

/// A value that a coroutine waits for.
template <typename T>
struct Pending {
  std::function<void(T)> give;              ///< for any thread, once
  std::shared_ptr<std::optional<T>> value;  ///< for the loop's thread
};

}  // namespace dialogue::http
