// See probes.hpp.
#include "server/doctor/probes/probes.hpp"

#include <algorithm>

#include "server/doctor/wire/http_status.hpp"
#include "server/doctor/wire/websocket_exchange.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kCloseTime{500};

/// Sends HELLO, then LIST, and reads the answers. Returns false if the probe cannot continue.
asio::awaitable<bool> exchange_hello(WebSocketExchange& exchange, const std::string& token, WebSocketResult& result) {
  const Time began = Clock::now();
  exchange.send(hello_frame(token));
  if (!(co_await exchange.has_frame(began + kProofTime))) {
    if (exchange.wire().has_ended()) {
      result.end = exchange.wire().end();
      co_return false;
    }
    exchange.send(list_frame(1));  // the answer pushes out what waits for a successor
    if (co_await exchange.has_frame(Clock::now() + kProofTime / 2)) {
      result.is_held_until_next = true;
      result.first_frame_ms = ms_of(Clock::now() - began);
    }
    co_return false;
  }
  result.first_frame_ms = ms_of(Clock::now() - began);
  result.reception = read_reception(exchange.take());
  if (!result.reception || !result.reception->is_welcome) co_return false;
  const Time asked = Clock::now();
  exchange.send(list_frame(1));
  while (co_await exchange.has_frame(asked + kProofTime)) {
    if (type_of(exchange.take()) != FrameType::reply) continue;
    result.round_trip_ms = ms_of(Clock::now() - asked);
    co_return true;
  }
  co_return false;
}

asio::awaitable<void> stay(WebSocketExchange& exchange, Time until, bool is_busy) {
  std::uint64_t request = 1;
  while (Clock::now() < until) {
    const bool has_closed = co_await exchange.has_closed(is_busy ? std::min(until, Clock::now() + kBeat) : until);
    if (has_closed) co_return;
    if (is_busy) exchange.send(list_frame(++request));
  }
}

}  // namespace

asio::awaitable<WebSocketResult> probe_websocket(Course course, bool is_busy) {
  WebSocketResult result;
  WebSocketExchange exchange(course.executor, course.route);
  const bool is_answered = co_await exchange.open(Clock::now() + kAnswerTime);
  result.upgrade_ms = ms_of(exchange.http().since_ask());
  result.answer = co_await answer_of(exchange.http());
  if (!is_answered || result.answer.status != status::kSwitching) {
    exchange.wire().close();
    co_return result;
  }
  result.is_ours = exchange.http().field("Sec-WebSocket-Protocol") == kSubprotocol;
  if (co_await exchange_hello(exchange, course.route.terms.token, result)) {
    co_await stay(exchange, course.until, is_busy);
    result.life = life_of(exchange.wire(), course.until);
    if (result.life.cut_ms && exchange.close_code() != 0) {
      result.life.is_ended_by_server = true;
      result.life.end = "close code " + std::to_string(exchange.close_code());
    }
  }
  exchange.close();
  static_cast<void>(co_await exchange.has_closed(Clock::now() + kCloseTime));
  exchange.wire().close();
  co_return result;
}

}  // namespace dialogue::doctor
