// Hooks and middleware that wait: coroutines of Boost.Asio.
//
//   server.on_join(dialogue::async_hook([](dialogue::HookQuestion question) -> boost::asio::awaitable<dialogue::HookVerdict> {
//     const bool is_member = co_await my_database.is_member(question.identity->user_id, question.room_id);
//     co_return is_member ? dialogue::HookVerdict::allow() : dialogue::HookVerdict::deny("by invitation");
//   }));
//
// Meanwhile the server goes on with everything else. Publications of one client in one room keep their order; each of them is
// asked about as it comes. What has no answer in time, and what throws, is refused in a way that clients try again.
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

namespace dialogue {

using core::AuthResult, core::HookQuestion, core::HookVerdict, core::IdentityQuestion, core::IdentitySource, core::Refusal;

inline constexpr std::chrono::milliseconds kHookTimeout{5000};

/// A coroutine that says who a connection is.
template <typename Function>
concept WaitingAuthenticator =
    std::same_as<std::invoke_result_t<const Function&, IdentityQuestion>, boost::asio::awaitable<AuthResult>>;

/// A coroutine that decides.
template <typename Hook>
concept WaitingFunction = std::same_as<std::invoke_result_t<const Hook&, HookQuestion>, boost::asio::awaitable<HookVerdict>>;

namespace async_detail {

inline void refuse(HookVerdict& verdict, ErrorCode code, std::string reason) { verdict = {code, std::move(reason), {}, {}}; }
inline void refuse(AuthResult& result, ErrorCode code, std::string reason) { result = Refusal{code, std::move(reason)}; }

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // a false alarm of g++ 12 about Asio's coroutine frames
#endif
/// What it throws is an answer too.
template <typename Answer, typename Function, typename Question>
boost::asio::awaitable<Answer> ask(Function function, Question question) {
  std::string fault = "it threw what is no std::exception";
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

/// A question between its coroutine and its timer: the first of the two answers it. What the coroutine awaits may know nothing of
/// cancellation and go on; nobody waits for it then. Used on its strand.
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

/// `late`: the code of an answer that has not come in time.
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
        if (thrown) refuse(answer, ErrorCode::internal, "it could not be asked");
        race->timer.cancel();
        race->answer(std::move(answer));
      }));
}

/// `function` as what is asked without waiting: a question, and a callback that is called once.
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
///         if (!user) co_return dialogue::Refusal{dialogue::ErrorCode::token_invalid, "this session is not known"};
///         co_return dialogue::Identity{user->id, user->name, {}, {}};
///       });
///
/// `executor` and `timeout` as in waiting(). One that throws refuses with `internal`; one that takes too long with
/// identity_unavailable, and the client comes back by itself.
template <WaitingAuthenticator Function, typename Executor>
[[nodiscard]] IdentitySource async_authenticator(const Executor& executor, Function who,
                                                 std::chrono::milliseconds timeout = kHookTimeout) {
  return async_detail::answered_in_time<AuthResult, IdentityQuestion>(executor, std::move(who), timeout,
                                                                      ErrorCode::identity_unavailable);
}

/// The same on Asio's own threads.
template <WaitingAuthenticator Function>
[[nodiscard]] IdentitySource async_authenticator(Function who, std::chrono::milliseconds timeout = kHookTimeout) {
  return async_authenticator(boost::asio::system_executor(), std::move(who), timeout);
}

/// `executor`: where the coroutines run, each on a strand of its own; it must run until the instance has stopped. One that takes
/// longer than `timeout` is answered for (`hook_unavailable`, which clients try again) and cancelled. Where what it awaits has no
/// way to be cancelled, it goes on by itself until that ends: bound the time of such a call where you make it.
template <WaitingFunction Hook, typename Executor>
[[nodiscard]] AsyncHook async_hook(const Executor& executor, Hook hook, std::chrono::milliseconds timeout = kHookTimeout) {
  return {
      async_detail::answered_in_time<HookVerdict, HookQuestion>(executor, std::move(hook), timeout, ErrorCode::hook_unavailable)};
}

/// The same on Asio's own threads.
template <WaitingFunction Hook>
[[nodiscard]] AsyncHook async_hook(Hook hook, std::chrono::milliseconds timeout = kHookTimeout) {
  return async_hook(boost::asio::system_executor(), std::move(hook), timeout);
}

}  // namespace dialogue
