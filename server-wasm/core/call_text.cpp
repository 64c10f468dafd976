// See call_text.hpp.
#include "server-wasm/core/call_text.hpp"

#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "server/core/util/envelope_object.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::page_server {

using namespace core;

namespace {

constexpr std::size_t kHistoryLimitDefault = 100;

/// The members that the calls may have.
struct CallText {
  std::string call, room, event, user, reason, from = std::string(kSystemUserId);
  std::string data;
  std::uint64_t limit = kHistoryLimitDefault, since = 0, before = kSafeIntegerMax;
};

bool read_member(const std::string& key, JsonReader& value, CallText& call) {
  if (key == "call") return value.read_string(call.call);
  if (key == "room") return value.read_string(call.room);
  if (key == "event") return value.read_string(call.event);
  if (key == "user") return value.read_string(call.user);
  if (key == "reason") return value.read_string(call.reason);
  if (key == "from") return value.read_string(call.from);
  if (key == "limit") return value.read_integer(call.limit);
  if (key == "since") return value.read_integer(call.since);
  if (key == "before") return value.read_integer(call.before);
  std::string_view raw;
  if (key != "data" || !value.read_document(raw)) return false;
  call.data = raw;
  return true;
}

ServerPublish publish_of(CallText&& text, CallId number) {
  ServerPublish call{std::move(text.room), std::move(text.event), std::move(text.data), std::move(text.from)};
  call.call = number;
  return call;
}

SendEvent send_of(CallText&& text, CallId number) {
  return {std::move(text.user), {}, std::move(text.event), std::move(text.data), std::move(text.from), number};
}

HistoryQuery history_of(CallText&& text, CallId number) {
  HistoryQuery call{std::move(text.room), text.since, text.before};
  call.limit = text.limit;
  call.call = number;
  return call;
}

std::string position_text(const PublishResult& published) {
  return JsonText()
      .number("seq", published.position.seq)
      .number("epoch", published.position.epoch)
      .number("timestamp", published.position.timestamp_ms)
      .number("members", published.members)
      .take();
}

std::string refusal_text(const Error& fault, const std::string& sentence) {
  JsonText text;
  text.text("code", error_name(fault.code));
  text.text("message", sentence.empty() ? error_message(fault.code, fault.argument) : sentence);
  if (!fault.path.empty()) text.text("path", fault.path);
  return JsonText().raw("error", text.take()).take();
}

std::string record_text(const LogRecord& record) {
  JsonText text;
  text.number("seq", record.seq).number("timestamp", record.timestamp_ms).text("event", record.event).text("from", record.from);
  if (record.deletes) text.flag("deletes", true);
  return text.raw("data", record.payload).take();
}

std::string user_text(const UserInfo& user) {
  JsonText text;
  text.text("userId", user.user_id).text("name", user.name).number("connections", user.connections);
  if (!user.meta.empty()) text.raw("meta", user.meta);
  return text.take();
}

std::string room_text(const RoomInfo& room) {
  JsonText text;
  text.text("id", room.id).text("name", room.name).number("size", room.size);
  if (room.max_size) text.number("maxSize", *room.max_size);
  return text.take();
}

std::string connection_text(const ConnectionInfo& connection) {
  JsonText text;
  text.text("session", connection.session_id).text("userId", connection.user_id).text("name", connection.name);
  return text.raw("rooms", json_array(connection.rooms, json_string)).take();
}

/// The text of each kind of result.
struct ResultText {
  std::string operator()(const Error& fault) const { return refusal_text(fault, {}); }
  std::string operator()(ErrorCode code) const { return code == ErrorCode::ok ? "{}" : refusal_text({code, {}, {}}, {}); }
  std::string operator()(const PublishResult& result) const {
    return result.fault.code == ErrorCode::ok ? position_text(result) : refusal_text(result.fault, result.message);
  }
  std::string operator()(const SendEvent::Result& result) const {
    if (result.fault.code != ErrorCode::ok) return refusal_text(result.fault, result.message);
    return JsonText().number("connections", result.connections).take();
  }
  std::string operator()(const HistoryQuery::Result& result) const {
    if (result.fault.code != ErrorCode::ok) return refusal_text(result.fault, {});
    JsonText text;
    text.number("epoch", result.epoch).number("base", result.base).number("head", result.head);
    return text.raw("events", json_array(result.records, record_text)).take();
  }
  std::string operator()(const MembersQuery::Result& result) const {
    if (result.fault.code != ErrorCode::ok) return refusal_text(result.fault, {});
    return json_array(result.members, user_text);
  }
  std::string operator()(const std::vector<RoomInfo>& rooms) const { return json_array(rooms, room_text); }
  std::string operator()(const std::vector<ConnectionInfo>& connections) const {
    return json_array(connections, connection_text);
  }
  std::string operator()(const std::vector<UserInfo>& users) const { return json_array(users, user_text); }
  std::string operator()(std::size_t count) const { return JsonText().number("count", count).take(); }
  /// Of calls that call_of() does not make.
  template <typename Other>
  std::string operator()(const Other&) const {
    return refusal_text({ErrorCode::not_supported, {}, {}}, {});
  }
};

}  // namespace

std::variant<ShardMessage, Error> call_of(std::string_view json, CallId number) {
  CallText text;
  const auto fault =
      read_envelope_object(json, [&text](const std::string& key, JsonReader& value) { return read_member(key, value, text); });
  if (fault) return Error{ErrorCode::request_invalid, *fault, {}};
  const std::string call = text.call;
  if (call == "publish") return ShardMessage(publish_of(std::move(text), number));
  if (call == "send") return ShardMessage(send_of(std::move(text), number));
  if (call == "history") return ShardMessage(history_of(std::move(text), number));
  if (call == "members") return ShardMessage(MembersQuery{std::move(text.room), {}, number});
  if (call == "connections") return ShardMessage(ConnectionsQuery{std::move(text.user), number});
  if (call == "rooms") return ShardMessage(RoomsQuery{{}, number});
  if (call == "kick") return ShardMessage(KickUser{std::move(text.user), std::move(text.reason), number});
  if (call == "remove") return ShardMessage(LeaveRoom{std::move(text.user), std::move(text.room), number});
  if (call == "deleteRoom") return ShardMessage(DeleteRoom{std::move(text.room), number});
  return Error{ErrorCode::request_invalid, "there is no call " + call, {}};
}

std::string answer_text(const CallResult& result) { return std::visit(ResultText(), result); }

}  // namespace dialogue::page_server
