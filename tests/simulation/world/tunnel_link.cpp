// See tunnel_link.hpp. The server's half does what server/transport/http_tunnel/http_tunnel.cpp does.
#include "tests/simulation/world/tunnel_link.hpp"

#include <algorithm>
#include <utility>

#include "tests/lines_of.hpp"
#include "tests/simulation/ledger.hpp"

namespace dialogue::simulation {

using namespace core;
using testing::lines_of;
using transport::Downlink;

namespace {

constexpr std::uint64_t kHold_us = 20 * kSecond, kGrace_us = 5 * kSecond, kPause_us = 250 * kMs;
constexpr std::uint64_t kIdle_us = 15 * kSecond, kClosing_us = 5 * kSecond;
constexpr std::size_t kFramesMax = 100, kAnswerBytes = 64 * 1024, kWindowBytes = 256 * 1024;
constexpr std::uint16_t kForgetCode = 4000;  ///< from here on a page says nothing of the end
constexpr std::uint64_t kRepeats = 16;       ///< one in so many requests arrives twice

}  // namespace

// --- The page ---

void TunnelLink::begin() {
  served_us_ = clockwork_.now_us();
  expect_request(kIdle_us);
  poll();
}

TunnelLink::Request TunnelLink::request(bool is_poll) {
  Request made;
  made.is_poll = is_poll;
  made.number = (is_poll ? polling_ : sending_) = ++requests_;
  made.network = networks_;
  made.made_us = clockwork_.now_us();
  made.have = have_;
  made.from = taken_ + 1;
  return made;
}

void TunnelLink::poll() {
  if (!is_page_open_) return;
  const Request made = request(true);
  transmit(made);
  fail(made, kHold_us + kGrace_us);
}

void TunnelLink::send() {
  if (!is_page_open_ || is_sending_ || said_.empty()) return;
  is_sending_ = true;
  Request made = request(false);
  const std::size_t count = std::min(said_.size(), kFramesMax);
  made.frames.assign(said_.begin(), said_.begin() + static_cast<std::ptrdiff_t>(count));
  transmit(made);
  fail(made, 2 * kGrace_us);
}

void TunnelLink::page_sends(std::string text) {
  for (std::string& line : lines_of(text)) said_.push_back(std::move(line));
  // What is sent in one turn shares a request.
  clockwork_.after(0, [self = self()] { self->send(); });
}

void TunnelLink::page_drops(std::uint16_t code) {
  if (!std::exchange(is_page_open_, false) || code >= kForgetCode) return;
  Request made = request(false);
  made.frames.assign(said_.begin(), said_.end());
  made.end = code;
  transmit(made);
}

void TunnelLink::transmit(const Request& request) {
  if (is_silent_) return;
  if (is_offline() || is_lost()) return fail(request, delay_us());
  const std::uint64_t times = request.end || !chance_.one_in(kRepeats) ? 1 : 2;
  for (std::uint64_t i = 0; i < times; ++i)
    clockwork_.after(delay_us(), [self = self(), request] {
      if (!self->is_silent_ && request.network == self->networks_) self->serve(request);
    });
}

bool TunnelLink::is_current(const Request& request) const {
  return is_page_open_ && request.number == (request.is_poll ? polling_ : sending_) && (request.is_poll || is_sending_);
}

void TunnelLink::fail(const Request& request, std::uint64_t after_us) {
  clockwork_.after(after_us, [self = self(), request] { self->failed(request); });
}

void TunnelLink::failed(const Request& request) {
  if (!is_current(request)) return;
  const std::uint64_t now_us = clockwork_.now_us();
  if (weather_.frozen_until_us > now_us) return fail(request, weather_.frozen_until_us - now_us);
  if (!request.is_poll) {
    sending_ = 0;  // an answer that comes yet is of no use
    clockwork_.after(kPause_us, [self = self()] {
      self->is_sending_ = false;
      self->send();
    });
    return;
  }
  if (now_us - served_us_ > kIdle_us) return lose(0);
  polling_ = 0;
  clockwork_.after(kPause_us, [self = self()] { self->poll(); });
}

void TunnelLink::answered(const Request& request, const Response& response) {
  if (!is_current(request)) return;
  const std::uint64_t now_us = clockwork_.now_us();
  if (weather_.frozen_until_us > now_us) {
    clockwork_.at(weather_.frozen_until_us, [self = self(), request, response] { self->answered(request, response); });
    return;
  }
  if (response.is_refused) return request.is_poll ? lose(0) : failed(request);
  served_us_ = now_us;
  promise(response.received <= taken_ + said_.size(), [] { return std::string("the server has frames that were never sent"); });
  for (; taken_ < response.received; ++taken_) said_.pop_front();
  if (!request.is_poll) {
    is_sending_ = false;
    return send();
  }
  polling_ = 0;
  take(response);
  if (response.close_code != 0) return lose(response.close_code);
  poll();
  send();
}

void TunnelLink::take(const Response& response) {
  promise(response.first <= have_ + 1, [&] {
    return "a poll was answered from frame " + std::to_string(response.first) + " on, and " + std::to_string(have_) + " are here";
  });
  for (std::size_t i = have_ + 1 - response.first; i < response.frames.size() && is_page_open_; ++i) {
    ++have_;
    ends.at_page(response.frames[i]);
  }
}

void TunnelLink::lose(std::uint16_t code) {
  if (std::exchange(is_page_open_, false)) ends.page_end(code == 0 ? kCloseAbnormal : code);
}

// --- The server ---

void TunnelLink::serve(const Request& request) {
  if (is_gone_ || state_ == State::ended) return respond(request, {.is_refused = true, .frames = {}});
  promise(uplink_.known(request.from, request.frames.size()).has_value(),
          [] { return std::string("frames of a page are missing"); });
  const auto acknowledged = downlink_.acknowledge(request.have);
  promise(acknowledged != Downlink::Acknowledged::ahead, [] { return std::string("a page has frames that were never sent"); });
  if (request.is_poll && acknowledged == Downlink::Acknowledged::stale)
    return respond(request, {.is_refused = true, .frames = {}});
  if (!parked_) expect_request(kIdle_us);
  take_frames(request);
  if (request.end) {
    respond(request, head());
    return end(*request.end);
  }
  if (state_ == State::closing && downlink_.is_all_acknowledged()) {
    respond(request, head());
    return end(kCloseAbnormal);
  }
  if (request.is_poll)
    park(request);
  else
    respond(request, head());
}

void TunnelLink::take_frames(const Request& request) {
  const std::size_t known = *uplink_.known(request.from, request.frames.size());
  for (std::size_t i = known; i < request.frames.size() && state_ == State::open && !is_gone_; ++i) {
    uplink_.took();
    ends.at_server(request.frames[i]);
  }
}

void TunnelLink::park(const Request& request) {
  parked_ = request;
  clockwork_.after(kHold_us, [self = self(), number = request.number] {
    if (self->parked_ && self->parked_->number == number) self->answer_poll();
  });
  flush();
}

void TunnelLink::ask_flush() {
  clockwork_.after(0, [self = self()] { self->flush(); });
}

void TunnelLink::flush() {
  if (state_ == State::ended || is_gone_) return;
  if (parked_ && (downlink_.has_next() || state_ != State::open)) answer_poll();
  report_drained();
}

void TunnelLink::answer_poll() {
  const Request poll = *std::exchange(parked_, std::nullopt);
  downlink_.rewind();
  std::string text;
  const std::size_t bytes_max = std::min(kAnswerBytes, weather_.unread_bytes_max);
  while (const std::size_t bytes = downlink_.next_bytes(kWindowBytes)) {
    if (!text.empty() && text.size() + bytes >= bytes_max) break;
    text.append(text.empty() ? "" : "\n").append(**downlink_.next(kWindowBytes));
  }
  Response response = head();
  response.bytes = text.size();
  if (!text.empty()) response.frames = lines_of(text);
  respond(poll, std::move(response));
  if (state_ == State::open) expect_request(kIdle_us);
}

TunnelLink::Response TunnelLink::head() const {
  Response response;
  response.first = downlink_.first();
  response.received = uplink_.received();
  if (is_over()) response.close_code = close_code_;
  return response;
}

void TunnelLink::respond(const Request& request, Response response) {
  if (is_silent_ || request.network != networks_) return;
  if (is_lost()) return fail(request, delay_us());
  const std::uint64_t after_us = delay_us() + response.bytes * weather_.us_per_byte;
  clockwork_.after(after_us, [self = self(), request, response = std::move(response)] {
    if (self->is_silent_ || request.network != self->networks_) return;
    if (self->is_offline()) return self->failed(request);
    self->answered(request, response);
  });
}

void TunnelLink::server_sends(SharedBytes text) {
  if (state_ != State::open) return;
  const auto frames = static_cast<std::uint32_t>(1 + std::count(text->begin(), text->end(), '\n'));
  downlink_.push_text(std::move(text), frames);
  ask_flush();
}

void TunnelLink::server_closes(std::uint16_t code) {
  if (state_ != State::open) return;
  state_ = State::closing;
  close_code_ = code;
  expect_request(kClosing_us);
  ask_flush();
}

void TunnelLink::ask_drained() {
  is_drain_asked_ = true;
  ask_flush();
}

void TunnelLink::report_drained() {
  if (state_ != State::open || !downlink_.empty() || !std::exchange(is_drain_asked_, false)) return;
  clockwork_.after(chance_.below(kMs), [self = self()] {
    if (self->state_ == State::open && !self->is_gone_) self->ends.drained();
  });
}

void TunnelLink::expect_request(std::uint64_t within_us) {
  deadline_us_ = clockwork_.now_us() + within_us;
  clockwork_.at(deadline_us_, [self = self(), deadline_us = deadline_us_] {
    if (self->deadline_us_ == deadline_us && (!self->parked_ || self->state_ != State::open)) self->end(kCloseAbnormal);
  });
}

void TunnelLink::end(std::uint16_t code) {
  if (std::exchange(state_, State::ended) == State::ended || is_gone_) return;
  parked_.reset();
  ends.server_end(code);
}

void TunnelLink::server_dies() {
  is_gone_ = true;
  if (const auto poll = std::exchange(parked_, std::nullopt)) fail(*poll, delay_us());
}

// --- Faults ---

void TunnelLink::cut() {
  ++networks_;
  for (const bool is_poll : {true, false}) {
    Request lost;
    lost.is_poll = is_poll;
    lost.number = is_poll ? polling_ : sending_;
    fail(lost, chance_.below(kSecond));
  }
}

}  // namespace dialogue::simulation
