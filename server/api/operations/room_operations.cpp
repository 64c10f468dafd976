// Rooms: those that exist, one of them, its log, and making and ending them.
#include <algorithm>
#include <array>

#include "server/api/api_call.hpp"
#include "server/api/operations/api_page.hpp"
#include "server/api/table/areas.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

constexpr std::uint64_t kEventErasureRetryMs = 1000;

JsonText room_text(const core::RoomInfo& room) {
  JsonText text;
  text.text("id", room.id).text("name", room.name).number("size", room.size);
  text.raw("maxSize", room.max_size ? std::to_string(*room.max_size) : "null");
  return text;
}

/// Returns the room id in the path. If it is malformed, refuses the call and returns null.
const std::string* room_of(const ApiCall& call) {
  const std::string& room = call.request.parameters.front();
  if (is_name(room)) return &room;
  call.refuse({ErrorCode::room_unknown, "of this id", {}});
  return nullptr;
}

std::string event_text(const core::LogRecord& record) {
  JsonText text;
  text.text("event", record.event)
      .raw("data", record.payload)
      .text("from", record.from)
      .number("timestamp", record.timestamp_ms)
      .number("seq", record.seq);
  if (record.deletes) text.flag("deleted", true);
  return text.take();
}

/// The parameters of a query for this page but its range.
std::string kept_parameters(const core::HistoryQuery& asked) {
  std::string text = "limit=" + std::to_string(asked.limit);
  for (const std::string& event : asked.events) text += "&event=" + query_encoded(event);
  if (asked.from_ms > 0) text += "&from=" + std::to_string(asked.from_ms);
  if (asked.until_ms != kSafeIntegerMax) text += "&until=" + std::to_string(asked.until_ms);
  return text;
}

std::string path_of(const core::HistoryQuery& asked, std::string_view end, std::uint64_t seq) {
  return std::string(kApiPath) + "/rooms/" + asked.room_id + "/history?" + kept_parameters(asked) + '&' + std::string(end) + '=' +
         std::to_string(seq);
}

/// Where the next page of a history is, or empty.
std::string next_page(const core::HistoryQuery& asked, const core::HistoryQuery::Result& found) {
  if (!found.next) return {};
  if (!asked.oldest_first) return path_of(asked, "before", *found.next);
  const std::string path = path_of(asked, "since", *found.next);
  return asked.before == kSafeIntegerMax ? path : path + "&before=" + std::to_string(asked.before);
}

JsonText history_text(const core::HistoryQuery& asked, const core::HistoryQuery::Result& found) {
  JsonText text;
  text.text("room", asked.room_id).number("epoch", found.epoch).number("base", found.base).number("head", found.head);
  text.raw("events", json_array(found.records, event_text));
  if (!found.damaged.empty())
    text.raw("damaged", json_array(found.damaged, [](const core::SeqRange& range) {
               return JsonText().number("first", range.first).number("last", range.last).take();
             }));
  return text;
}

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
    HttpResponse answer = json_answer(201, room_text(info).take());
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

/// The events on both sides of `center`, which counts as older: half of the limit of each.
void get_history_around(const ApiCallPtr& call, core::HistoryQuery query, std::uint64_t center) {
  core::HistoryQuery newer = query;
  newer.limit = query.limit / 2;
  newer.since = center;
  newer.oldest_first = true;
  query.limit -= newer.limit;
  query.before = center + 1;
  const auto answer = [call, query, newer](core::HistoryQuery::Result found, const core::HistoryQuery::Result& behind) {
    if (behind.fault.code != ErrorCode::ok) return call->refuse(behind.fault);
    if (behind.epoch != found.epoch) return call->refuse({ErrorCode::room_deleted, {}, {}});
    found.records.insert(found.records.end(), behind.records.begin(), behind.records.end());
    found.damaged.insert(found.damaged.end(), behind.damaged.begin(), behind.damaged.end());
    found.head = behind.head;
    core::HistoryQuery asked = query;
    asked.limit += newer.limit;
    JsonText text = history_text(asked, found);
    if (found.next) text.text("older", path_of(asked, "before", *found.next));
    if (behind.next) text.text("newer", path_of(asked, "since", *behind.next));
    call->done(json_answer(200, text.take()));
  };
  const std::string room = query.room_id;
  ApiCall::ask(call, room, std::move(query), [call, newer, answer](const core::HistoryQuery::Result& found) {
    if (found.fault.code != ErrorCode::ok) return call->refuse(found.fault);
    ApiCall::ask(call, newer.room_id, newer,
                 [answer, found](const core::HistoryQuery::Result& behind) { answer(found, behind); });
  });
}

void get_history(const ApiCallPtr& call) {
  const std::string* const room = room_of(*call);
  if (room == nullptr) return;
  const ApiQuery& asked = call->request.query;
  const auto around = asked.integer("around");
  core::HistoryQuery query;
  query.room_id = *room;
  query.limit = asked.integer("limit").value_or(kPageEventsMax);
  query.since = asked.integer("since").value_or(0);
  query.before = asked.integer("before").value_or(kSafeIntegerMax);
  query.from_ms = asked.integer("from").value_or(0);
  query.until_ms = asked.integer("until").value_or(kSafeIntegerMax);
  query.events = asked.texts("event");
  query.oldest_first = asked.integer("since").has_value() || asked.integer("from").has_value();
  for (const std::string& event : query.events)
    if (!call->api.catalogue().find_event(event)) return call->refuse({ErrorCode::event_unknown, event, {}});
  if (around && (query.oldest_first || query.before != kSafeIntegerMax || query.until_ms != kSafeIntegerMax))
    return call->refuse({ErrorCode::request_invalid, "around takes no since, before, from and until", {}});
  if (around) return get_history_around(call, std::move(query), *around);
  ApiCall::ask(call, *room, query, [call, query](const core::HistoryQuery::Result& found) {
    if (found.fault.code != ErrorCode::ok) return call->refuse(found.fault);
    JsonText text = history_text(query, found);
    if (const std::string next = next_page(query, found); !next.empty()) text.text("next", next);
    call->done(json_answer(200, text.take()));
  });
}

void erase_events(const ApiCallPtr& call) {
  const std::string* const room = room_of(*call);
  if (room == nullptr) return;
  const EraseEvents& erase = call->api.settings().erase_events;
  if (!erase) return call->refuse({422, ErrorCode::not_supported, "Single events cannot be erased."});
  auto read = read_event_erasure(call->body, *room);
  if (!read) return call->refuse({ErrorCode::request_invalid, "sequences must be positive whole numbers", {}});
  if (!read->reason.empty()) call->note("reason", read->reason);
  erase(std::move(read->what), [call](const EventErasureReport& report) {
    if (report.fault.code == ErrorCode::not_supported)
      return call->refuse({422, ErrorCode::not_supported, "The server's store cannot erase single events."});
    if (report.fault.code == ErrorCode::rate_limited)
      return call->refuse({429, ErrorCode::rate_limited, "Too many erasures are waiting.", {}, kEventErasureRetryMs});
    if (report.fault.code != ErrorCode::ok) return call->refuse(report.fault);
    call->note("events", report.events);
    call->note("clean", report.is_clean ? 1U : 0U);
    JsonText text;
    text.number("events", report.events).number("epoch", report.epoch).raw("sequences", ranges_text(report.sequences));
    text.flag("clean", report.is_clean).flag("recording", report.is_recording);
    call->done(json_answer(200, text.take()));
  });
}

using Kind = ApiParameter::Kind;

constexpr std::array kRoomsQuery = {
    ApiParameter{"limit", "Maximum number of rooms; default 100.", Kind::integer, 1, kListEntriesMax},
    ApiParameter{"after", "Only rooms whose id is greater."},
};
constexpr std::array kHistoryQuery = {
    ApiParameter{"limit", "Maximum number of events; default 100.", Kind::integer, 1, kPageEventsMax},
    ApiParameter{"before", "Only events with a smaller seq, newest first.", Kind::integer, 1, kSafeIntegerMax},
    ApiParameter{"since", "Only events with a greater seq, oldest first.", Kind::integer, 0, kSafeIntegerMax},
    ApiParameter{"around", "The events on both sides of this seq, half of the limit of each.", Kind::integer, 1,
                 kSafeIntegerMax - 1},
    ApiParameter{"from", "Only events of this time or later, oldest first. Milliseconds since 1970.", Kind::integer, 0,
                 kSafeIntegerMax},
    ApiParameter{"until", "Only events before this time. Milliseconds since 1970.", Kind::integer, 1, kSafeIntegerMax - 1},
    ApiParameter{"event",
                 "An event to include; repeatable. Default: all. A page then looks at up to 10,000 events, so it can have "
                 "few events and a next page.",
                 Kind::texts, 1, 20},
};

constexpr std::array kRoomRoutes = {
    Route{.run = list_rooms,
          .operation_id = "listRooms",
          .method = "GET",
          .path = "/rooms",
          .summary = "Lists the current rooms, sorted by id.",
          .right = core::Right::manage,
          .scope = ApiScope::read,
          .answer = "RoomList",
          .refusals = "422",
          .query = kRoomsQuery},
    Route{.run = create_room,
          .operation_id = "createRoom",
          .method = "POST",
          .path = "/rooms",
          .summary = "Creates a room that exists until it is deleted. A durable store keeps it across restarts.",
          .right = core::Right::manage,
          .scope = ApiScope::rooms,
          .body = "NewRoom",
          .status = 201,
          .answer = "Room",
          .refusals = "409 413 415 422"},
    Route{.run = get_room,
          .operation_id = "getRoom",
          .method = "GET",
          .path = "/rooms/{room}",
          .summary = "Returns one room and the state of its log.",
          .right = core::Right::manage,
          .scope = ApiScope::read,
          .answer = "RoomDetail",
          .refusals = "404"},
    Route{.run = delete_room,
          .operation_id = "deleteRoom",
          .method = "DELETE",
          .path = "/rooms/{room}",
          .summary =
              "Deletes a room and its log; its members receive room_deleted. A predefined room is recreated immediately, empty.",
          .right = core::Right::manage,
          .scope = ApiScope::rooms,
          .status = 204,
          .refusals = "404"},
    Route{.run = get_history,
          .operation_id = "getHistory",
          .method = "GET",
          .path = "/rooms/{room}/history",
          .summary = "Reads a page of a room's log: by default the newest events.",
          .right = core::Right::history,
          .scope = ApiScope::read,
          .answer = "HistoryPage",
          .refusals = "404 422",
          .query = kHistoryQuery},
    Route{.run = erase_events,
          .operation_id = "eraseEvents",
          .method = "POST",
          .path = "/rooms/{room}/erase",
          .summary = "Erases single events: their payloads go from the log and from the store's files, their positions stay. "
                     "Members receive the event `erased`, if the room lists it.",
          .right = core::Right::manage,
          .scope = ApiScope::rooms,
          .body = "EventErasure",
          .answer = "EventErasureResult",
          .refusals = "404 413 415 422"},
};

}  // namespace

std::span<const Route> room_routes() { return kRoomRoutes; }

}  // namespace dialogue::api
