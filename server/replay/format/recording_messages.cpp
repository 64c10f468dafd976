// Messages of the embedding program in a recording. See recording_values.hpp.
#include <memory>
#include <utility>

#include "server/replay/format/recording_values.hpp"
#include "shared/base/base64.hpp"
#include "shared/base/traceparent.hpp"

namespace dialogue::replay {

std::string_view application_message_name(const core::ShardMessageBody& body) {
  if (std::holds_alternative<core::CreateRoom>(body)) return "create_room";
  if (std::holds_alternative<core::DeleteRoom>(body)) return "delete_room";
  if (std::holds_alternative<core::ServerPublish>(body)) return "server_publish";
  if (std::holds_alternative<core::HistoryQuery>(body)) return "history_query";
  if (std::holds_alternative<core::DocumentQuery>(body)) return "document_query";
  if (std::holds_alternative<core::CompactDocument>(body)) return "compact_document";
  if (std::holds_alternative<core::RoomsQuery>(body)) return "rooms_query";
  if (std::holds_alternative<core::ConnectionsQuery>(body)) return "connections_query";
  if (std::holds_alternative<core::UsersQuery>(body)) return "users_query";
  if (std::holds_alternative<core::MembersQuery>(body)) return "members_query";
  if (std::holds_alternative<core::KickUser>(body)) return "kick_user";
  if (std::holds_alternative<core::LeaveRoom>(body)) return "leave_room";
  if (std::holds_alternative<core::RevokeTokens>(body)) return "revoke_tokens";
  if (std::holds_alternative<core::SendEvent>(body)) return "send_event";
  if (std::holds_alternative<core::ForgetUser>(body)) return "forget_user";
  if (std::holds_alternative<core::ObserveQuery>(body)) return "observe_query";
  if (std::holds_alternative<core::LogMoved>(body)) return "log_moved";
  if (std::holds_alternative<core::VolatileEvent>(body)) return "volatile_event";
  if (std::holds_alternative<core::OtherMembers>(body)) return "other_members";
  if (std::holds_alternative<core::PlaceVerdict>(body)) return "place_verdict";
  if (std::holds_alternative<core::RoomMade>(body)) return "room_made";
  if (std::holds_alternative<core::RoomRemoved>(body)) return "room_removed";
  return {};
}

namespace {

struct ShardMessageWriter {
  LineWriter& line;
  const Privacy& privacy;

  void operator()(const core::CreateRoom& body) const { write_room(started(body), body.definition); }
  void operator()(const core::DeleteRoom& body) const { started(body).text(body.room_id); }
  void operator()(const core::ServerPublish& body) const {
    started(body).text(body.room_id).text(body.event).text(payload_of(body.payload, privacy)).text(body.from);
    line.begin();
    if (body.producer || body.trace || body.deletes || body.as) {
      line.text(body.producer ? *body.producer : std::string());
      line.number(body.producer_seq).number(body.hash).number(body.refusal_counts);
    }
    if (body.trace || body.deletes || body.as) line.text(body.trace ? body.trace->traceparent : std::string());
    if (body.deletes || body.as) line.number(body.deletes ? 1 : 0);
    if (body.as) write_verdict(line, *body.as, false);
    line.end();
  }
  void operator()(const core::HistoryQuery& body) const {
    started(body).text(body.room_id).number(body.since).number(body.before).number(body.limit);
    line.number(body.oldest_first ? 1 : 0);
    if (!body.events.empty() || body.from_ms > 0 || body.until_ms != kSafeIntegerMax)
      line.texts(body.events).number(body.from_ms).number(body.until_ms);
  }
  void operator()(const core::DocumentQuery& body) const {
    started(body).text(body.room_id).text(body.event).number(body.wants_roots ? 1 : 0);
    if (body.since) line.text(encode_base64({reinterpret_cast<const std::uint8_t*>(body.since->data()), body.since->size()}));
  }
  void operator()(const core::CompactDocument& body) const {
    started(body).text(body.room_id).text(body.event).text(body.erased_user);
  }
  void operator()(const core::RoomsQuery& body) const { page(started(body), body.page); }
  void operator()(const core::ConnectionsQuery& body) const { started(body).text(body.user_id); }
  void operator()(const core::UsersQuery& body) const { page(started(body), body.page).texts(body.users); }
  void operator()(const core::MembersQuery& body) const { page(started(body).text(body.room_id), body.page); }
  void operator()(const core::KickUser& body) const { started(body).text(body.user_id).text(body.reason); }
  void operator()(const core::ForgetUser& body) const { started(body).text(body.user_id); }
  void operator()(const core::LeaveRoom& body) const { started(body).text(body.user_id).text(body.room_id); }
  void operator()(const core::RevokeTokens& body) const {
    started(body)
        .text(body.what.token_id)
        .text(body.what.user_id)
        .number(body.what.issued_before_s)
        .number(body.what.is_exact ? 1 : 0)
        .number(body.what.key);
  }
  void operator()(const core::SendEvent& body) const {
    started(body).text(body.user_id).text(body.session_id).text(body.event);
    line.text(payload_of(body.payload, privacy)).text(body.from);
  }
  void operator()(const core::ObserveQuery& body) const {
    started(body).number(static_cast<std::uint64_t>(body.what)).number(static_cast<std::uint64_t>(body.sort));
    line.number(body.is_closed ? 1 : 0).number(body.limit).number(body.after_value ? 1 : 0).number(body.after_value.value_or(0));
    for (const std::string* text : {&body.after_id, &body.user_id, &body.room_id, &body.session_id, &body.reason, &body.event})
      line.text(*text);
    line.text(payload_of(body.payload, privacy));
  }
  void operator()(const core::LogMoved& body) const { line.number(body.room).number(body.epoch).number(body.head); }
  void operator()(const core::VolatileEvent& body) const {
    line.text(body.room_id).text(body.event).text(body.from).text(payload_of(body.payload, privacy)).number(body.timestamp_ms);
  }
  void operator()(const core::OtherMembers& body) const {
    line.text(body.room_id).number(body.members).texts(body.left).begin();
    for (const core::PresentUser& user : body.joined) line.text(user.user_id).text(user.name).text(user.meta);
    line.end();
  }
  void operator()(const core::RoomMade& body) const { line.text(body.room_id).text(body.definition); }
  void operator()(const core::RoomRemoved& body) const { line.text(body.room_id); }
  void operator()(const core::PlaceVerdict& body) const {
    line.text(body.room_id).number(body.ticket).number(body.is_granted ? 1 : 0);
  }
  template <typename Other>
  void operator()(const Other&) const {}

  static LineWriter& page(LineWriter& to, const core::PageRange& page) { return to.text(page.after).number(page.limit); }
  template <typename Question>
  LineWriter& started(const Question& body) const {
    return line.number(body.call);
  }
};

core::ServerPublish read_publish(LineReader& line) {
  core::ServerPublish body;
  for (std::string* value : {&body.room_id, &body.event, &body.payload, &body.from}) *value = line.text();
  line.begin();
  if (!line.more()) return body;
  if (std::string producer = line.text(); !producer.empty())
    body.producer = std::make_shared<const std::string>(std::move(producer));
  body.producer_seq = line.number();
  body.hash = static_cast<core::PayloadHash>(line.number());
  body.refusal_counts = line.flag();
  if (!line.more()) return body;
  if (std::string context = line.text(); read_traceparent(context))
    body.trace = std::make_shared<const core::PublicationTrace>(core::PublicationTrace{std::move(context), nullptr});
  if (!line.more()) return body;
  body.deletes = line.flag();
  if (!line.more()) return body;
  if (core::AuthResult as = read_verdict(line); auto* identity = std::get_if<core::Identity>(&as))
    body.as = std::make_shared<const core::Identity>(std::move(*identity));
  line.end();
  return body;
}

core::PageRange read_range(LineReader& line) {
  core::PageRange page;
  page.after = line.text();
  page.limit = line.number();
  return page;
}

core::RoomsQuery read_rooms_query(LineReader& line) {
  core::RoomsQuery body;
  if (line.more()) body.page = read_range(line);  // older recordings have no pages
  return body;
}

core::UsersQuery read_users_query(LineReader& line) {
  core::UsersQuery body;
  body.page = read_range(line);
  body.users = line.texts();
  return body;
}

core::MembersQuery read_members_query(LineReader& line) {
  core::MembersQuery body;
  body.room_id = line.text();
  body.page = read_range(line);
  return body;
}

core::HistoryQuery read_query(LineReader& line) {
  core::HistoryQuery body;
  body.room_id = line.text();
  body.since = line.number();
  body.before = line.number();
  body.limit = line.number();
  body.oldest_first = line.flag();
  if (!line.more()) return body;
  body.events = line.texts();
  body.from_ms = line.number();
  body.until_ms = line.number();
  return body;
}

core::DocumentQuery read_document_query(LineReader& line) {
  core::DocumentQuery body;
  body.room_id = line.text();
  body.event = line.text();
  body.wants_roots = line.flag();
  if (!line.more()) return body;
  const auto bytes = decode_base64(line.text()).value_or(std::vector<std::uint8_t>());
  body.since.emplace(bytes.begin(), bytes.end());
  return body;
}

core::CompactDocument read_compact(LineReader& line) {
  core::CompactDocument body;
  for (std::string* value : {&body.room_id, &body.event, &body.erased_user}) *value = line.text();
  return body;
}

core::SendEvent read_send(LineReader& line) {
  core::SendEvent body;
  for (std::string* value : {&body.user_id, &body.session_id, &body.event, &body.payload, &body.from}) *value = line.text();
  return body;
}

core::ObserveQuery read_observe(LineReader& line) {
  core::ObserveQuery body;
  constexpr auto kLastWhat = static_cast<std::uint64_t>(core::ObserveQuery::What::forget);
  constexpr auto kLastSort = static_cast<std::uint64_t>(core::ConnectionSort::rooms);
  body.what = static_cast<core::ObserveQuery::What>(std::min(line.number(), kLastWhat));
  body.sort = static_cast<core::ConnectionSort>(std::min(line.number(), kLastSort));
  body.is_closed = line.flag();
  body.limit = line.number();
  const bool has_after = line.flag();
  const std::uint64_t after = line.number();
  if (has_after) body.after_value = after;
  for (std::string* text :
       {&body.after_id, &body.user_id, &body.room_id, &body.session_id, &body.reason, &body.event, &body.payload})
    *text = line.text();
  return body;
}

core::RevokeTokens read_revocation(LineReader& line) {
  core::RevokeTokens body;
  body.what.token_id = line.text();
  body.what.user_id = line.text();
  body.what.issued_before_s = line.number();
  body.what.is_exact = true;  // as it counted in recordings without the rest
  if (!line.more()) return body;
  body.what.is_exact = line.flag();
  body.what.key = line.number();
  return body;
}

core::LogMoved read_log_moved(LineReader& line) {
  core::LogMoved body;
  for (std::uint64_t* value : {&body.room, &body.epoch, &body.head}) *value = line.number();
  return body;
}

core::VolatileEvent read_volatile(LineReader& line) {
  core::VolatileEvent body;
  for (std::string* value : {&body.room_id, &body.event, &body.from, &body.payload}) *value = line.text();
  body.timestamp_ms = line.number();
  return body;
}

core::OtherMembers read_others(LineReader& line) {
  core::OtherMembers body;
  body.room_id = line.text();
  body.members = line.number();
  body.left = line.texts();
  for (line.begin(); line.more();) {
    core::PresentUser& user = body.joined.emplace_back();
    for (std::string* value : {&user.user_id, &user.name, &user.meta}) *value = line.text();
  }
  line.end();
  return body;
}

core::RoomMade read_made(LineReader& line) {
  core::RoomMade body;
  for (std::string* value : {&body.room_id, &body.definition}) *value = line.text();
  return body;
}

core::PlaceVerdict read_place_verdict(LineReader& line) {
  core::PlaceVerdict body;
  body.room_id = line.text();
  body.ticket = line.number();
  body.is_granted = line.flag();
  return body;
}

template <typename Question>
core::ShardMessageBody with_call(Question body, core::CallId call) {
  body.call = call;
  return body;
}

}  // namespace

void write_message(LineWriter& line, const core::ShardMessageBody& body, const Privacy& privacy) {
  std::visit(ShardMessageWriter{line, privacy}, body);
}

std::optional<core::ShardMessageBody> read_message(std::string_view name, LineReader& line) {
  if (name == "log_moved") return read_log_moved(line);
  if (name == "volatile_event") return read_volatile(line);
  if (name == "other_members") return read_others(line);
  if (name == "room_made") return read_made(line);
  if (name == "room_removed") return core::RoomRemoved{line.text()};
  if (name == "place_verdict") return read_place_verdict(line);
  constexpr std::array<std::string_view, 16> kCallNames = {
      "document_query", "compact_document",  "create_room", "delete_room",   "server_publish", "history_query",
      "rooms_query",    "connections_query", "users_query", "members_query", "kick_user",      "leave_room",
      "send_event",     "revoke_tokens",     "forget_user", "observe_query"};
  if (std::find(kCallNames.begin(), kCallNames.end(), name) == kCallNames.end()) return std::nullopt;
  const core::CallId call = line.number();
  if (name == "create_room") return with_call(core::CreateRoom{read_room(line)}, call);
  if (name == "delete_room") return with_call(core::DeleteRoom{line.text()}, call);
  if (name == "server_publish") return with_call(read_publish(line), call);
  if (name == "history_query") return with_call(read_query(line), call);
  if (name == "document_query") return with_call(read_document_query(line), call);
  if (name == "compact_document") return with_call(read_compact(line), call);
  if (name == "revoke_tokens") return with_call(read_revocation(line), call);
  if (name == "send_event") return with_call(read_send(line), call);
  if (name == "rooms_query") return with_call(read_rooms_query(line), call);
  if (name == "users_query") return with_call(read_users_query(line), call);
  if (name == "members_query") return with_call(read_members_query(line), call);
  if (name == "observe_query") return with_call(read_observe(line), call);
  const std::string first = line.text();
  if (name == "connections_query") return with_call(core::ConnectionsQuery{first}, call);
  if (name == "forget_user") return with_call(core::ForgetUser{first}, call);
  if (name == "kick_user") return with_call(core::KickUser{first, line.text()}, call);
  return with_call(core::LeaveRoom{first, line.text()}, call);
}

}  // namespace dialogue::replay
