// Messages as the server knows them: delete, how far they were read, those that a page needs one by one, pins.
#include <boost/json/array.hpp>

#include "apps/chat/api/call.hpp"
#include "apps/chat/api/fields.hpp"
#include "apps/chat/api/room_events.hpp"
#include "apps/chat/domain/search_text.hpp"
#include "apps/chat/store/messages.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {
namespace {

constexpr std::size_t kMessagesAskedMax = 100, kMessagesFoundMax = 50, kSearchBytesMax = 256;
constexpr std::uint32_t kSearchesPerHour = 1'800;
constexpr std::uint64_t kAheadMax = 1'024;  ///< by how much a page may be ahead of the projection

Role own_role(Database& db, const std::string& room_id, const Caller& caller) {
  const auto role = role_in(db, room_id, caller.user.id);
  if (!role) refuse(FaultCode::not_member, "You are not a member of this room.", "room");
  return *role;
}

boost::json::object json_of(const Message& message) {
  boost::json::object json{{"seq", message.seq}, {"from", message.author}, {"at", message.at_ms}};
  if (message.is_deleted)
    json["deleted"] = true;
  else
    json["text"] = message.text;
  return json;
}

Answer delete_one(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string room = fields.id("room");
  const std::uint64_t seq = fields.number("seq");
  fields.finish();
  service.store.write([&](Database& db) {
    const Role role = own_role(db, room, caller);
    const auto message = find_message(db, room, seq);
    if (!message) refuse(FaultCode::not_found, "There is no such message.", "seq");
    if (message->author != caller.user.id && role == Role::member)
      refuse(FaultCode::forbidden, "You may delete your own messages. Moderators delete those of others.");
    if (delete_message(db, room, seq)) say_deleted(db, room, seq, caller.user.id);
  });
  service.realtime.publish_outbox();
  service.realtime.erase_deleted();
  return {boost::json::object()};
}

/// Sets the caller's mark, and sends it to the caller's other pages.
Answer mark(Service& service, const Caller& caller, const boost::json::object& request, bool is_unread) {
  Fields fields(request);
  const std::string room = fields.id("room");
  const std::uint64_t seq = fields.number("seq");
  fields.finish();
  if (is_unread && seq == 0) refuse(FaultCode::invalid_request, "`seq` begins at 1.", "seq");
  bool has_changed = false;
  const auto counts = service.store.write([&](Database& db) {
    (void)own_role(db, room, caller);
    const std::uint64_t head = cursor_of(db, room).seq;
    const std::uint64_t until = seq > head + kAheadMax ? head : seq;
    has_changed = set_mark(db, room, caller.user.id, is_unread ? until - 1 : until, is_unread);
    return counts_of(db, room, caller.user.id);
  });
  if (has_changed) service.realtime.marked(caller.user.id, counts);
  return {counts};
}

Answer mark_read(Service& service, const Caller& caller, const boost::json::object& request) {
  return mark(service, caller, request, false);
}

Answer mark_unread(Service& service, const Caller& caller, const boost::json::object& request) {
  return mark(service, caller, request, true);
}

Answer get_messages(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string room = fields.id("room");
  const auto sequences = fields.numbers("seqs", kMessagesAskedMax);
  fields.finish();
  boost::json::array messages;
  service.store.read([&](Database& db) {
    (void)own_role(db, room, caller);
    for (const std::uint64_t seq : sequences)
      if (const auto message = find_message(db, room, seq)) messages.push_back(json_of(*message));
  });
  return {boost::json::object{{"messages", std::move(messages)}}};
}

Answer list_pins(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string room = fields.id("room");
  fields.finish();
  boost::json::array pins;
  service.store.read([&](Database& db) {
    (void)own_role(db, room, caller);
    for (const Message& message : pins_of(db, room)) pins.push_back(json_of(message));
  });
  return {boost::json::object{{"messages", std::move(pins)}}};
}

/// The newest messages of the caller's rooms that have all words.
Answer search_messages(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string match = match_of(fields.text("text", kSearchBytesMax));
  fields.finish();
  boost::json::array messages;
  if (match.empty()) return {boost::json::object{{"messages", std::move(messages)}}};
  service.store.read([&](Database& db) {
    Statement rows = db.query(
        "SELECT m.room, m.seq, m.author, m.at, m.text FROM search s JOIN message m ON m.id = s.rowid "
        "JOIN member e ON e.room = m.room AND e.user = ? WHERE search MATCH ? ORDER BY s.rowid DESC LIMIT ?",
        caller.user.id, match, kMessagesFoundMax);
    while (rows.step())
      messages.push_back(boost::json::object{{"room", rows.text(0)},
                                             {"seq", rows.integer(1)},
                                             {"from", rows.text(2)},
                                             {"at", rows.integer(3)},
                                             {"text", rows.text(4)}});
  });
  return {boost::json::object{{"messages", std::move(messages)}}};
}

}  // namespace

std::vector<Call> message_calls() {
  return {
      {"messages.delete", Needs::session, Pace::quick, 0, "Deletes a message; its text leaves log and database.", delete_one},
      {"messages.read", Needs::session, Pace::quick, 0, "Everything up to an event is read.", mark_read},
      {"messages.unread", Needs::session, Pace::quick, 0, "An event and all after it are unread.", mark_unread},
      {"messages.get", Needs::session, Pace::quick, 0, "Up to 100 messages of a room.", get_messages},
      {"messages.search", Needs::session, Pace::quick, kSearchesPerHour, "The newest 50 messages that have all words.",
       search_messages},
      {"messages.pins", Needs::session, Pace::quick, 0, "The pinned messages of a room, the newest first.", list_pins},
  };
}

}  // namespace chat
