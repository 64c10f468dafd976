// An update that is refused leaves the page ahead of the document, and every later update of it would need that one: the page is
// notified that it is read-only, and nothing more of it is taken.
#include "server/transport/yjs/yjs_translator.hpp"

#include <algorithm>

#include "server/core/documents/document_log.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/util/envelope_object.hpp"
#include "shared/document/split.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

constexpr std::uint64_t kJoinReq = 1, kWatchReq = 2;
const std::string kNoUpdate(2, '\0');  ///< the update that changes nothing

ErrorCode code_of(std::uint64_t number) { return error_row(static_cast<ErrorCode>(number)).code; }

}  // namespace

std::string first_message(const YjsOpening& opening) {
  JsonText object;
  object.text("client", "y-websocket").raw("direct", "[]");
  if (!opening.user_id.empty()) object.raw("identity", JsonText().text("userId", opening.user_id).take());
  std::string text;
  FrameWriter(text, FrameType::hello)
      .integer(kProtocolVersion)
      .integer(0)
      .integer(opening.fingerprint)
      .raw(object.take())
      .finish();
  text += '\n';
  std::string join;
  FrameWriter(join, FrameType::join)
      .integer(kJoinReq)
      .integer(static_cast<std::uint64_t>(JoinFrom::tail))
      .integer(0)
      .integer(0)
      .string(opening.room)
      .raw(JsonText().raw("match", '[' + json_string(opening.event) + ']').take())
      .finish();
  return text + join;
}

core::DocumentQuery YjsTranslator::question() const { return {opening_.room, opening_.event, false, questions_.front().since}; }

// --- The shard ---

void YjsTranslator::on_text(const std::string& text, std::uint64_t unix_ms) {
  FrameSplitter frames(text);
  Frame frame;
  for (std::string_view one; ending_ == Ending::none && frames.next(one);)
    if (read_frame(one, frame) == ErrorCode::ok) on_frame(frame, unix_ms);
  // A page that is busy gets no heartbeat.
  if (unix_ms < renewed_ms_ + kYjsRenewMs) return;
  renewed_ms_ = unix_ms;
  send_awareness(awareness_.renewed(unix_ms));
}

std::string YjsTranslator::heartbeat(std::uint64_t unix_ms) {
  renewed_ms_ = unix_ms;
  return awareness_message(awareness_.renewed(unix_ms));
}

void YjsTranslator::on_frame(const Frame& frame, std::uint64_t unix_ms) {
  switch (frame.type) {
    case FrameType::joined:
      return joined(frame);
    case FrameType::reply:
      if (frame.integers[0] == kJoinReq && frame.integers[1] != 0)
        refused(code_of(frame.integers[1]), core::text_in(frame.payload, "message"));
      return;
    case FrameType::bye:
      return refused(code_of(frame.integers[0]), core::text_in(frame.payload, "message"));
    case FrameType::left:
      return end(Ending::retry);
    case FrameType::ack:
      return acknowledged(frame);
    case FrameType::nack:
      return not_acknowledged(frame);
    case FrameType::event:
      return event(frame);
    case FrameType::gap:
    case FrameType::skip:
      own_.erase(own_.begin(), own_.upper_bound(frame.integers[2]));
      return ask({Question::What::missed, known_});
    case FrameType::watched:
    case FrameType::states:
      return send_awareness(awareness_.report(frame.payload, unix_ms));
    default:
      return;
  }
}

void YjsTranslator::joined(const Frame& frame) {
  if (frame.integers[0] != kJoinReq) return;
  room_ = frame.integers[1];
  ask({Question::What::opening});
  if (early_vector_) ask({Question::What::difference, std::exchange(early_vector_, std::nullopt)});
  std::string watch;
  FrameWriter(watch, FrameType::watch).integer(kWatchReq).string(opening_.room).raw("{}").finish();
  output_.frames.push_back(std::move(watch));
  if (early_state_) set_state(*std::exchange(early_state_, std::nullopt));
  release();
}

void YjsTranslator::refused(ErrorCode code, std::string_view message) {
  if (error_row(code).retryable) return end(Ending::retry);
  output_.messages.push_back(denied_message(message));
  end(Ending::refused);
}

void YjsTranslator::acknowledged(const Frame& frame) {
  own_.insert(frame.integers[3]);
  --in_flight_;
  release();
}

void YjsTranslator::not_acknowledged(const Frame& frame) {
  --in_flight_;
  const ErrorCode code = code_of(frame.integers[2]);
  if (error_row(code).retryable) return end(Ending::retry);
  if (code == ErrorCode::document_hole) {
    ask({Question::What::hole});
    return release();
  }
  if (!std::exchange(is_read_only_, true)) output_.messages.push_back(denied_message(core::text_in(frame.payload, "message")));
  waiting_.clear();
  waiting_bytes_ = 0;
}

void YjsTranslator::event(const Frame& frame) {
  if (frame.integers[0] != room_ || frame.integers[1] != opening_.event_number) return;
  if (own_.erase(frame.integers[2]) > 0) return;
  const auto update = core::update_of(frame.payload);
  if (update && *update != kNoUpdate) output_.messages.push_back(update_message(*update));
}

// --- The page ---

void YjsTranslator::on_message(std::string_view message) {
  using Kind = YjsMessage::Kind;
  if (ending_ != Ending::none) return;
  const YjsMessage read = read_yjs_message(message);
  switch (read.kind) {
    case Kind::ignored:
      return;
    case Kind::malformed:
      return end(Ending::malformed);
    case Kind::state_vector:
      if (room_ != 0) return ask({Question::What::difference, std::string(read.bytes)});
      early_vector_ = read.bytes;  // who the page is, and whether it may read, is not known
      return;
    case Kind::update:
      return publish(read.bytes);
    case Kind::awareness:
      return take_awareness(read.bytes);
    case Kind::awareness_query:
      return send_awareness(awareness_.all());
  }
}

void YjsTranslator::publish(std::string_view update) {
  if (is_read_only_ || update == kNoUpdate) return;
  std::vector<std::string> parts;
  if (!document::split_update(update, kDocumentUpdateBytesMax, parts)) return end(Ending::malformed);
  for (std::string& part : parts) {
    waiting_bytes_ += part.size();
    waiting_.push_back(std::move(part));
  }
  if (waiting_bytes_ > kYjsWaitingBytesMax) return end(Ending::retry);
  release();
}

void YjsTranslator::release() {
  for (; room_ != 0 && !waiting_.empty() && in_flight_ < kYjsInFlightMax; waiting_.pop_front()) {
    waiting_bytes_ -= waiting_.front().size();
    ++in_flight_;
    std::string frame;
    FrameWriter(frame, FrameType::publish)
        .integer(room_)
        .integer(opening_.event_number)
        .integer(0)
        .raw("0")
        .raw(core::update_payload(waiting_.front()))
        .finish();
    output_.frames.push_back(std::move(frame));
  }
}

void YjsTranslator::take_awareness(std::string_view bytes) {
  std::optional<std::string> state;
  if (!awareness_.take(bytes, state)) return;  // its cursors are not shown
  if (state && room_ == 0)
    early_state_ = std::move(state);
  else if (state)
    set_state(*state);
}

void YjsTranslator::set_state(std::string_view state) {
  std::string frame;
  FrameWriter(frame, FrameType::state).integer(++last_req_).string(opening_.room).raw(state).finish();
  output_.frames.push_back(std::move(frame));
}

void YjsTranslator::send_awareness(const std::vector<AwarenessState>& states) {
  if (!states.empty()) output_.messages.push_back(awareness_message(states));
}

// --- The document ---

// Of several state vectors of the page the newest counts.
void YjsTranslator::ask(Question question) {
  const auto waiting = std::find_if(questions_.begin() + (questions_.empty() ? 0 : 1), questions_.end(),
                                    [&](const Question& each) { return each.what == question.what; });
  if (waiting != questions_.end()) {
    waiting->since = std::move(question.since);
    return;
  }
  questions_.push_back(std::move(question));
  output_.asks = output_.asks || questions_.size() == 1;
}

void YjsTranslator::on_document(const core::DocumentQuery::Result& result) {
  if (questions_.empty() || ending_ != Ending::none) return;
  const Question answered = std::move(questions_.front());
  questions_.pop_front();
  if (result.fault.code != ErrorCode::ok && answered.what != Question::What::difference)
    return refused(result.fault.code, core::error_message(result.fault.code, result.fault.argument));
  if (result.fault.code != ErrorCode::ok) return end(Ending::malformed);
  switch (answered.what) {
    case Question::What::opening:
    case Question::What::hole:
      output_.messages.push_back(state_vector_message(result.state_vector));
      if (answered.what == Question::What::opening) known_ = result.state_vector;
      break;
    case Question::What::difference:
      output_.messages.push_back(difference_message(result.update));
      known_ = result.state_vector;
      break;
    case Question::What::missed:
      output_.messages.push_back(update_message(result.update));
      known_ = result.state_vector;
      break;
  }
  output_.asks = !questions_.empty();
}

void YjsTranslator::end(Ending ending) {
  if (ending_ == Ending::none) ending_ = ending;
}

}  // namespace dialogue::transport
