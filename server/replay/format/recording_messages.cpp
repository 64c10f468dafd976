// Messages of the embedding program in a recording. See recording_values.hpp.
#include <memory>
#include <utility>

#include "server/replay/format/recording_values.hpp"
#include "shared/base/traceparent.hpp"

namespace dialogue::replay {

std::string_view application_message_name(const core::ShardMessageBody& body) {
  if (std::holds_alternative<core::CreateRoom>(body)) return "create_room";
  if (std::holds_alternative<core::DeleteRoom>(body)) return "delete_room";
  if (std::holds_alternative<core::ServerPublish>(body)) return "server_publish";
  if (std::holds_alternative<core::HistoryQuery>(body)) return "history_query";
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
    if (body.producer || body.trace) {
      line.text(body.producer ? *body.producer : std::string());
      line.number(body.producer_seq).number(body.hash).number(body.refusal_counts);
    }
    if (body.trace) line.text(body.trace->traceparent);
    line.end();
  }
  void operator()(const core::HistoryQuery& body) const {
    started(body).text(body.room_id).number(body.since).number(body.before).number(body.limit);
    line.number(body.oldest_first ? 1 : 0);
  }
  void operator()(const core::RoomsQuery& body) const { page(started(body), body.page); }
  void operator()(const core::ConnectionsQuery& body) const { started(body).text(body.user_id); }
  void operator()(const core::UsersQuery& body) const { page(started(body), body.page).texts(body.users); }
  void operator()(const core::MembersQuery& body) const { page(started(body).text(body.room_id), body.page); }
  void operator()(const core::KickUser& body) const { started(body).text(body.user_id).text(body.reason); }
  void operator()(const core::ForgetUser& body) const { started(body).text(body.user_id); }
  void operator()(const core::LeaveRoom& body) const { started(body).text(body.user_id).text(body.room_id); }
  void operator()(const core::RevokeTokens& body) const {
    started(body).text(body.what.token_id).text(body.what.user_id).number(body.what.issued_before_s);
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
  while (line.more())
    if (std::string context = line.text(); read_traceparent(context))
      body.trace = std::make_shared<const core::PublicationTrace>(core::PublicationTrace{std::move(context), nullptr});
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
  if (line.more()) body.page = read_range(line);  // recordings from before there were pages have none
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
  return body;
}

core::SendEvent read_send(LineReader& line) {
  core::SendEvent body;
  for (std::string* value : {&body.user_id, &body.session_id, &body.event, &body.payload, &body.from}) *value = line.text();
  return body;
}

core::ObserveQuery read_observe(LineReader& line) {
  core::ObserveQuery body;
  constexpr auto kLastWhat = static_cast<std::uint64_t>(core::ObserveQuery::What::receipts);
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
  constexpr std::array<std::string_view, 14> kCallNames = {
      "create_room",   "delete_room", "server_publish", "history_query", "rooms_query",   "connections_query", "users_query",
      "members_query", "kick_user",   "leave_room",     "send_event",    "revoke_tokens", "forget_user",       "observe_query"};
  if (std::find(kCallNames.begin(), kCallNames.end(), name) == kCallNames.end()) return std::nullopt;
  const core::CallId call = line.number();
  if (name == "create_room") return with_call(core::CreateRoom{read_room(line)}, call);
  if (name == "delete_room") return with_call(core::DeleteRoom{line.text()}, call);
  if (name == "server_publish") return with_call(read_publish(line), call);
  if (name == "history_query") return with_call(read_query(line), call);
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
