// Operations for operators: the server as a whole, its connections, its refusals, and its busiest rooms and users.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <tuple>

#include "server/api/api_call.hpp"
#include "server/api/operations/api_page.hpp"
#include "server/api/operations/connection_text.hpp"
#include "server/api/table/areas.hpp"
#include "shared/base/transports.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

using What = core::ObserveQuery::What;
using Result = core::ObserveQuery::Result;

constexpr std::uint64_t kBusyRetryMs = 500, kObservedRowsMax = 50;
constexpr std::string_view kEndReason = "disconnected by an operator";
constexpr std::size_t kTopRooms = 20;
constexpr std::array<std::string_view, 4> kSorts = {"lag", "queued", "age", "rooms"};

void refuse_busy(const ApiCallPtr& call) {
  call->refuse({429, ErrorCode::rate_limited, "Too many lists are being computed.", {}, kBusyRetryMs});
}

/// Answers with the state of the server as a whole.
void answer_with(const ApiCallPtr& call, const Observation::Ask& ask) {
  if (!ask) return call->refuse({422, ErrorCode::not_supported, "This server does not observe itself."});
  ask([call](std::string json) { call->done(json_answer(200, std::move(json))); });
}

/// Answers with what `compute` gives, or what it gave a moment ago.
void answer_cached(const ApiCallPtr& call, const std::string& key, const std::function<void(ApiCallPtr)>& compute) {
  const bool is_taken = call->api.answers().get(key, call->host.now_ms(), call->done, [&](AnswerCache::Done done) {
    const auto asking = std::make_shared<ApiCall>(*call);
    asking->done = std::move(done);
    compute(asking);
  });
  if (!is_taken) refuse_busy(call);
}

/// "17.SESSION", as `next` of a page was.
bool read_place(const std::string& text, core::ObserveQuery& query) {
  const auto dot = text.find('.');
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + std::min(dot, text.size()), value);
  if (dot == std::string::npos || fault != std::errc() || end != text.data() + dot) return false;
  query.after_value = value;
  query.after_id = text.substr(dot + 1);
  return true;
}

/// The parameters of the request, or the error in them.
std::variant<core::ObserveQuery, std::string> list_asked(const ApiQuery& asked) {
  core::ObserveQuery query;
  const std::string sort = asked.text("sort"), state = asked.text("state"), after = asked.text("after");
  if (!state.empty() && state != "open" && state != "closed") return "state is open or closed";
  query.is_closed = state == "closed";
  const auto found = std::find(kSorts.begin(), kSorts.end(), sort);
  if (!sort.empty() && found == kSorts.end()) return "sort is lag, queued, age or rooms";
  query.sort = !sort.empty()     ? static_cast<core::ConnectionSort>(found - kSorts.begin())
               : query.is_closed ? core::ConnectionSort::age
                                 : core::ConnectionSort::lag;
  if (!after.empty() && !read_place(after, query)) return "after is not a cursor of a page";
  query.user_id = asked.text("user");
  query.room_id = asked.text("room");
  query.limit = asked.integer("limit").value_or(kObservedRowsMax) + 1;
  return query;
}

std::string list_text(const core::ObserveQuery& query, std::vector<core::ConnectionState>& rows,
                      const std::vector<std::string>& missing) {
  const std::uint64_t limit = query.limit - 1;
  const auto value = [&](const core::ConnectionState& row) { return core::sort_value(row, query.sort, query.is_closed); };
  std::sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    return value(a) != value(b) ? value(a) > value(b) : a.session_id < b.session_id;
  });
  const bool has_more = rows.size() > limit;
  if (has_more) rows.resize(limit);
  JsonText text;
  text.raw("connections", json_array(rows, [](const auto& row) { return connection_text(row).take(); }));
  if (has_more) text.text("next", std::to_string(value(rows.back())) + "." + rows.back().session_id);
  return with_missing(text, missing);
}

std::string refusal_text(const core::RefusalCount& row, const CatalogueView& catalogue) {
  JsonText text;
  text.text("code", error_name(row.code)).text("request", row.request);
  text.text("path", row.path);
  if (row.event < catalogue.event_count()) text.text("event", catalogue.event(row.event).name);
  if (!row.room.empty()) text.text("room", row.room);
  text.text("by", row.is_application ? "application" : "client");
  return text.number("count", row.count).number("last", row.last_ms).take();
}

/// One row for what several shards counted, most frequent first.
std::vector<core::RefusalCount> summed(const std::vector<core::RefusalCount>& rows) {
  std::map<std::tuple<ErrorCode, std::string_view, std::string, std::string, std::uint32_t, bool>, core::RefusalCount> all;
  for (const core::RefusalCount& row : rows) {
    const auto [place, is_new] = all.try_emplace({row.code, row.request, row.path, row.room, row.event, row.is_application}, row);
    if (is_new) continue;
    place->second.count += row.count;
    place->second.last_ms = std::max(place->second.last_ms, row.last_ms);
  }
  std::vector<core::RefusalCount> list;
  for (auto& [key, sum] : all) list.push_back(std::move(sum));
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  return list;
}

std::string rate_text(const core::RoomRate& rate) {
  constexpr double kTenths = 10;
  const auto tenths = static_cast<std::uint64_t>(std::llround(rate.per_second * kTenths));
  JsonText text;
  text.text("room", rate.room).number("size", rate.size);
  return text.raw("perSecond", std::to_string(tenths / 10) + "." + std::to_string(tenths % 10)).take();
}

/// `missing`: nodes that did not answer.
using Answered = std::function<void(Result, const std::vector<std::string>& missing)>;
void ask_all(const ApiCallPtr& call, core::ObserveQuery query, Answered answered) {
  const auto take = [call, answered = std::move(answered)](Result result, const std::vector<std::string>& missing) {
    if (result.is_busy) return refuse_busy(call);
    answered(std::move(result), missing);
  };
  ApiCall::ask(call, {}, std::move(query), take);
}

/// Includes the state of the cluster if the server is a node of a cluster.
void get_overview(const ApiCallPtr& call) {
  const Observation& observation = call->api.settings().observation;
  if (!observation.cluster || !observation.overview) return answer_with(call, observation.overview);
  observation.overview([call, &observation](std::string json) {
    json.pop_back();
    call->done(json_answer(200, json.append(",\"cluster\":").append(observation.cluster()) + "}"));
  });
}

void get_cluster(const ApiCallPtr& call) {
  const auto& cluster = call->api.settings().observation.cluster;
  if (!cluster)
    return call->refuse(
        {404, ErrorCode::not_supported, "This server is not a node of a cluster: it was started without --cluster."});
  call->done(json_answer(200, cluster()));
}

void get_store(const ApiCallPtr& call) { answer_with(call, call->api.settings().observation.store); }
void list_hooks(const ApiCallPtr& call) { answer_with(call, call->api.settings().observation.hooks); }

void list_connections(const ApiCallPtr& call) {
  auto read = list_asked(call->request.query);
  if (auto* fault = std::get_if<std::string>(&read)) return call->refuse({ErrorCode::request_invalid, std::move(*fault), {}});
  core::ObserveQuery& query = std::get<core::ObserveQuery>(read);
  JsonText key;
  key.number("sort", static_cast<std::uint64_t>(query.sort)).flag("closed", query.is_closed).number("limit", query.limit);
  key.text("user", query.user_id).text("room", query.room_id).text("after", call->request.query.text("after"));
  answer_cached(call, key.take(), [query](const ApiCallPtr& asking) {
    ask_all(asking, query, [asking, query](Result found, const std::vector<std::string>& missing) {
      asking->done(json_answer(200, list_text(query, found.connections, missing)));
    });
  });
}

void get_connection(const ApiCallPtr& call) {
  core::ObserveQuery query;
  query.what = What::connection;
  query.session_id = call->request.parameters.front();
  ask_all(call, std::move(query), [call](const Result& found, const std::vector<std::string>&) {
    if (found.details.empty())
      return call->refuse({404, ErrorCode::not_supported, "This connection is neither open nor among the recently ended ones."});
    call->done(json_answer(200, connection_detail_text(found.details.front(), call->api.catalogue())));
  });
}

void end_connection(const ApiCallPtr& call) {
  core::ObserveQuery query;
  query.what = What::end;
  query.session_id = call->request.parameters.front();
  query.reason = call->request.query.text("reason");
  if (query.reason.empty()) query.reason = kEndReason;
  ask_all(call, std::move(query), [call](const Result& found, const std::vector<std::string>& missing) {
    if (found.count == 0) return call->refuse({404, ErrorCode::not_supported, "This connection is not open."});
    call->note("connections", found.count);
    call->done(json_answer(200, with_missing(JsonText().number("connections", found.count), missing)));
  });
}

void list_refusals(const ApiCallPtr& call) {
  answer_cached(call, "refusals", [](const ApiCallPtr& asking) {
    core::ObserveQuery query;
    query.what = What::refusals;
    ask_all(asking, std::move(query), [asking](const Result& found, const std::vector<std::string>&) {
      const auto write = [asking](const auto& row) { return refusal_text(row, asking->api.catalogue()); };
      asking->done(json_answer(200, JsonText().raw("refusals", json_array(summed(found.refusals), write)).take()));
    });
  });
}

void get_top(const ApiCallPtr& call) {
  const Observation::Ask& events = call->api.settings().observation.top_events;
  if (!events) return answer_with(call, {});
  answer_cached(call, "top", [&events](const ApiCallPtr& asking) {
    core::ObserveQuery query;
    query.what = What::rooms;
    ask_all(asking, std::move(query), [asking, &events](Result found, const std::vector<std::string>&) {
      std::sort(found.rooms.begin(), found.rooms.end(), [](const auto& a, const auto& b) {
        return a.per_second != b.per_second ? a.per_second > b.per_second : a.room < b.room;
      });
      if (found.rooms.size() > kTopRooms) found.rooms.resize(kTopRooms);
      events([asking, rooms = json_array(found.rooms, rate_text)](const std::string& json) {
        asking->done(json_answer(200, JsonText().raw("events", json).raw("rooms", rooms).take()));
      });
    });
  });
}

void list_settings(const ApiCallPtr& call) {
  const auto& settings = call->api.settings().observation.settings;
  if (!settings) return call->refuse({422, ErrorCode::not_supported, "This server has no list of settings."});
  call->done(json_answer(200, JsonText().raw("settings", settings()).take()));
}

void get_definitions(const ApiCallPtr& call) {
  const auto& definitions = call->api.settings().observation.definitions;
  if (!definitions) return answer_with(call, {});
  call->done(json_answer(200, definitions()));
}

void get_whoami(const ApiCallPtr& call) {
  std::vector<std::string_view> scopes;
  for (std::size_t i = 1; i < kApiScopeNames.size(); ++i)
    if (call->request.scopes.allow(static_cast<ApiScope>(i))) scopes.push_back(kApiScopeNames.at(i));
  std::string_view name = call->request.caller;
  if (name.starts_with("key:")) name.remove_prefix(std::string_view("key:").size());
  call->done(json_answer(200, JsonText().text("name", name).raw("scopes", json_array(scopes, json_string)).take()));
}

using Kind = ApiParameter::Kind;

constexpr std::array kConnectionsQuery = {
    ApiParameter{"sort",
                 "Sort order, descending: lag (default), queued, age or rooms. Closed connections are always sorted by end time.",
                 Kind::text, 1, 8},
    ApiParameter{"state", "open (default), or closed for the last 1,000 connections that ended.", Kind::text, 1, 8},
    ApiParameter{"user", "Only connections of this user."},
    ApiParameter{"room", "Only connections in this room."},
    ApiParameter{"limit", "Maximum number of connections; default 50.", Kind::integer, 1, kObservedRowsMax},
    ApiParameter{"after", "Cursor: the value of next of the previous page.", Kind::text, 1, kPlaceBytesMax},
};
constexpr std::array kEndQuery = {
    ApiParameter{"reason", "The reason that the client receives.", Kind::text, 1, 256},
};

constexpr std::array kObserveRoutes = {
    Route{.run = get_overview,
          .operation_id = "getOverview",
          .method = "GET",
          .path = "/overview",
          .summary = "Returns a verdict, the main metrics and their last 15 minutes, and recent changes.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "Overview",
          .refusals = "422"},
    Route{.run = get_cluster,
          .operation_id = "getCluster",
          .method = "GET",
          .path = "/cluster",
          .summary = "Returns the nodes of the cluster as this node sees them, its lease, and the state of their store.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "Cluster",
          .refusals = "404"},
    Route{.run = list_connections,
          .operation_id = "listConnections",
          .method = "GET",
          .path = "/connections",
          .summary = "Lists connections, by default the most lagging first. The list is updated at most twice a second.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "ConnectionList",
          .refusals = "422",
          .query = kConnectionsQuery},
    Route{.run = get_connection,
          .operation_id = "getConnection",
          .method = "GET",
          .path = "/connections/{connection}",
          .summary = "Returns one connection with its position in each room, its remaining allowances, and its last decisions.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "ConnectionDetail",
          .refusals = "404"},
    Route{.run = end_connection,
          .operation_id = "endConnection",
          .method = "DELETE",
          .path = "/connections/{connection}",
          .summary = "Ends one connection.",
          .right = core::Right::manage,
          .scope = ApiScope::operate,
          .answer = "Disconnected",
          .refusals = "404 422",
          .query = kEndQuery},
    Route{.run = list_refusals,
          .operation_id = "listRefusals",
          .method = "GET",
          .path = "/refusals",
          .summary = "Counts rejected requests since the start, by code, path, event and room, most frequent first.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "RefusalList"},
    Route{.run = get_top,
          .operation_id = "getTop",
          .method = "GET",
          .path = "/top",
          .summary = "Returns the events and rooms with the most publications in the last few seconds.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "Top",
          .refusals = "422"},
    Route{.run = list_settings,
          .operation_id = "listSettings",
          .method = "GET",
          .path = "/settings",
          .summary = "Lists the settings that the server started with, in the form of `dialogue config`. Secrets are masked.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "SettingList",
          .refusals = "422"},
    Route{.run = get_store,
          .operation_id = "getStore",
          .method = "GET",
          .path = "/store",
          .summary = "Returns the state of the store: size, commit times, queue and errors.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "StoreState",
          .refusals = "422"},
    Route{.run = list_hooks,
          .operation_id = "listHooks",
          .method = "GET",
          .path = "/hooks",
          .summary = "Returns hook statistics.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "HookList",
          .refusals = "422"},
    Route{.run = get_definitions,
          .operation_id = "getDefinitions",
          .method = "GET",
          .path = "/definitions",
          .summary = "Returns the events with their schemas, and the rooms of the definitions.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "DefinitionList",
          .refusals = "422"},
    Route{.run = get_whoami,
          .operation_id = "getWhoami",
          .method = "GET",
          .path = "/whoami",
          .summary = "Returns the caller's name and scopes.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "Whoami"},
};

}  // namespace

std::span<const Route> observe_routes() { return kObserveRoutes; }

}  // namespace dialogue::api
