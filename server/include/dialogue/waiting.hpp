// Hooks and middleware that wait: coroutines of Boost.Asio.
//
//   server.on_join(dialogue::waiting([](dialogue::HookQuestion question) -> boost::asio::awaitable<dialogue::HookVerdict> {
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

#include <dialogue/waiting_hook.hpp>

namespace dialogue {

inline constexpr std::chrono::milliseconds kHookTimeout{5000};

/// A coroutine that says who a connection is.
template <typename Function>
concept WaitingAuthenticator =
    std::same_as<std::invoke_result_t<const Function&, IdentityQuestion>, boost::asio::awaitable<AuthResult>>;

/// A coroutine that decides.
template <typename Hook>
concept WaitingFunction = std::same_as<std::invoke_result_t<const Hook&, HookQuestion>, boost::asio::awaitable<HookVerdict>>;

namespace waiting_detail {

/// What it throws is an answer too.
template <WaitingFunction Hook>
boost::asio::awaitable<HookVerdict> ask(Hook hook, HookQuestion question) {
  HookVerdict failed{ErrorCode::internal, "it threw what is no std::exception", {}, {}};
  try {
    co_return co_await hook(std::move(question));
  } catch (const std::exception& error) { failed.reason = error.what(); } catch (...) {
  }
  co_return failed;
}

/// A question between its coroutine and its timer: the first of the two answers it. What the coroutine awaits may know nothing of
/// cancellation and go on; nobody waits for it then. Used on its strand.
struct Race {
  Race(boost::asio::any_io_executor on, std::function<void(HookVerdict)> to)
      : strand(boost::asio::make_strand(std::move(on))), timer(strand), done(std::move(to)) {}
  void answer(HookVerdict verdict) {
    if (const auto first = std::exchange(done, nullptr)) first(std::move(verdict));
  }

  boost::asio::strand<boost::asio::any_io_executor> strand;
  boost::asio::steady_timer timer;
  boost::asio::cancellation_signal cancellation;
  std::function<void(HookVerdict)> done;
};

template <WaitingFunction Hook>
void start(const std::shared_ptr<Race>& race, Hook hook, HookQuestion question, std::chrono::milliseconds timeout) {
  race->timer.expires_after(timeout);
  race->timer.async_wait([race, timeout](const boost::system::error_code& is_cancelled) {
    if (is_cancelled) return;
    race->answer({ErrorCode::hook_unavailable, "it took longer than " + std::to_string(timeout.count()) + " ms", {}, {}});
    race->cancellation.emit(boost::asio::cancellation_type::terminal);
  });
  boost::asio::co_spawn(race->strand, ask(std::move(hook), std::move(question)),
                        boost::asio::bind_cancellation_slot(race->cancellation.slot(),
                                                            [race](const std::exception_ptr& thrown, HookVerdict verdict) {
                                                              if (thrown)
                                                                verdict = {ErrorCode::internal, "it could not be asked", {}, {}};
                                                              race->timer.cancel();
                                                              race->answer(std::move(verdict));
                                                            }));
}

template <WaitingAuthenticator Function>
boost::asio::awaitable<AuthResult> identify(Function who, IdentityQuestion question) {
  Refusal failed{ErrorCode::internal, "it threw what is no std::exception"};
  try {
    co_return co_await who(std::move(question));
  } catch (const std::exception& error) { failed.reason = error.what(); } catch (...) {
  }
  co_return failed;
}

template <WaitingAuthenticator Function>
boost::asio::awaitable<AuthResult> identify_in_time(Function who, IdentityQuestion question, std::chrono::milliseconds timeout) {
  using namespace boost::asio::experimental::awaitable_operators;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, timeout);
  auto first = co_await (identify(std::move(who), std::move(question)) || timer.async_wait(boost::asio::use_awaitable));
  if (auto* result = std::get_if<0>(&first)) co_return std::move(*result);
  co_return Refusal{ErrorCode::identity_unavailable, "it took longer than " + std::to_string(timeout.count()) + " ms"};
}

}  // namespace waiting_detail

/// For Config::waiting_authenticator: `who(IdentityQuestion)` is a coroutine that returns an Identity or a Refusal.
///
///   config.waiting_authenticator = dialogue::waiting_authenticator(
///       [](dialogue::IdentityQuestion asked) -> boost::asio::awaitable<dialogue::AuthResult> {
///         const auto user = co_await my_database.user_of(asked.credentials.token);
///         if (!user) co_return dialogue::Refusal{dialogue::ErrorCode::token_invalid, "this session is not known"};
///         co_return dialogue::Identity{user->id, user->name, {}, {}};
///       });
///
/// `executor` and `timeout` as in waiting(). One that throws refuses with `internal`; one that takes too long with
/// identity_unavailable, and the client comes back by itself.
template <WaitingAuthenticator Function, typename Executor>
[[nodiscard]] IdentitySource waiting_authenticator(const Executor& executor, Function who,
                                                   std::chrono::milliseconds timeout = kHookTimeout) {
  return [executor, who = std::move(who), timeout](IdentityQuestion&& question, std::function<void(AuthResult)> done) {
    boost::asio::co_spawn(boost::asio::make_strand(executor), waiting_detail::identify_in_time(who, std::move(question), timeout),
                          [done = std::move(done)](const std::exception_ptr& thrown, AuthResult result) {
                            done(thrown ? AuthResult(Refusal{ErrorCode::internal, "it could not be asked"}) : std::move(result));
                          });
  };
}

/// The same on Asio's own threads.
template <WaitingAuthenticator Function>
[[nodiscard]] IdentitySource waiting_authenticator(Function who, std::chrono::milliseconds timeout = kHookTimeout) {
  return waiting_authenticator(boost::asio::system_executor(), std::move(who), timeout);
}

/// `executor`: where the coroutines run, each on a strand of its own; it must run until the instance has stopped. One that takes
/// longer than `timeout` is answered for (`hook_unavailable`, which clients try again) and cancelled. Where what it awaits has no
/// way to be cancelled, it goes on by itself until that ends: bound the time of such a call where you make it.
template <WaitingFunction Hook, typename Executor>
[[nodiscard]] WaitingHook waiting(const Executor& executor, Hook hook, std::chrono::milliseconds timeout = kHookTimeout) {
  return {[executor, hook = std::move(hook), timeout](HookQuestion&& question, std::function<void(HookVerdict)> done) {
    const auto race = std::make_shared<waiting_detail::Race>(executor, std::move(done));
    boost::asio::post(race->strand, [race, hook, question = std::move(question), timeout]() mutable {
      waiting_detail::start(race, std::move(hook), std::move(question), timeout);
    });
  }};
}

/// The same on Asio's own threads.
template <WaitingFunction Hook>
[[nodiscard]] WaitingHook waiting(Hook hook, std::chrono::milliseconds timeout = kHookTimeout) {
  return waiting(boost::asio::system_executor(), std::move(hook), timeout);
}

}  // namespace dialogue
