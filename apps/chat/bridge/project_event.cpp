// See project_event.hpp. What was deleted stays deleted, whatever comes after it.
#include "apps/chat/bridge/project_event.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "apps/chat/store/files.hpp"
#include "apps/chat/store/messages.hpp"

namespace chat {
namespace {

std::string text_in(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint64_t number_in(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_number() ? value->to_number<std::uint64_t>() : 0;
}

bool flag_in(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

std::vector<std::string> texts_in(const boost::json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  if (const auto* value = object.if_contains(name); value && value->is_array())
    for (const auto& each : value->get_array())
      if (each.is_string()) texts.emplace_back(each.get_string());
  return texts;
}

void project_message(Database& db, std::string_view room_id, const LoggedEvent& event, const boost::json::object& data) {
  const Message message{event.seq, std::string(event.from), event.at_ms, text_in(data, "text"), false,
                        false,     number_in(data, "reply")};
  insert_message(db, room_id, message, texts_in(data, "mentions"));
  if (const auto* files = data.if_contains("files"); files && files->is_array())
    for (const auto& each : files->get_array())
      if (each.is_object()) attach_file(db, text_in(each.get_object(), "id"), room_id, event.from, event.seq);
}

/// An edit that comes after the deletion leaves the log, too.
void project_edit(Database& db, std::string_view room_id, const LoggedEvent& event, const boost::json::object& data) {
  const auto target = find_message(db, room_id, number_in(data, "seq"));
  if (!target || target->is_deleted) return insert_erasure(db, room_id, event.seq);
  if (target->author == event.from) edit_message(db, room_id, target->seq, event.seq, text_in(data, "text"));
}

bool is_there(Database& db, std::string_view room_id, std::uint64_t seq) {
  const auto target = find_message(db, room_id, seq);
  return target && !target->is_deleted;
}

}  // namespace

void project(Database& db, std::string_view room_id, const LoggedEvent& event) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(event.payload, error);
  if (error || !value.is_object()) return;
  const boost::json::object& data = value.get_object();
  const std::uint64_t seq = number_in(data, "seq");
  if (event.name == "message")
    project_message(db, room_id, event, data);
  else if (event.name == "message.edit")
    project_edit(db, room_id, event, data);
  else if (event.name == "message.delete")
    (void)delete_message(db, room_id, seq);
  else if (event.name == "reaction" && is_there(db, room_id, seq))
    set_reaction(db, room_id, seq, event.from, text_in(data, "emoji"), flag_in(data, "on"));
  else if (event.name == "pin" && is_there(db, room_id, seq))
    set_pin(db, room_id, seq, flag_in(data, "on"));
  else if (event.name == "member" && text_in(data, "change") == "joined")
    (void)set_mark(db, room_id, text_in(data, "user"), event.seq, false);  // a new member has nothing to catch up with
}

}  // namespace chat
