// See websocket_probe.hpp.
#include "server/doctor/probes/websocket_probe.hpp"

#include <algorithm>

#include "server/doctor/wire/http_status.hpp"
#include "server/doctor/wire/websocket_talk.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kCloseTime{500};

/// HELLO, then LIST and its answer. False: it goes no further.
asio::awaitable<bool> exchange(WebSocketTalk& talk, const std::string& token, WebSocketTrial& trial) {
  const Time began = Clock::now();
  talk.send(hello_frame(token));
  if (!(co_await talk.has_frame(began + kProofTime))) {
    if (talk.wire().has_ended()) {
      trial.end = talk.wire().end();
      co_return false;
    }
    talk.send(list_frame(1));  // the answer pushes out what waits for a successor
    if (co_await talk.has_frame(Clock::now() + kProofTime / 2)) {
      trial.is_held_until_next = true;
      trial.first_frame_ms = ms_of(Clock::now() - began);
    }
    co_return false;
  }
  trial.first_frame_ms = ms_of(Clock::now() - began);
  trial.reception = read_reception(talk.take());
  if (!trial.reception || !trial.reception->is_welcome) co_return false;
  const Time asked = Clock::now();
  talk.send(list_frame(1));
  while (co_await talk.has_frame(asked + kProofTime)) {
    if (type_of(talk.take()) != FrameType::reply) continue;
    trial.round_trip_ms = ms_of(Clock::now() - asked);
    co_return true;
  }
  co_return false;
}

asio::awaitable<void> stay(WebSocketTalk& talk, Time until, bool is_busy) {
  std::uint64_t request = 1;
  while (Clock::now() < until) {
    const bool has_closed = co_await talk.has_closed(is_busy ? std::min(until, Clock::now() + kBeat) : until);
    if (has_closed) co_return;
    if (is_busy) talk.send(list_frame(++request));
  }
}

}  // namespace

asio::awaitable<WebSocketTrial> probe_websocket(Course course, bool is_busy) {
  WebSocketTrial trial;
  WebSocketTalk talk(course.executor, course.route);
  const bool is_answered = co_await talk.open(Clock::now() + kAnswerTime);
  trial.upgrade_ms = ms_of(talk.http().since_ask());
  trial.answer = co_await answer_of(talk.http());
  if (!is_answered || trial.answer.status != status::kSwitching) {
    talk.wire().close();
    co_return trial;
  }
  trial.is_ours = talk.http().field("Sec-WebSocket-Protocol") == kSubprotocol;
  if (co_await exchange(talk, course.route.terms.token, trial)) {
    co_await stay(talk, course.until, is_busy);
    trial.life = life_of(talk.wire(), course.until);
    if (trial.life.cut_ms && talk.close_code() != 0) {
      trial.life.is_ended_by_server = true;
      trial.life.end = "close code " + std::to_string(talk.close_code());
    }
  }
  talk.close();
  static_cast<void>(co_await talk.has_closed(Clock::now() + kCloseTime));
  talk.wire().close();
  co_return trial;
}

}  // namespace dialogue::doctor
