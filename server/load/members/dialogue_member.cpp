// The driver: does what js/src does around the same core, without a browser.
#include "server/load/members/dialogue_member.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "shared/base/base64.hpp"
#include "shared/base/percent.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/json/json_member.hpp"

namespace dialogue::load {

using client::Action;
using client::ActionKind;

namespace {

std::string name_of(std::uint64_t code) { return std::string(error_name(static_cast<ErrorCode>(code))); }

}  // namespace

DialogueMember::DialogueMember(Seat seat, DialogueTerms& terms, std::uint64_t history)
    : Member(std::move(seat), web_socket_),
      web_socket_(context_, *this),
      terms_(terms),
      history_(history),
      core_(context_.random()) {
  handle_ = core_.add_room();
}

std::uint64_t DialogueMember::now_ms() const { return context_.now_us / 1000; }

void DialogueMember::start() {
  core_.set_catalogue(terms_.fingerprint);
  join_ = core_.join(handle_, history_ == 0 ? JoinFrom::tail : JoinFrom::last, {0, history_}, now_ms());
  carry_out_all();
}

void DialogueMember::publish(const Stamp&, std::string body) {
  const client::Ticket ticket = core_.publish(handle_, terms_.event_number, false, now_ms());
  unsettled_.push_back({ticket, std::move(body)});
  carry_out_all();
}

void DialogueMember::tick() {
  if (core_.deadline() > now_ms()) return;
  core_.tick(now_ms());
  carry_out_all();
}

void DialogueMember::close() {
  core_.close();
  while (const Action* const action = core_.next())
    if (action->kind == ActionKind::drop) wire.close(static_cast<std::uint16_t>(action->numbers[0]));
}

// The core's immediate frames are sent within the handshake.
void DialogueMember::open() {
  core_.opened(now_ms());
  carry_out_all();
  first_ = std::exchange(batch_, {});
  batch_frames_ = 0;
  std::string offered(kSubprotocol);
  if (const std::string encoded = percent_encoded(first_); encoded.size() <= kFirstMessageCharsMax)
    offered.append(", ").append(kSubprotocolWithMessage).append(", ").append(encoded);
  web_socket_.open(terms_.path, offered);
}

void DialogueMember::opened(std::string_view answer) {
  was_open_ = true;
  const bool was_taken = answer.find(std::string(kSubprotocolWithMessage) + "\r\n") != std::string_view::npos;
  if (!was_taken) web_socket_.send(transport::Opcode::text, first_);
  first_.clear();
  first_.shrink_to_fit();
  audience_.wants_flush(*this);
}

void DialogueMember::ended(std::uint16_t code, const std::string& why, bool is_refused) {
  why_ = why;
  batch_.clear();
  batch_frames_ = 0;
  core_.lost(code, now_ms());
  carry_out_all();
  const bool was_open = std::exchange(was_open_, false);
  if (core_.state() == client::State::closed) return;  // reported with the action
  audience_.lost(*this, why, is_refused && !is_joined ? Loss::final : was_open ? Loss::broken : Loss::failed);
}

void DialogueMember::heard(std::string_view message) {
  FrameSplitter splitter(message);
  for (std::string_view text; splitter.next(text);) {
    Frame& frame = terms_.in_hand;
    if (read_frame(text, frame) != ErrorCode::ok) {
      why_ = "the server sent an invalid frame: " + std::string(text.substr(0, 100));
      core_.violated(ErrorCode::frame_malformed, now_ms());
      return carry_out_all();
    }
    client::Incoming incoming;
    incoming.type = frame.type;
    incoming.integers = frame.integers;
    core_.received(incoming, now_ms());
    carry_out_all();
    if (!wire.is_open()) return;
  }
}

void DialogueMember::carry_out_all() {
  while (const Action* const action = core_.next()) carry_out(Action{*action});  // a copy: carrying it out may make others
}

void DialogueMember::carry_out(const Action& action) {
  switch (action.kind) {
    case ActionKind::open:
      return open();
    case ActionKind::drop:
      wire.close(static_cast<std::uint16_t>(action.numbers[0]));
      was_open_ = false;
      return audience_.lost(*this, why_.empty() ? "the client gave up the connection" : why_, Loss::broken);
    case ActionKind::send:
      return send(action);
    case ActionKind::welcome:
      return welcomed(action.numbers[0]);
    case ActionKind::deliver: {
      std::string_view payload = terms_.in_hand.payload;
      if (const auto stamp = take_stamp(payload)) audience_.delivered(*this, *stamp);
      return;
    }
    case ActionKind::answer:
    case ActionKind::settle:
      return settled(action.reference, action.numbers[0]);
    case ActionKind::state:
      if (static_cast<client::State>(action.numbers[0]) == client::State::closed) audience_.lost(*this, why_, Loss::final);
      return;
    default:  // presence, gaps: what is missing is found by the numbers that never come
      return;
  }
}

void DialogueMember::send(const Action& action) {
  std::string text = "[";
  const bool has_ext = action.numbers[0] == static_cast<std::uint64_t>(FrameType::publish);
  for (std::size_t i = 0; i < action.count - has_ext; ++i) text.append(i ? "," : "").append(std::to_string(action.numbers[i]));
  if (has_ext) text.append(",").append(client::publish_ext(action.numbers[action.count - 1]));
  switch (static_cast<FrameType>(action.numbers[0])) {
    case FrameType::hello: {
      text += ",{";
      if (terms_.token.empty()) {
        text += R"("identity":{"userId":"u)" + std::to_string(index) + "\"}";
      } else {
        text += "\"token\":";
        append_json_string(text, terms_.token);
      }
      // A generation grows when the server has lost track of our numbers: then they count under another producer.
      text += R"(,"producer":{"id":")" + terms_.run + "-" + std::to_string(index) + "-" + std::to_string(action.reference) +
              R"(","outbox":"memory"})";
      if (!resume_.empty()) text += R"(,"resume":")" + resume_ + "\"";
      text += "}";
      break;
    }
    case FrameType::join:
      text += ",";
      append_json_string(text, room);
      text += terms_.is_deaf ? ",{\"events\":[]}" : ",{}";
      break;
    case FrameType::publish: {
      const auto found = std::find_if(unsettled_.begin(), unsettled_.end(),
                                      [&](const Unsettled& each) { return each.ticket == action.reference; });
      text.append(",").append(found->body);
      break;
    }
    default:
      break;
  }
  push(text += "]");
}

void DialogueMember::push(std::string_view frame) {
  const bool fits = batch_frames_ == 0 || (batch_frames_ < kBatchFramesMax && batch_.size() + 1 + frame.size() <= kBatchBytesMax);
  if (!fits) flush();
  if (batch_frames_++ != 0) batch_ += '\n';
  batch_ += frame;
  audience_.wants_flush(*this);
}

void DialogueMember::flush() {
  if (batch_frames_ != 0) web_socket_.send(transport::Opcode::text, batch_);
  batch_.clear();
  batch_frames_ = 0;
  wire.flush();
}

void DialogueMember::welcomed(std::uint64_t fingerprint) {
  resume_ = json_text_member(terms_.in_hand.payload, "resume");
  core_.set_catalogue(fingerprint);
  if (fingerprint == terms_.fingerprint) return;
  const auto bytes = decode_base64(json_text_member(terms_.in_hand.payload, "catalogue"));
  const auto catalogue = bytes ? CatalogueView::parse(*bytes) : std::nullopt;
  const auto event = catalogue ? catalogue->find_event(terms_.event) : std::nullopt;
  if (!event) return refuse_entry("the server's definitions have no event \"" + terms_.event + "\"; name another with --event");
  terms_.fingerprint = fingerprint;
  terms_.event_number = *event + 1;
}

void DialogueMember::settled(client::Ticket ticket, std::uint64_t code) {
  if (ticket == join_) {
    join_ = 0;
    if (code != 0) return refuse_entry("the server refuses members in \"" + room + "\": " + name_of(code));
    is_joined = true;
    return audience_.joined(*this);
  }
  const auto found =
      std::find_if(unsettled_.begin(), unsettled_.end(), [&](const Unsettled& each) { return each.ticket == ticket; });
  if (found == unsettled_.end()) return;
  unsettled_.erase(found);
  if (code == 0) return audience_.acknowledged(*this);
  const std::string message = json_text_member(terms_.in_hand.payload, "message");
  audience_.refused(*this, name_of(code) + (message.empty() ? "" : ": " + message));
}

void DialogueMember::refuse_entry(const std::string& why) {
  why_ = why;
  audience_.lost(*this, why, Loss::final);
}

}  // namespace dialogue::load
