// Coroutines of Boost.Asio as handlers of calls and streams.
//
//   server.handle(create_order, dialogue::async_call(
//       [](NewOrder order, dialogue::AsyncCallHandle<decltype(create_order)> call) -> boost::asio::awaitable<Order> {
//         co_return co_await my_database.insert(order, call.question().identity->user_id);
//       }));
//   server.handle(follow_logs, dialogue::async_call(
//       [](LogQuery query, dialogue::AsyncCallHandle<decltype(follow_logs)> stream) -> boost::asio::awaitable<void> {
//         while (co_await stream.write(co_await next_row(query))) {}  // false: the client has left
//       }));
//
// Each runs on a strand of its executor. When its call is over, write() and read() say so; over() does at any time. What throws
// is logged, and the caller gets handler_failed; CallFailure is a declared error.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <dialogue/calls.hpp>

namespace dialogue {

namespace async_detail {

/// What a handler's coroutine waits on. Used on its strand.
struct CallWait {
  explicit CallWait(boost::asio::any_io_executor on) : strand(boost::asio::make_strand(std::move(on))), timer(strand) {}
  boost::asio::strand<boost::asio::any_io_executor> strand;
  boost::asio::steady_timer timer;  ///< cancelled by each change
};

template <TypedCall CallType>
class CoroutineHandle : public TypedCallHandle<CallType> {
 public:
  CoroutineHandle(CallHandle handle, std::shared_ptr<CallWait> wait)
      : TypedCallHandle<CallType>(std::move(handle)), wait_(std::move(wait)) {}

  /// Sends an item once the client has granted it. Returns false if the stream has ended.
  boost::asio::awaitable<bool> write(typename CallType::Answer item) const {
    while (true) {
      const CallHandle::Sent sent = this->send(item);
      if (sent != CallHandle::Sent::full) co_return sent == CallHandle::Sent::sent;
      co_await changed();
    }
  }
  /// Returns the next item of the client; no value if the client has finished writing, or the stream has ended.
  boost::asio::awaitable<std::optional<typename CallType::Write>> read() const {
    while (true) {
      if (auto item = this->receive()) co_return item;
      if (this->over() || this->is_read_out()) co_return std::nullopt;
      co_await changed();
    }
  }

 private:
  boost::asio::awaitable<void> changed() const {
    boost::system::error_code ignored;
    wait_->timer.expires_at(std::chrono::steady_clock::time_point::max());
    co_await wait_->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }

  std::shared_ptr<CallWait> wait_;
};

}  // namespace async_detail

/// A call or stream in a coroutine: AsyncCallHandle<decltype(create_order)>.
template <TypedCall CallType>
using AsyncCallHandle = async_detail::CoroutineHandle<std::remove_cv_t<CallType>>;

/// A coroutine (Request, AsyncCallHandle<CallType>) -> awaitable<Answer> or awaitable<void>, to be given to Instance::handle().
template <class Coroutine>
struct AsyncCall {
  boost::asio::any_io_executor executor;
  Coroutine coroutine;

  template <TypedCall CallType>
  void begin(const CallHandle& call, std::function<void(const char*)> threw) const {
    auto wait = std::make_shared<async_detail::CallWait>(executor);
    boost::asio::post(wait->strand, [wait, call, coroutine = coroutine, threw = std::move(threw)]() mutable {
      // Without a copy of the call: what the coroutine has dropped is over.
      call.on_change([weak = std::weak_ptr(wait)] {
        const auto still = weak.lock();
        if (still) boost::asio::post(still->strand, [still] { still->timer.cancel(); });
      });
      boost::asio::co_spawn(wait->strand, run<CallType>(std::move(coroutine), std::move(call), wait, std::move(threw)),
                            [](const std::exception_ptr&) {});
    });
  }

 private:
  template <TypedCall CallType>
  static boost::asio::awaitable<void> run(Coroutine coroutine, CallHandle call, std::shared_ptr<async_detail::CallWait> wait,
                                          std::function<void(const char*)> threw) {
    std::string fault = "an exception that is not a std::exception";
    try {
      AsyncCallHandle<CallType> handle(call, wait);
      using Made = std::invoke_result_t<Coroutine&, typename CallType::Request, AsyncCallHandle<CallType>>;
      auto made = coroutine(call_detail::request_of<CallType>(call), handle);
      if constexpr (std::is_void_v<typename Made::value_type>) {
        co_await std::move(made);
        call.finish();
      } else {
        handle.answer(co_await std::move(made));
      }
      co_return;
    } catch (const CallFailure& failure) {
      call.fail(failure.error, failure.json);
      co_return;
    } catch (const std::exception& error) { fault = error.what(); } catch (...) {
    }
    if (!call.over()) threw(fault.c_str());
    call.refuse(ErrorCode::handler_failed);
  }
};

template <class Coroutine>
[[nodiscard]] AsyncCall<Coroutine> async_call(boost::asio::any_io_executor executor, Coroutine coroutine) {
  return {std::move(executor), std::move(coroutine)};
}
/// Runs on Asio's own threads (boost::asio::system_executor).
template <class Coroutine>
[[nodiscard]] AsyncCall<Coroutine> async_call(Coroutine coroutine) {
  return {boost::asio::system_executor(), std::move(coroutine)};
}

}  // namespace dialogue
