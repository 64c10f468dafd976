// One function per frame; the tails that are JSON objects are put together here, key by key.
#include "server/core/messages/frame_text.hpp"

#include <utility>

#include "server/core/util/plain_text.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {
namespace {

constexpr std::size_t kUsualAckBytes = 64;
constexpr std::size_t kUsualEnvelopeBytes = 96;  ///< of a frame without its texts

SharedBytes share(std::string&& text) { return std::make_shared<const std::string>(std::move(text)); }

void append_member(std::string& object, std::string_view name, std::string_view text) {
  object += object.size() > 1 ? ",\"" : "\"";
  object += name;
  object += "\":";
  append_any_text(object, text);
}

std::string message_object(const Error& fault) {
  std::string object = "{";
  append_member(object, "message", error_message(fault.code, fault.argument));
  if (const std::string_view reason = refusal_reason(fault); !reason.empty()) append_member(object, "reason", reason);
  return object;  // not closed: NACK has more to say
}

std::string refusal_object(const Error& fault, std::string_view data, std::uint64_t retry_after_ms) {
  std::string object = message_object(fault);
  if (!fault.path.empty()) append_member(object, "path", fault.path);
  if (!fault.argument.empty()) append_member(object, "argument", fault.argument);
  if (!data.empty()) object.append(",\"data\":").append(data);
  if (retry_after_ms != 0) object += ",\"retryAfterMs\":" + std::to_string(retry_after_ms);
  return object + '}';
}

std::uint64_t number_of(ErrorCode code) { return static_cast<std::uint64_t>(code); }

void append_users(std::string& out, const std::vector<PresentUser>& users) {
  bool is_first = true;
  for (const PresentUser& user : users) {
    if (!std::exchange(is_first, false)) out += ',';
    append_user(out, user);
  }
}

void append_snapshot(std::string& out, const PresenceSnapshot& presence) {
  if (presence.occupancy) {
    out += "\"occupancy\":" + std::to_string(*presence.occupancy);
    return;
  }
  out += "\"members\":[";
  append_users(out, presence.members);
  out += ']';
}

SharedBytes presence_text(const PresenceChange& change, std::string_view object) {
  std::string text;
  FrameWriter(text, FrameType::presence).integer(change.room).integer(change.clock).raw(object).finish();
  return share(std::move(text));
}

SharedBytes nack_frame(const PublishResponse& answer) {
  std::string object = message_object(answer.fault);
  if (!answer.fault.path.empty()) append_member(object, "path", answer.fault.path);
  if (!answer.fault.argument.empty()) append_member(object, "argument", answer.fault.argument);
  if (answer.expected != 0) object += ",\"expected\":" + std::to_string(answer.expected);
  object += '}';
  std::string text;
  FrameWriter(text, FrameType::nack)
      .integer(answer.room)
      .integer(answer.producer_seq)
      .integer(number_of(answer.fault.code))
      .integer(answer.retry_after_ms)
      .raw(object)
      .finish();
  return share(std::move(text));
}

}  // namespace

void append_user(std::string& out, const PresentUser& user) {
  out += "{\"userId\":";
  append_json_string(out, user.user_id);
  if (!user.name.empty()) {
    out += ",\"name\":";
    append_json_string(out, user.name);
  }
  if (!user.meta.empty()) out += ",\"meta\":" + user.meta;
  out += '}';
}

std::string error_message(ErrorCode code, std::string_view argument) {
  std::string message(error_row(code).message);
  if (const std::size_t hole = message.find("{}"); hole != std::string::npos) message.replace(hole, 2, argument);
  return message;
}

SharedBytes welcome_frame(const WelcomeText& welcome) {
  std::string text;
  text.reserve(welcome.object.size() + kUsualEnvelopeBytes);
  FrameWriter(text, FrameType::welcome)
      .integer(kProtocolVersion)
      .integer(welcome.features)
      .integer(welcome.fingerprint)
      .integer(welcome.ping_ms)
      .integer(welcome.server_time_ms)
      .integer(welcome.producer_epoch)
      .raw(welcome.object)
      .finish();
  return share(std::move(text));
}

SharedBytes joined_frame(std::uint64_t req, std::string_view room_id, const Admission& admission) {
  std::string object = "{\"roomId\":";
  append_json_string(object, room_id);
  object += ",\"name\":";
  append_json_string(object, admission.room_name);
  if (const auto max_size = admission.rules->definition.max_size) object += ",\"maxSize\":" + std::to_string(*max_size);
  if (!admission.restart_reason.empty()) object.append(",\"reason\":\"").append(admission.restart_reason).append("\"");
  object += ",\"clock\":" + std::to_string(admission.presence_clock) + ',';
  append_snapshot(object, admission.presence);
  object += '}';
  std::string text;
  text.reserve(object.size() + kUsualEnvelopeBytes);
  FrameWriter(text, FrameType::joined)
      .integer(req)
      .integer(admission.room)
      .integer(admission.epoch)
      .integer(admission.base)
      .integer(admission.head)
      .integer(admission.restart_reason.empty() ? 1 : 0)
      .raw(object)
      .finish();
  return share(std::move(text));
}

SharedBytes left_frame(std::uint64_t req, std::uint64_t room, ErrorCode code) {
  std::string text;
  FrameWriter(text, FrameType::left).integer(req).integer(room).integer(number_of(code)).finish();
  return share(std::move(text));
}

SharedBytes event_frame(std::uint64_t room, const EventRecord& record) {
  std::string text;
  text.reserve(record.payload.size() + record.from.size() + kUsualEnvelopeBytes);
  FrameWriter frame(text, FrameType::event);
  frame.integer(room).integer(std::uint64_t{record.event} + 1).integer(record.seq).integer(record.timestamp_ms);
  frame.string(record.from);
  const std::string trace = record.trace ? "\"trace\":\"" + record.trace->traceparent + '"' : std::string();
  if (record.deletes)
    frame.raw("{\"deleted\":1" + (trace.empty() ? "" : ',' + trace) + '}');
  else if (record.trace)
    frame.raw('{' + trace + '}');
  else
    frame.integer(0);
  frame.raw(record.payload).finish();
  return share(std::move(text));
}

SharedBytes skip_frame(std::uint64_t room, std::uint64_t from_seq, std::uint64_t to_seq) {
  std::string text;
  FrameWriter(text, FrameType::skip).integer(room).integer(from_seq).integer(to_seq).finish();
  return share(std::move(text));
}

SharedBytes gap_frame(std::uint64_t room, std::uint64_t from_seq, std::uint64_t to_seq, ErrorCode code) {
  std::string text;
  FrameWriter(text, FrameType::gap).integer(room).integer(from_seq).integer(to_seq).integer(number_of(code)).finish();
  return share(std::move(text));
}

SharedBytes publish_answer_frame(const PublishResponse& answer) {
  if (answer.fault.code != ErrorCode::ok) return nack_frame(answer);
  std::string text;
  text.reserve(kUsualAckBytes);
  FrameWriter(text, FrameType::ack)
      .integer(answer.room)
      .integer(answer.producer_seq)
      .integer(answer.position.epoch)
      .integer(answer.position.seq)
      .integer(answer.position.timestamp_ms)
      .integer(answer.duplicate ? 1 : 0)
      .finish();
  return share(std::move(text));
}

SharedBytes reply_frame(std::uint64_t req, std::string_view result) {
  std::string text;
  FrameWriter(text, FrameType::reply).integer(req).integer(0).raw(result).finish();
  return share(std::move(text));
}

SharedBytes refusal_frame(std::uint64_t req, const Error& fault, std::uint64_t retry_after_ms) {
  std::string object = message_object(fault), text;
  if (retry_after_ms != 0) object += ",\"retryAfterMs\":" + std::to_string(retry_after_ms);
  FrameWriter(text, FrameType::reply).integer(req).integer(number_of(fault.code)).raw(object + '}').finish();
  return share(std::move(text));
}

SharedBytes token_frame(std::uint64_t req, std::uint64_t lasts_ms) {
  std::string text;
  FrameWriter(text, FrameType::token).integer(req).integer(lasts_ms).finish();
  return share(std::move(text));
}

SharedBytes renew_frame(std::uint64_t room) {
  std::string text;
  FrameWriter(text, FrameType::renew).integer(room).finish();
  return share(std::move(text));
}

SharedBytes presence_frame(const PresenceChange& change) {
  if (change.delta.by_number) return occupancy_frame(change);
  std::string object = "{";
  if (!change.delta.joined.empty()) {
    object += "\"joined\":[";
    append_users(object, change.delta.joined);
    object += ']';
  }
  if (!change.delta.left.empty()) {
    object += object.size() > 1 ? ",\"left\":[" : "\"left\":[";
    char before = 0;
    for (const std::string& user_id : change.delta.left) {
      if (std::exchange(before, ',') != 0) object += ',';
      append_json_string(object, user_id);
    }
    object += ']';
  }
  return presence_text(change, object + '}');
}

SharedBytes occupancy_frame(const PresenceChange& change) {
  return presence_text(change, "{\"occupancy\":" + std::to_string(change.occupancy) + '}');
}

SharedBytes history_frame(const HistoryResponse& history) {
  if (history.fault.code != ErrorCode::ok) return refusal_frame(history.req, history.fault);
  std::string text = "{\"epoch\":" + std::to_string(history.epoch) + ",\"base\":" + std::to_string(history.base) +
                     ",\"head\":" + std::to_string(history.head) + ",\"first\":" + std::to_string(history.first) +
                     ",\"last\":" + std::to_string(history.last) + ",\"events\":[";
  bool is_first = true;
  for (const EventRecord& record : history.events) {
    text += std::exchange(is_first, false) ? "[" : ",[";
    text += std::to_string(record.event + 1) + ',' + std::to_string(record.seq) + ',' + std::to_string(record.timestamp_ms) + ',';
    append_json_string(text, record.from);
    text.append(",").append(record.payload).append("]");
  }
  text += ']';
  if (!history.damaged.empty()) {
    text += ",\"damaged\":";
    char before = '[';
    for (const auto& [first, last] : history.damaged)
      text.append(1, std::exchange(before, ',')).append("[" + std::to_string(first) + ',' + std::to_string(last) + ']');
    text += ']';
  }
  return reply_frame(history.req, text + '}');
}

SharedBytes result_frame(std::uint64_t call, std::string_view answer) {
  std::string text;
  text.reserve(answer.size() + kUsualEnvelopeBytes);
  FrameWriter(text, FrameType::result).integer(call).integer(0).raw(answer).finish();
  return share(std::move(text));
}

SharedBytes result_refusal_frame(std::uint64_t call, const Error& fault, std::string_view data, std::uint64_t retry_after_ms) {
  const std::string object = refusal_object(fault, data, retry_after_ms);
  std::string text;
  FrameWriter(text, FrameType::result).integer(call).integer(number_of(fault.code)).raw(object).finish();
  return share(std::move(text));
}

SharedBytes item_frame(std::uint64_t call, std::uint64_t number, std::string_view item) {
  std::string text;
  text.reserve(item.size() + kUsualEnvelopeBytes);
  FrameWriter(text, FrameType::item).integer(call).integer(number).raw(item).finish();
  return share(std::move(text));
}

SharedBytes allow_frame(std::uint64_t call, std::uint64_t up_to) {
  std::string text;
  FrameWriter(text, FrameType::allow).integer(call).integer(up_to).finish();
  return share(std::move(text));
}

SharedBytes watched_frame(std::uint64_t req, std::uint64_t room, std::uint64_t clock, std::string_view page) {
  std::string text;
  text.reserve(page.size() + kUsualEnvelopeBytes);
  FrameWriter(text, FrameType::watched).integer(req).integer(0).integer(room).integer(clock).raw(page).finish();
  return share(std::move(text));
}

SharedBytes watch_refusal_frame(std::uint64_t req, std::uint64_t room, const Error& fault, std::uint64_t retry_after_ms) {
  const std::string object = refusal_object(fault, {}, retry_after_ms);
  std::string text;
  FrameWriter(text, FrameType::watched).integer(req).integer(number_of(fault.code)).integer(room).integer(0).raw(object).finish();
  return share(std::move(text));
}

SharedBytes states_frame(std::uint64_t room, std::uint64_t clock, std::string_view changes) {
  std::string text;
  text.reserve(changes.size() + kUsualEnvelopeBytes);
  FrameWriter(text, FrameType::states).integer(room).integer(clock).raw(changes).finish();
  return share(std::move(text));
}

SharedBytes ping_frame(std::uint64_t server_time_ms) {
  std::string text;
  FrameWriter(text, FrameType::ping).integer(server_time_ms).finish();
  return share(std::move(text));
}

SharedBytes bye_frame(const Error& fault, std::uint64_t retry_after_ms) {
  std::string text;
  FrameWriter(text, FrameType::bye)
      .integer(number_of(fault.code))
      .integer(retry_after_ms)
      .raw(message_object(fault) + '}')
      .finish();
  return share(std::move(text));
}

}  // namespace dialogue::core
