// See probes.hpp.
#include "server/doctor/probes/probes.hpp"

#include <algorithm>

#include "server/doctor/wire/http_status.hpp"
#include "server/doctor/wire/tunnel.hpp"

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kHoldMax{20'000}, kHoldMin{250}, kShortHold{1000};

/// After a poll that was cut: half the time, and half of that, until one is answered.
asio::awaitable<void> find_what_works(Tunnel& tunnel, PollResult& result, Time until) {
  for (milliseconds hold(*result.cut_ms / 2); hold >= kHoldMin && Clock::now() < until; hold /= 2) {
    const TunnelAnswer answer = co_await tunnel.poll(hold, Clock::now() + hold + kAnswerTime);
    if (answer.status != status::kOk) continue;
    result.works_ms = static_cast<Ms>(hold.count());
    co_return;
  }
}

asio::awaitable<void> hold_polls(Tunnel& tunnel, PollResult& result, Time until) {
  const auto left = [&] { return std::chrono::duration_cast<milliseconds>(until - Clock::now()); };
  result.hold_ms = static_cast<Ms>(std::min(kHoldMax, std::max(left(), kShortHold)).count());
  do {
    const milliseconds hold = std::min(kHoldMax, std::max(left(), kShortHold));
    const TunnelAnswer answer = co_await tunnel.poll(hold, Clock::now() + hold + kAnswerTime);
    if (answer.status != status::kOk) {
      result.cut_ms = ms_of(answer.took);
      result.cut.status = answer.status;
      result.cut.fault = answer.fault;
      co_await find_what_works(tunnel, result, until);
      co_return;
    }
    ++result.answered;
    result.longest_ms = std::max(result.longest_ms, ms_of(answer.took));
    const auto is_ping = [](const std::string& frame) { return type_of(frame) == FrameType::ping; };
    if (std::any_of(answer.frames.begin(), answer.frames.end(), is_ping))
      static_cast<void>(co_await tunnel.say("[11]", Clock::now() + kAnswerTime));
  } while (left() > kShortHold);
}

}  // namespace

asio::awaitable<PollResult> probe_poll(Course course) {
  PollResult result;
  Tunnel tunnel(course.executor, course.route);
  TunnelAnswer answer = co_await tunnel.open(Clock::now() + kAnswerTime);
  if (answer.status == status::kOk) answer = co_await tunnel.poll(kShortHold, Clock::now() + kAnswerTime);
  result.opening.status = answer.status;
  result.opening.fault = answer.fault;
  if (!answer.frames.empty()) result.reception = read_reception(answer.frames.front());
  if (result.reception && result.reception->is_welcome) co_await hold_polls(tunnel, result, course.until);
  co_await tunnel.close(Clock::now() + kAnswerTime);
  co_return result;
}

}  // namespace dialogue::doctor
