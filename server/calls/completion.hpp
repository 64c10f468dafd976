// Boost.Asio completion tokens for the calls of an Instance: co_await server.trigger(..., boost::asio::use_awaitable).
// Applications do not use these names directly.
// The handler runs on its associated executor: that of the awaiting coroutine, or Asio's own threads
// (boost::asio::system_executor) if it has none. It never runs inside the call or on a server thread. The handler may block and
// may call stop(). A call cannot be cancelled; it always completes.
#pragma once
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>
#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace dialogue {

/// A plain callback, called on the thread that has the result: neither a token nor a handler with an associated executor.
template <typename Token, typename Result>
concept PlainCallback = std::convertible_to<Token, std::function<void(const Result&)>> && !requires {
  typename std::decay_t<Token>::executor_type;
}
&&requires {
  requires std::is_void_v < typename boost::asio::async_result < std::decay_t<Token>,
  void(Result) > ::return_type > ;
};

/// use_awaitable, use_future, deferred, a handler bound to an executor.
template <typename Token, typename Result>
concept CompletionToken = !std::same_as<std::decay_t<Token>, std::function<void(Result)>> && !PlainCallback<Token, Result> &&
                          boost::asio::completion_token_for<std::decay_t<Token>, void(Result)>;

namespace completion_detail {

/// Holds a pending handler, possibly move-only, so that a copyable function can refer to it.
template <typename Handler>
struct Waiting {
  using Executor = boost::asio::associated_executor_t<Handler, boost::asio::system_executor>;
  explicit Waiting(Handler&& given)
      : handler(std::move(given)),
        work(boost::asio::make_work_guard(boost::asio::get_associated_executor(handler, boost::asio::system_executor()))) {}

  template <typename Result>
  void complete(Result result) {
    const Executor executor = work.get_executor();
    boost::asio::post(executor, [handler = std::move(handler), result = std::move(result)]() mutable {
      std::move(handler)(std::move(result));
    });
    work.reset();
  }

  Handler handler;
  boost::asio::executor_work_guard<Executor> work;
};

/// `ask(std::function<void(Result)>)` calls its argument once.
template <typename Result, typename Token, typename Ask>
auto complete(Token&& token, Ask ask) {
  return boost::asio::async_initiate<Token, void(Result)>(
      [](auto handler, Ask now) {
        using Handler = decltype(handler);
        const auto waiting = std::make_shared<Waiting<Handler>>(std::move(handler));
        now([waiting](Result result) { waiting->complete(std::move(result)); });
      },
      token, std::move(ask));
}

}  // namespace completion_detail

}  // namespace dialogue
