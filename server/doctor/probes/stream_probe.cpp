// See probes.hpp.
#include "server/doctor/probes/probes.hpp"

#include <algorithm>
#include <utility>

#include "server/doctor/probes/stream_response.hpp"
#include "server/doctor/wire/http_status.hpp"
#include "server/doctor/wire/tunnel.hpp"

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;

/// The first events: the session's head, then WELCOME or a refusal.
asio::awaitable<void> begin(StreamReader& reader, Tunnel& tunnel, StreamResult& result) {
  const Time until = Clock::now() + kProofTime;
  const auto head = co_await reader.next(until);
  if (!head) co_return;
  result.first_event_ms = ms_of(reader.exchange().since_ask());
  if (reader.is_encoded()) {
    co_await reader.settle();
    co_return;
  }
  const auto frame = co_await reader.next(until);
  if (!frame) co_return;
  result.reception = read_reception(frame->data);
  tunnel.received();
}

/// Asks for an answer, and notes when it comes.
asio::awaitable<void> echo(StreamReader& reader, Tunnel& tunnel, StreamResult& result) {
  result.asks_echo = true;
  const Time asked = Clock::now();
  const TunnelAnswer answer = co_await tunnel.say(list_frame(1), asked + kProofTime);
  if (answer.status != status::kOk) co_return;
  while (const auto frame = co_await reader.next(asked + kProofTime)) {
    if (!reader.is_encoded()) tunnel.received();
    if (!reader.is_encoded() && type_of(frame->data) != FrameType::reply) continue;
    result.echo_ms = ms_of(Clock::now() - asked);
    break;
  }
}

asio::awaitable<bool> stay(StreamReader& reader, Tunnel& tunnel, Time until, bool is_busy) {
  std::uint64_t request = 1;
  Time beat = Clock::now() + kBeat;
  while (Clock::now() < until && !reader.has_ended()) {
    const auto frame = co_await reader.next(is_busy ? std::min(until, beat) : until);
    if (frame) {
      tunnel.received();
      const auto type = type_of(frame->data);
      if (type == FrameType::bye) co_return true;
      if (type == FrameType::ping) static_cast<void>(co_await tunnel.say("[11]", Clock::now() + kAnswerTime));
    }
    if (!is_busy || Clock::now() < beat) continue;
    beat = Clock::now() + kBeat;
    static_cast<void>(co_await tunnel.say(list_frame(++request), Clock::now() + kAnswerTime));
  }
  co_return false;
}

}  // namespace

asio::awaitable<StreamOutcome> probe_stream(Course course, StreamUse use) {
  StreamOutcome outcome;
  Tunnel tunnel(course.executor, course.route);
  const TunnelAnswer opening = co_await tunnel.open(Clock::now() + kAnswerTime);
  if (opening.status != status::kOk) {
    outcome.result.answer.status = opening.status;
    outcome.result.answer.fault = opening.fault;
    co_return outcome;
  }
  StreamReader reader(course, use);
  HttpAsk what = tunnel.stream();
  const bool is_stream = co_await reader.open(std::move(what), outcome.result);
  if (is_stream) co_await begin(reader, tunnel, outcome.result);
  const bool is_welcome = outcome.result.reception && outcome.result.reception->is_welcome;
  if (outcome.result.first_event_ms && (is_welcome || reader.is_encoded())) co_await echo(reader, tunnel, outcome.result);
  if (use != StreamUse::compressed && is_welcome && outcome.result.echo_ms) {
    const bool is_bye = co_await stay(reader, tunnel, course.until, use == StreamUse::busy);
    outcome.life = reader.finish(course.until);
    outcome.life.is_ended_by_server = is_bye;
    if (is_bye) outcome.life.end = "BYE";
  }
  reader.exchange().wire().close();
  co_await tunnel.close(Clock::now() + kAnswerTime);
  co_return outcome;
}

asio::awaitable<StreamOutcome> probe_push(Course course, StreamUse use) {
  StreamOutcome outcome;
  const std::string& token = course.route.terms.token;
  HttpAsk what{.path = "/events?user=me", .fields = "Accept: text/event-stream\r\n", .body = {}};
  if (!token.empty()) what.fields += "Authorization: Bearer " + token + "\r\n";
  StreamReader reader(course, use);
  if (co_await reader.open(std::move(what), outcome.result)) {
    const auto first = co_await reader.next(Clock::now() + kProofTime);
    if (first) outcome.result.first_event_ms = ms_of(reader.exchange().since_ask());
    bool is_bye = false;
    while (first && use == StreamUse::quiet && !reader.has_ended() && Clock::now() < course.until) {
      const auto event = co_await reader.next(course.until);
      if (event && (event->type == "dialogue.error" || event->type == "dialogue.bye")) is_bye = true;
    }
    if (first && use == StreamUse::quiet) {
      outcome.life = reader.finish(course.until);
      outcome.life.is_ended_by_server = is_bye;
    }
  }
  reader.exchange().wire().close();
  co_return outcome;
}

}  // namespace dialogue::doctor
