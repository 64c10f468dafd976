// Rooms: those that exist, one of them, its log, and making and ending them.
#include <algorithm>

#include "server/api/api_call.hpp"
#include "server/api/operations/api_page.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

JsonText room_text(const core::RoomInfo& room) {
  JsonText text;
  text.text("id", room.id).text("name", room.name).number("size", room.size);
  text.raw("maxSize", room.max_size ? std::to_string(*room.max_size) : "null");
  return text;
}

/// Of a path; refuses the call when no room can have this id.
const std::string* room_of(const ApiCall& call) {
  const std::string& room = call.request.parameters.front();
  if (is_name(room)) return &room;
  call.refuse({ErrorCode::room_unknown, "of this id", {}});
  return nullptr;
}

std::string event_text(const core::LogRecord& record) {
  return JsonText()
      .text("event", record.event)
      .raw("data", record.payload)
      .text("from", record.from)
      .number("timestamp", record.timestamp_ms)
      .number("seq", record.seq)
      .take();
}

/// Where the next page of a history is, or empty.
std::string next_page(const core::HistoryQuery& asked, const core::HistoryQuery::Result& found) {
  if (found.records.empty() && found.damaged.empty()) return {};
  const std::string limit = "limit=" + std::to_string(asked.limit);
  std::uint64_t first = kSafeIntegerMax, last = 0;
  if (!found.records.empty()) {
    first = found.records.front().seq;
    last = found.records.back().seq;
  }
  if (!found.damaged.empty()) {
    first = std::min(first, found.damaged.front().first);
    last = std::max(last, found.damaged.back().last);
  }
  std::string range;
  if (!asked.oldest_first) {
    if (first > found.base) range = "&before=" + std::to_string(first);
  } else if (last < std::min(found.head, asked.before - 1)) {
    range = "&since=" + std::to_string(last);
    if (asked.before != kSafeIntegerMax) range += "&before=" + std::to_string(asked.before);
  }
  return range.empty() ? range : std::string(kApiPath) + "/rooms/" + asked.room_id + "/history?" + limit + range;
}

std::string history_text(const core::HistoryQuery& asked, const core::HistoryQuery::Result& found) {
  JsonText text;
  text.text("room", asked.room_id).number("epoch", found.epoch).number("base", found.base).number("head", found.head);
  text.raw("events", json_array(found.records, event_text));
  if (!found.damaged.empty())
    text.raw("damaged", json_array(found.damaged, [](const core::SeqRange& range) {
               return JsonText().number("first", range.first).number("last", range.last).take();
             }));
  if (const std::string next = next_page(asked, found); !next.empty()) text.text("next", next);
  return text.take();
}

}  // namespace

void list_rooms(const ApiCallPtr& call) {
  const ListedPage page = page_asked(*call);
  ApiCall::ask(call, {}, core::RoomsQuery{page.range()}, [call, page](std::vector<core::RoomInfo> rooms) {
    const std::string next = page.next(rooms, &core::RoomInfo::id);
    JsonText text;
    text.raw("rooms", json_array(rooms, [](const core::RoomInfo& room) { return room_text(room).take(); }));
    if (!next.empty()) text.text("next", next);
    call->done(json_answer(200, text.take()));
  });
}

void get_room(const ApiCallPtr& call) {
  const std::string* const room = room_of(*call);
  if (room == nullptr) return;
  core::HistoryQuery log;
  log.room_id = *room;
  log.limit = 0;
  ApiCall::ask(call, *room, std::move(log), [call](const core::HistoryQuery::Result& found) {
    if (found.fault.code != ErrorCode::ok) return call->refuse(found.fault);
    JsonText text = room_text(found.room);
    text.number("epoch", found.epoch).number("base", found.base).number("head", found.head);
    call->done(json_answer(200, text.take()));
  });
}

void create_room(const ApiCallPtr& call) {
  auto read = read_new_room(call->body, call->api.catalogue());
  if (const core::Error* fault = std::get_if<core::Error>(&read)) return call->refuse(*fault);
  RoomDefinition& definition = std::get<RoomDefinition>(read);
  core::RoomInfo info{definition.id, definition.name.empty() ? definition.id : definition.name, 0, definition.max_size};
  const std::string id = definition.id;
  call->note("room", id);
  ApiCall::ask(call, id, core::CreateRoom{std::move(definition)}, [call, info = std::move(info)](ErrorCode code) {
    if (code != ErrorCode::ok) return call->refuse({code, info.id, {}});
    ApiResponse answer = json_answer(201, room_text(info).take());
    answer.fields.emplace_back("Location", std::string(kApiPath) + "/rooms/" + info.id);
    call->done(std::move(answer));
  });
}

void delete_room(const ApiCallPtr& call) {
  const std::string* const room = room_of(*call);
  if (room == nullptr) return;
  ApiCall::ask(call, *room, core::DeleteRoom{*room}, [call, room_id = *room](ErrorCode code) {
    if (code != ErrorCode::ok) return call->refuse({code, room_id, {}});
    call->done({204, {{"Cache-Control", "no-store"}}, nullptr});
  });
}

void get_history(const ApiCallPtr& call) {
  const std::string* const room = room_of(*call);
  if (room == nullptr) return;
  const ApiQuery& asked = call->request.query;
  core::HistoryQuery query;
  query.room_id = *room;
  query.limit = asked.integer("limit").value_or(kPageEventsMax);
  query.since = asked.integer("since").value_or(0);
  query.before = asked.integer("before").value_or(kSafeIntegerMax);
  query.oldest_first = asked.integer("since").has_value();
  ApiCall::ask(call, *room, query, [call, query](const core::HistoryQuery::Result& found) {
    if (found.fault.code != ErrorCode::ok) return call->refuse(found.fault);
    call->done(json_answer(200, history_text(query, found)));
  });
}

}  // namespace dialogue::api
