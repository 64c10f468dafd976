// The driver of the client core. What is text stays here; every decision is the core's.
#include "server/shell/session.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "client-wasm/core/incoming.hpp"
#include "server/load/wire/clock.hpp"
#include "server/load/wire/line_client.hpp"
#include "server/load/wire/websocket_client.hpp"
#include "shared/base/base64.hpp"
#include "shared/json/json_member.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::shell {

using client::Action;
using client::ActionKind;

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::uint64_t kGoodbyeMs = 1'000;
constexpr std::uint16_t kCloseRefused = 1008, kCloseInternal = 1011;  ///< docs/protocol.md, BYE

std::uint64_t random_number() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32 | device() | 1;
}

std::string name_of(std::uint64_t code) { return std::string(error_name(static_cast<ErrorCode>(code))); }

/// The close code that a WebSocket would have had after this BYE.
std::uint16_t close_code_after(ErrorCode bye) {
  const ErrorRow& row = error_row(bye);
  if (row.close_code != 0) return row.close_code;
  return row.retryable ? kCloseInternal : kCloseRefused;
}

}  // namespace

Session::Session(const ConnectOptions& connect, SessionObserver& observer, Reactor& reactor)
    : connect_(connect), observer_(observer), reactor_(reactor), buffer_(kReadBytes) {
  context_.epoll = reactor.epoll();
  context_.address = load::resolve(connect.url.target);
  context_.authority = connect.url.target.authority;
  if (connect.url.target.is_secure) context_.tls = &tls_.emplace(connect.trust, connect.url.target.host);
  context_.buffer = buffer_;
  context_.random_state = random_number();
  context_.now_us = load::clock_us();
  core_.seed(random_number());
  producer_ = "sh-" + std::to_string(random_number());
  load::StreamClient::Listener& listener = *this;
  if (connect.url.is_tcp)
    wire_ = std::make_unique<load::LineClient>(context_, listener);
  else
    wire_ = std::make_unique<load::WebSocketClient>(context_, listener);
}

// --- Requests ---

client::RoomHandle Session::handle_of(const std::string& room_id) {
  const auto found = rooms_.find(room_id);
  return found != rooms_.end() ? found->second : rooms_[room_id] = core_.add_room();
}

client::Ticket Session::join(const std::string& room_id, JoinFrom from, client::Position position, std::string options) {
  room_id_ = room_id;
  join_options_ = std::move(options);
  room_ = handle_of(room_id);
  return core_.join(room_, from, position, now_ms());
}

client::Ticket Session::publish(const std::string& event, bool is_volatile, std::string payload) {
  const client::Ticket ticket = core_.publish(room_, *catalogue_.find_event(event) + 1, is_volatile, now_ms());
  unsettled_[ticket] = {event, std::move(payload)};
  return ticket;
}

client::Ticket Session::list(std::string options) {
  const client::Ticket ticket = core_.ask(FrameType::list, now_ms());
  lists_[ticket] = std::move(options);
  return ticket;
}

void Session::turn() {
  if (core_.deadline() <= now_ms()) core_.tick(now_ms());
  carry_out_all();
  if (batch_frames_ != 0 && wire_->is_open()) wire_->send_frames(batch_);
  batch_.clear();
  batch_frames_ = 0;
  wire_->flush();
}

void Session::close() {
  turn();
  has_ended_ = true;  // what the core says now, its caller knows
  core_.close();
  carry_out_all();
  const std::uint64_t until_ms = now_ms() + kGoodbyeMs;
  while (wire_->is_there() && now_ms() < until_ms) (void)reactor_.wait(context_, -1, until_ms);
}

// --- The connection ---

void Session::open() {
  bye_.reset();
  why_.clear();
  if (connect_.url.is_tcp) return static_cast<load::LineClient&>(*wire_).open();
  static_cast<load::WebSocketClient&>(*wire_).open(connect_.url.target.path, kSubprotocol);
}

void Session::opened(std::string_view) {
  core_.opened(now_ms());
  turn();
}

void Session::ended(std::uint16_t code, const std::string& why, bool is_refused) {
  batch_.clear();
  batch_frames_ = 0;
  if (why_.empty()) why_ = why;
  if (code == 0 && bye_) code = close_code_after(*bye_);
  core_.lost(code, now_ms());
  carry_out_all();
  if (has_ended_) return;
  if (is_refused && !was_welcomed_) return end(why_);
  observer_.lost(why_);
}

void Session::heard(std::string_view message) {
  while (!message.empty() && wire_->is_there()) {
    const std::size_t end = std::min(message.find('\n'), message.size());
    take_frame(message.substr(0, end));
    message.remove_prefix(std::min(end + 1, message.size()));
  }
}

void Session::take_frame(std::string_view text) {
  if (read_frame(text, in_hand_) != ErrorCode::ok) {
    why_ = "the server sent an invalid frame: " + std::string(text.substr(0, 100));
    core_.violated(ErrorCode::frame_malformed, now_ms());
    return carry_out_all();
  }
  client::Incoming incoming{.type = in_hand_.type, .integers = in_hand_.integers};
  switch (in_hand_.type) {
    case FrameType::bye:
      bye_ = static_cast<ErrorCode>(in_hand_.integers[0]);
      why_ = name_of(in_hand_.integers[0]) + ": " + json_text_member(in_hand_.payload, "message");
      break;
    case FrameType::ping:  // a WebSocket has answered its own
      if (connect_.url.is_tcp) push("[11]");
      break;
    case FrameType::joined:
      incoming.named_room = handle_of(json_text_member(in_hand_.payload, "roomId"));
      break;
    default:
      break;
  }
  core_.received(incoming, now_ms());
  carry_out_all();
}

// --- What the core decides ---

void Session::carry_out_all() {
  while (const Action* const action = core_.next()) carry_out(Action{*action});  // a copy: carrying it out may make others
}

void Session::carry_out(const Action& action) {
  switch (action.kind) {
    case ActionKind::open:
      return open();
    case ActionKind::drop:
      wire_->close(static_cast<std::uint16_t>(action.numbers[0]));
      batch_.clear();
      batch_frames_ = 0;
      if (!has_ended_) observer_.lost(why_.empty() ? "the server is silent" : why_);
      return;
    case ActionKind::send:
      return send(action);
    case ActionKind::welcome:
      return welcomed(action.numbers[0]);
    case ActionKind::deliver:
      if (action.reference == room_) observer_.delivered(in_hand_, core_.position(room_).epoch);
      return;
    case ActionKind::gap:
      if (action.reference == room_)
        observer_.missed(action.numbers[0], action.numbers[1], static_cast<ErrorCode>(action.numbers[2]));
      return;
    case ActionKind::left:
      if (action.reference == room_ && !has_ended_) observer_.left(static_cast<ErrorCode>(action.numbers[0]));
      return;
    case ActionKind::answer:
      return settle(action.reference, action.numbers[0], &in_hand_);
    case ActionKind::settle:
      return settle(action.reference, action.numbers[0], nullptr);
    case ActionKind::wait:
      return observer_.waiting(static_cast<ErrorCode>(action.numbers[0]));
    case ActionKind::fault:
      // A token is all that we have: another one cannot be asked for.
      if (static_cast<ErrorCode>(action.numbers[0]) == ErrorCode::token_expired) end(name_of(action.numbers[0]) + ": " + why_);
      return;
    case ActionKind::state:
      if (static_cast<client::State>(action.numbers[0]) == client::State::closed) end(why_);
      return;
    default:
      return;
  }
}

void Session::end(const std::string& why) {
  if (!std::exchange(has_ended_, true)) observer_.ended(why);
}

void Session::settle(client::Ticket ticket, std::uint64_t code, const Frame* answer) {
  unsettled_.erase(ticket);
  lists_.erase(ticket);
  if (answer == nullptr && core_.state() == client::State::closed) end(why_);  // the server's reason is more precise
  if (!has_ended_) observer_.settled(ticket, static_cast<ErrorCode>(code), answer);
}

void Session::welcomed(std::uint64_t fingerprint) {
  resume_ = json_text_member(in_hand_.payload, "resume");
  core_.set_catalogue(fingerprint);
  if (!was_welcomed_ || fingerprint != catalogue_.fingerprint()) {
    auto bytes = decode_base64(json_text_member(in_hand_.payload, "catalogue"));
    const auto parsed = bytes ? CatalogueView::parse(*bytes) : std::nullopt;
    if (!parsed) return end("the server's definitions cannot be read");
    catalogue_bytes_ = std::move(*bytes);
    catalogue_ = *CatalogueView::parse(catalogue_bytes_);
    for (const auto& [ticket, publication] : unsettled_) {
      const auto event = catalogue_.find_event(publication.event);
      if (!event) return end("the server's definitions have changed: there is no event \"" + publication.event + "\" any more");
      core_.renumber(ticket, *event + 1);
    }
  }
  was_welcomed_ = true;
  observer_.welcomed(catalogue_);
}

// --- What leaves ---

std::string Session::hello_object(std::uint32_t generation) const {
  JsonText object;
  if (!connect_.token.empty())
    object.text("token", connect_.token);
  else if (!connect_.user.empty())
    object.raw("identity", JsonText().text("userId", connect_.user).take());
  object.text("client", "dialogue shell");
  // A generation grows when the server has lost track of our numbers: then they count under another producer.
  object.raw("producer", JsonText().text("id", producer_ + "-" + std::to_string(generation)).text("outbox", "memory").take());
  if (!resume_.empty()) object.text("resume", resume_);
  return object.take();
}

void Session::send(const Action& action) {
  std::string text = "[";
  const auto type = static_cast<FrameType>(action.numbers[0]);
  const bool has_ext = type == FrameType::publish;
  for (std::size_t i = 0; i < action.count - has_ext; ++i) text.append(i ? "," : "").append(std::to_string(action.numbers[i]));
  if (has_ext) text.append(",").append(client::publish_ext(action.numbers[action.count - 1]));
  switch (type) {
    case FrameType::hello:
      text.append(",").append(hello_object(action.reference));
      break;
    case FrameType::join:
      for (const auto& [id, handle] : rooms_)
        if (handle == action.reference)
          text.append(",").append(json_string(id)).append(",").append(handle == room_ ? join_options_ : "{}");
      break;
    case FrameType::publish:
      text.append(",").append(unsettled_[action.reference].payload);
      break;
    case FrameType::list:
      text.append(",").append(lists_[action.reference]);
      break;
    case FrameType::refresh:
      text.append(",").append(JsonText().text("token", connect_.token).take());
      break;
    default:
      break;
  }
  push(text += "]");
}

void Session::push(std::string_view frame) {
  const bool fits = batch_frames_ == 0 || (batch_frames_ < kBatchFramesMax && batch_.size() + 1 + frame.size() <= kBatchBytesMax);
  if (!fits) {
    wire_->send_frames(batch_);
    batch_.clear();
    batch_frames_ = 0;
  }
  if (batch_frames_++ != 0) batch_ += '\n';
  batch_ += frame;
}

}  // namespace dialogue::shell
