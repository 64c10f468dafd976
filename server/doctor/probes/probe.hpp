// Shared parts of the probes: their time limits, and their records of an answer and of a connection's end. One thread.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "server/doctor/verdict/probe_results.hpp"
#include "server/doctor/wire/http_exchange.hpp"

namespace dialogue::doctor {

inline constexpr std::chrono::milliseconds kAnswerTime{5000};  ///< for immediate answers
inline constexpr std::chrono::milliseconds kProofTime{4000};   ///< for a first frame or event, as the web client gives it
inline constexpr std::chrono::milliseconds kBeat{1000};        ///< between the bytes of a busy connection

/// Where a probe runs, and until when connections are to stay open.
struct Course {
  boost::asio::any_io_executor executor;
  const Route& route;
  Time until;
};

[[nodiscard]] Ms ms_of(Clock::duration time);
/// Returns the answer of an exchange whose response is complete or will not come. Waits for the body of an error, to read its
/// detail.
[[nodiscard]] boost::asio::awaitable<Answer> answer_of(HttpExchange& exchange);
/// Returns how long a connection lived that was to stay open until `until`.
[[nodiscard]] Life life_of(const Wire& wire, Time until);

}  // namespace dialogue::doctor
