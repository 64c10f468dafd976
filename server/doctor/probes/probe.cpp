// See probe.hpp.
#include "server/doctor/probes/probe.hpp"

#include <algorithm>

#include "server/doctor/wire/http_status.hpp"
#include "shared/json/json_member.hpp"

namespace dialogue::doctor {

Ms ms_of(Clock::duration time) {
  return static_cast<Ms>(std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(time).count()));
}

boost::asio::awaitable<Answer> answer_of(HttpExchange& exchange) {
  Answer answer;
  answer.status = exchange.status();
  if (answer.status == 0) answer.fault = exchange.fault();
  if (answer.status < status::kFirstError) co_return answer;
  const bool is_whole = co_await exchange.whole(Clock::now() + kAnswerTime);
  if (is_whole && exchange.field("Content-Type").find("json") != std::string::npos)
    answer.detail = json_text_member(exchange.body(), "detail");
  co_return answer;
}

Life life_of(const Wire& wire, Time until) {
  Life life{.watched_ms = ms_of(until - wire.opened_at()), .silence_ms = ms_of(wire.longest_silence())};
  if (!wire.has_ended() || wire.ended_at() >= until) return life;
  life.cut_ms = ms_of(wire.ended_at() - wire.opened_at());
  life.quiet_ms = ms_of(wire.ended_at() - wire.moved_at());
  life.end = wire.end();
  return life;
}

}  // namespace dialogue::doctor
