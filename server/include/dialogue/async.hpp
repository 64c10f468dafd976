// Asynchronous hooks and middleware: coroutines of Boost.Asio.
//
//   server.on_join(dialogue::async_hook([](dialogue::HookQuestion question) -> boost::asio::awaitable<dialogue::HookVerdict> {
//     const bool is_member = co_await my_database.is_member(question.identity->user_id, question.room_id);
//     co_return is_member ? dialogue::HookVerdict::allow() : dialogue::HookVerdict::deny("by invitation");
//   }));
//
// The server does not wait meanwhile. Publications of one client in one room keep their order; the hook is called for each as it
// arrives. If a coroutine throws or does not return in time, the request is rejected with an error that clients retry.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <dialogue/async_hook.hpp>
#include <dialogue/route.hpp>

namespace dialogue {

using core::AuthResult, core::HookQuestion, core::HookVerdict, core::IdentityQuestion, core::IdentitySource, core::Refusal;

inline constexpr std::chrono::milliseconds kHookTimeout{5000};

/// A coroutine that identifies a connection.
template <typename Function>
concept WaitingAuthenticator =
    std::same_as<std::invoke_result_t<const Function&, IdentityQuestion>, boost::asio::awaitable<AuthResult>>;

/// A coroutine that allows or denies.
template <typename Hook>
concept WaitingFunction = std::same_as<std::invoke_result_t<const Hook&, HookQuestion>, boost::asio::awaitable<HookVerdict>>;

namespace async_detail {

inline void refuse(HookVerdict& verdict, ErrorCode code, std::string reason) { verdict = {code, std::move(reason), {}, {}}; }
inline void refuse(AuthResult& result, ErrorCode code, std::string reason) { result = Refusal{code, std::move(reason)}; }

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // a false alarm of g++ 12 about Asio's coroutine frames
#endif
/// Awaits `function`; an exception becomes a refusal.
template <typename Answer, typename Function, typename Question>
boost::asio::awaitable<Answer> ask(Function function, Question question) {
  std::string fault = "it threw something that is not a std::exception";
  try {
    co_return co_await function(std::move(question));
  } catch (const std::exception& error) { fault = error.what(); } catch (...) {
  }
  Answer failed;
  refuse(failed, ErrorCode::internal, std::move(fault));
  co_return failed;
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// A call that its coroutine or its timer completes, whichever is first. A coroutine that cannot be cancelled continues; its
/// result is then ignored. Used on its strand.
template <typename Answer>
struct Race {
  Race(boost::asio::any_io_executor on, std::function<void(Answer)> to)
      : strand(boost::asio::make_strand(std::move(on))), timer(strand), done(std::move(to)) {}
  void answer(Answer what) {
    if (const auto first = std::exchange(done, nullptr)) first(std::move(what));
  }

  boost::asio::strand<boost::asio::any_io_executor> strand;
  boost::asio::steady_timer timer;
  boost::asio::cancellation_signal cancellation;
  std::function<void(Answer)> done;
};

/// `late`: the error code after the timeout.
template <typename Answer, typename Function, typename Question>
void start(const std::shared_ptr<Race<Answer>>& race, Function function, Question question, std::chrono::milliseconds timeout,
           ErrorCode late) {
  race->timer.expires_after(timeout);
  race->timer.async_wait([race, timeout, late](const boost::system::error_code& is_cancelled) {
    if (is_cancelled) return;
    Answer answer;
    refuse(answer, late, "it took longer than " + std::to_string(timeout.count()) + " ms");
    race->answer(std::move(answer));
    race->cancellation.emit(boost::asio::cancellation_type::terminal);
  });
  boost::asio::co_spawn(
      race->strand, ask<Answer>(std::move(function), std::move(question)),
      boost::asio::bind_cancellation_slot(race->cancellation.slot(), [race](const std::exception_ptr& thrown, Answer answer) {
        if (thrown) refuse(answer, ErrorCode::internal, "it could not be called");
        race->timer.cancel();
        race->answer(std::move(answer));
      }));
}

/// `function` in callback form: takes a question, and a callback that it calls once.
template <typename Answer, typename Question, typename Executor, typename Function>
auto answered_in_time(const Executor& executor, Function function, std::chrono::milliseconds timeout, ErrorCode late) {
  return [executor, function = std::move(function), timeout, late](Question&& question, std::function<void(Answer)> done) {
    const auto race = std::make_shared<Race<Answer>>(executor, std::move(done));
    boost::asio::post(race->strand, [race, function, question = std::move(question), timeout, late]() mutable {
      start(race, std::move(function), std::move(question), timeout, late);
    });
  };
}

}  // namespace async_detail

/// For Config::async_authenticator: `who(IdentityQuestion)` is a coroutine that returns an Identity or a Refusal.
///
///   config.async_authenticator = dialogue::async_authenticator(
///       [](dialogue::IdentityQuestion asked) -> boost::asio::awaitable<dialogue::AuthResult> {
///         const auto user = co_await my_database.user_of(asked.credentials.token);
///         if (!user) co_return dialogue::Refusal{dialogue::ErrorCode::token_invalid, "unknown session"};
///         co_return dialogue::Identity{user->id, user->name, {}, {}};
///       });
/// `executor` and `timeout` as in async_hook(). A coroutine that throws rejects the client with `internal`. After the timeout the
/// client is rejected with identity_unavailable and reconnects by itself.
template <WaitingAuthenticator Function, typename Executor>
[[nodiscard]] IdentitySource async_authenticator(const Executor& executor, Function who,
                                                 std::chrono::milliseconds timeout = kHookTimeout) {
  return async_detail::answered_in_time<AuthResult, IdentityQuestion>(executor, std::move(who), timeout,
                                                                      ErrorCode::identity_unavailable);
}

/// Runs the coroutine on Asio's own threads (boost::asio::system_executor).
template <WaitingAuthenticator Function>
[[nodiscard]] IdentitySource async_authenticator(Function who, std::chrono::milliseconds timeout = kHookTimeout) {
  return async_authenticator(boost::asio::system_executor(), std::move(who), timeout);
}

/// Makes a hook of a coroutine. Each call runs on its own strand of `executor`, which must run until the instance has stopped.
/// After `timeout` the request is rejected with `hook_unavailable`, which clients retry, and the coroutine is cancelled. A
/// coroutine that awaits an operation without support for cancellation continues until that operation ends: give such operations
/// a timeout.
template <WaitingFunction Hook, typename Executor>
[[nodiscard]] AsyncHook async_hook(const Executor& executor, Hook hook, std::chrono::milliseconds timeout = kHookTimeout) {
  return {
      async_detail::answered_in_time<HookVerdict, HookQuestion>(executor, std::move(hook), timeout, ErrorCode::hook_unavailable)};
}

/// Runs the coroutine on Asio's own threads (boost::asio::system_executor).
template <WaitingFunction Hook>
[[nodiscard]] AsyncHook async_hook(Hook hook, std::chrono::milliseconds timeout = kHookTimeout) {
  return async_hook(boost::asio::system_executor(), std::move(hook), timeout);
}

/// A coroutine that responds to a request.
template <typename Function>
concept WaitingRoute = std::same_as<std::invoke_result_t<const Function&, RouteRequest>, boost::asio::awaitable<RouteResponse>>;

/// A coroutine that reads a body, or writes a response, in parts.
template <typename Function>
concept WaitingStreamRoute =
    std::same_as<std::invoke_result_t<const Function&, RouteRequest, RouteStream>, boost::asio::awaitable<void>>;

namespace async_detail {

template <typename Function>
boost::asio::awaitable<RouteOutcome> respond(Function function, RouteRequest request) {
  std::string fault = "it threw something that is not a std::exception";
  try {
    RouteResponse response = co_await function(std::move(request));
    co_return RouteOutcome{std::move(response), {}};
  } catch (const std::exception& error) { fault = error.what(); } catch (...) {
  }
  co_return RouteOutcome{std::nullopt, std::move(fault)};
}

template <typename Function>
boost::asio::awaitable<std::string> stream(Function function, RouteRequest request, RouteStream channel) {
  std::string fault = "it threw something that is not a std::exception";
  try {
    co_await function(std::move(request), std::move(channel));
    co_return std::string();
  } catch (const std::exception& error) { fault = error.what(); } catch (...) {
  }
  if (fault.empty()) fault = "it threw";
  co_return fault;
}

/// Runs `make()`, a coroutine, on a strand; `done` gets its result. Returns what cancels it.
template <typename Result, typename Executor, typename Make>
std::function<void()> spawn(const Executor& executor, Make make, std::function<void(Result)> done, Result failed) {
  const auto strand = boost::asio::make_strand(boost::asio::any_io_executor(executor));
  const auto cancellation = std::make_shared<boost::asio::cancellation_signal>();
  boost::asio::post(strand, [strand, cancellation, make = std::move(make), done = std::move(done), failed]() mutable {
    boost::asio::co_spawn(
        strand, make(),
        boost::asio::bind_cancellation_slot(cancellation->slot(), [cancellation, done = std::move(done), failed](
                                                                      const std::exception_ptr& thrown, Result result) {
          done(thrown ? failed : std::move(result));
        }));
  });
  return [strand, cancellation] {
    boost::asio::post(strand, [cancellation] { cancellation->emit(boost::asio::cancellation_type::terminal); });
  };
}

}  // namespace async_detail

/// For Instance::route(): a coroutine that returns the response. Runs on its own strand of `executor`, which must run until the
/// instance has stopped. It is cancelled when RouteOptions::timeout is over or its peer has gone.
///
///   server.route("POST", "/shop/v1/orders", dialogue::async_route(
///       [&](dialogue::RouteRequest request) -> boost::asio::awaitable<dialogue::RouteResponse> {
///         const auto id = co_await database.insert(request.body());
///         co_return dialogue::RouteResponse::json(id, 201);
///       }));
template <WaitingRoute Function, typename Executor>
[[nodiscard]] AsyncRoute async_route(const Executor& executor, Function function) {
  return {[executor, function = std::move(function)](RouteRequest request, std::function<void(RouteOutcome)> done) {
    return async_detail::spawn<RouteOutcome>(
        executor, [function, request = std::move(request)] { return async_detail::respond(function, request); }, std::move(done),
        RouteOutcome{std::nullopt, "it could not be called"});
  }};
}

/// Runs the coroutine on Asio's own threads (boost::asio::system_executor).
template <WaitingRoute Function>
[[nodiscard]] AsyncRoute async_route(Function function) {
  return async_route(boost::asio::system_executor(), std::move(function));
}

/// For Instance::route(): a coroutine that takes the request's body in parts, or gives the response in parts, so that memory does
/// not grow with them. It responds by stream.respond(), or by stream.begin() and stream.write(); a response in parts ends when
/// the coroutine returns, and is cut when it throws.
template <WaitingStreamRoute Function, typename Executor>
[[nodiscard]] StreamRoute stream_route(const Executor& executor, Function function) {
  return {[executor, function = std::move(function)](RouteRequest request, RouteStream channel,
                                                     std::function<void(std::string)> done) {
    return async_detail::spawn<std::string>(
        executor,
        [function, request = std::move(request), channel = std::move(channel)] {
          return async_detail::stream(function, request, channel);
        },
        std::move(done), std::string("it could not be called"));
  }};
}

/// Runs the coroutine on Asio's own threads (boost::asio::system_executor).
template <WaitingStreamRoute Function>
[[nodiscard]] StreamRoute stream_route(Function function) {
  return stream_route(boost::asio::system_executor(), std::move(function));
}

}  // namespace dialogue
