// The connection's side of Client: opening, handshake, loss, end.
#include "client-wasm/core/client.hpp"

#include <algorithm>
#include <utility>

#include "client-wasm/core/error_traits.hpp"
#include "shared/base/mutation.hpp"

namespace dialogue::client {

namespace {
constexpr std::uint64_t kCloseNormal = 1000;  // RFC 6455 section 7.4.1: a normal closure
constexpr std::uint64_t kCloseLost = 4001;    // ping_timeout: the client reconnects and keeps its places
}  // namespace

void Client::start(std::uint64_t now) {
  now = monotonic(now);
  carry_out(connection_.start(now));
}

void Client::opened(std::uint64_t now) {
  if (connection_.phase() != Connection::Phase::opening) return;
  connection_.opened();
  greet(monotonic(now));
}

void Client::received(const Incoming& frame, std::uint64_t now) {
  handle(frame, now);
  retire(latest_);
}

void Client::handle(const Incoming& frame, std::uint64_t now) {
  const bool greeting = connection_.phase() == Connection::Phase::greeting;
  if (!can_send() || connection_.bye_code() != 0) return;
  now = monotonic(now);
  if (greeting != (frame.type == FrameType::welcome) && frame.type != FrameType::bye)
    return misbehaved(ErrorCode::frame_malformed, now);
  if (!greeting) connection_.heard(now);
  switch (frame.type) {
    case FrameType::welcome:
      return welcomed(frame, now);
    case FrameType::bye:
      return connection_.said_bye(frame.integers[0], frame.integers[1], now);
    case FrameType::joined:
      return joined(frame, now);
    case FrameType::reply:
      return replied(frame, now);
    case FrameType::token:
      refresh_at_ = now + std::max(kRefreshAgainMs, frame.integers[1] - std::min(kRefreshEarlyMs, frame.integers[1] / 4));
      return;
    case FrameType::ping:
    case FrameType::result:  // of calls, streams and states, which are the driver's
    case FrameType::item:
    case FrameType::allow:
    case FrameType::watched:
    case FrameType::states:
      return;  // receiving it was enough
    default:
      return in_room(frame, now);
  }
}

void Client::violated(ErrorCode code, std::uint64_t now) {
  if (can_send()) misbehaved(code, monotonic(now));
}

void Client::misbehaved(ErrorCode code, std::uint64_t now) {
  act(ActionKind::fault, 0, number(code));
  carry_out(connection_.broken(now));
}

void Client::lost(std::uint16_t close_code, std::uint64_t now) {
  if (connection_.phase() != Connection::Phase::opening && !can_send()) return;
  const std::uint64_t bye = connection_.bye_code();
  connection_.lost(close_code, monotonic(now));
  connection_gone(close_code);
  if (bye != 0) heed(bye);
}

void Client::heed(std::uint64_t bye) {
  if (connection_.phase() == Connection::Phase::closed) return;
  if (bye == number(ErrorCode::token_expired)) act(ActionKind::fault, 0, bye);  // the client requests another one
  wait(connection_.deadline(), bye);
}

void Client::tick(std::uint64_t now) {
  now = monotonic(now);
  if (now >= wait_until_) wait(kNever);
  const std::uint64_t bye = connection_.bye_code();
  const Connection::Step step = connection_.tick(now);
  carry_out(step);
  if (step == Connection::Step::drop && bye != 0) heed(bye);  // the close that belongs to it has not come
  retry_rooms(now);
  refresh_when_due(now);
}

void Client::refresh_when_due(std::uint64_t now) {
  if (now < refresh_at_) return;
  refresh_at_ = now + kRefreshAgainMs;  // unless TOKEN says otherwise
  refresh_ = ++last_ticket_;
  send(FrameType::refresh, 0, 2, refresh_, 0);
}

void Client::wake(std::uint64_t now) {
  now = monotonic(now);
  carry_out(connection_.wake(now));
}

void Client::pause() {
  wait(kNever);
  carry_out(connection_.pause());
  update_state();
}

void Client::change_user() {
  change_producer();
  is_retiring_ = can_send();                                      // HELLO has named the one before
  for (Room& room : rooms_) room.resend_at = room.rejoin_at = 0;  // what was asked of the user before
}

void Client::close() {
  if (state_ == State::closed) return;
  connection_.close();
  was_closed_ = true;
  act(ActionKind::drop, 0, kCloseNormal);
  give_up(number(ErrorCode::closed));
}

const Action* Client::next() {
  if (taken_ != actions_.size()) return &actions_[taken_++];
  actions_.clear();
  taken_ = 0;
  return nullptr;
}

std::uint64_t Client::deadline() const {
  std::uint64_t due = std::min(connection_.deadline(), wait_until_);
  if (connection_.phase() == Connection::Phase::online) {
    due = std::min(due, refresh_at_);
    for (const Room& room : rooms_) due = std::min(due, room.retry_at());
  }
  return due == kNever ? kNever : due - std::min(due, behind_);
}

std::uint64_t Client::monotonic(std::uint64_t now) {
  now += behind_;
  if (now < latest_) {
    behind_ += latest_ - now;
    now = latest_;
  }
  return latest_ = now;
}

bool Client::can_send() const {
  return connection_.phase() == Connection::Phase::greeting || connection_.phase() == Connection::Phase::online;
}

void Client::carry_out(Connection::Step step) {
  switch (step) {
    case Connection::Step::nothing:
      return;
    case Connection::Step::open:
      wait(kNever);
      return act(ActionKind::open, 0);
    // A request that every server answers and that changes nothing, whatever the answer.
    case Connection::Step::probe:
      return send(FrameType::unsubscribe, 0, 4, ++last_ticket_, 0);
    case Connection::Step::drop:
      act(ActionKind::drop, 0, kCloseLost);
      return connection_gone(0);
  }
}

void Client::greet(std::uint64_t now) {
  send(FrameType::hello, producer_, 4, kProtocolVersion, 0, fingerprint_);
  for (Room& room : rooms_)
    if (room.wanted && now >= room.rejoin_at) send_join(room);
}

void Client::welcomed(const Incoming& frame, std::uint64_t now) {
  if (frame.integers[0] != kProtocolVersion) return misbehaved(ErrorCode::version_unsupported, now);
  connection_.welcomed(frame.integers[3], now);
  act(ActionKind::welcome, 0, frame.integers[2]);
  update_state();
  for (Room& room : rooms_)
    if (room.place == Room::Place::owed) send_join(room);
  flush(kNoRoom, now);
}

void Client::connection_gone(std::uint16_t close_code) {
  refresh_at_ = kNever;
  for (std::size_t i = 0; i < outbox_.size();) {
    const bool is_lost = outbox_[i].is_volatile;  // also one that waited: it would come late
    outbox_[i].maybe_taken = is_doubtful(outbox_[i]);
    outbox_[i].in_flight = false;
    if (is_mutated(Mutation::numbers_given_anew) && outbox_[i].type == FrameType::publish) outbox_[i].sequence = 0;
    if (is_lost)
      finish(i, ActionKind::settle, number(ErrorCode::connection_lost));
    else
      ++i;
  }
  for (Room& room : rooms_) {
    const bool was_leaving = room.phase != Room::Phase::away && !room.wanted;
    if (room.phase != Room::Phase::away || room.number != 0)
      room.place = Room::Place::held;  // if joining, it may have been granted
    room.phase = Room::Phase::away;
    set_number(room, 0);
    if (was_leaving) end_membership(room, 0);
  }
  if (connection_.phase() != Connection::Phase::closed) return update_state();
  const std::uint64_t code = connection_.bye_code() != 0 ? connection_.bye_code() : number(error_of_close_code(close_code));
  act(ActionKind::fault, 0, code);
  give_up(code);
}

void Client::give_up(std::uint64_t code) {
  final_ = code;
  for (Room& room : rooms_) end_membership(room, code);
  settle_all(kNoRoom, code);
  wait(kNever);
  update_state();
}

void Client::wait(std::uint64_t until, std::uint64_t code) {
  if (until == wait_until_ || until <= latest_) return;
  wait_until_ = until;
  act(ActionKind::wait, 0, code, until - behind_);
}

void Client::update_state() {
  const Connection::Phase phase = connection_.phase();
  const State state = phase == Connection::Phase::closed   ? State::closed
                      : phase == Connection::Phase::online ? State::connected
                      : connection_.was_online()           ? State::reconnecting
                                                           : State::connecting;
  if (state == state_) return;
  state_ = state;
  act(ActionKind::state, 0, static_cast<std::uint64_t>(state));
}

void Client::act(ActionKind kind, std::uint32_t reference, std::uint64_t first, std::uint64_t second, std::uint64_t third) {
  Action& action = actions_.add_unset();  // only members that are read are set: building and copying a whole action is slow
  action.kind = kind;
  action.reference = reference;
  action.count = 3;
  action.numbers[0] = first;
  action.numbers[1] = second;
  action.numbers[2] = third;
}

void Client::send(FrameType type, std::uint32_t reference, std::uint32_t count, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                  std::uint64_t d, std::uint64_t e) {
  Action& action = actions_.add_unset();
  action.kind = ActionKind::send;
  action.reference = reference;
  action.count = count;
  action.numbers = {static_cast<std::uint64_t>(type), a, b, c, d, e};
}

}  // namespace dialogue::client
