// One user's data: export and erasure.
#include <array>

#include "server/api/api_call.hpp"
#include "server/api/operations/receipt_text.hpp"
#include "server/api/table/areas.hpp"
#include "server/core/access/identity.hpp"
#include "shared/base/percent.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

constexpr std::uint64_t kErasureRetryMs = 1000;
constexpr std::size_t kReceiptsPage = 100;

/// Returns the user id in the path. If it is malformed, refuses the call and returns null.
const std::string* user_in_path(const ApiCall& call) {
  const std::string& user = call.request.parameters.front();
  if (core::is_user_id(user)) return &user;
  call.refuse({ErrorCode::request_invalid, "this is not a user id", {}});
  return nullptr;
}

void refuse_data(const ApiCall& call, ErrorCode code) {
  if (code == ErrorCode::not_supported) return call.refuse({422, code, "The server's store cannot search or erase by user."});
  if (code == ErrorCode::rate_limited) return call.refuse({429, code, "Another erasure is running.", {}, kErasureRetryMs});
  call.refuse({code, {}, {}});
}

std::string erasure_text(const ErasureReport& report) {
  JsonText text;
  text.number("events", report.events).number("rooms", report.rooms).number("producers", report.producers);
  text.number("connections", report.connections).number("revocationsKept", report.revocations_kept);
  text.number("auditValues", report.audit_values);
  text.flag("clean", report.is_clean).flag("recording", report.is_recording);
  text.number("mentionsByOthers", report.mentions).number("piecesSearched", report.pieces);
  text.number("auditMentions", report.audit_mentions);
  text.number("connected", report.connected).number("roomsDeleted", report.rooms_deleted);
  text.raw("roomsNamedAfterUser", json_array(report.named_rooms, json_string));
  return text.raw("files", json_array(report.files, erased_file_text)).take();
}

std::string data_url(const std::string& user_id) {
  return std::string(kApiPath) + "/users/" + percent_encoded(user_id) + "/data?";
}
std::string next_data_url(const UserDataQuery& next) {
  std::string url = data_url(next.user_id) + "part=" + std::to_string(next.part);
  if (!next.room.empty()) url += "&room=" + next.room + "&since=" + std::to_string(next.since);
  return url;
}
/// The pages of receipts follow the pages of events.
std::string receipts_url(const std::string& user_id, const ReceiptPlace& after) {
  return data_url(user_id) + "receipts=" + percent_encoded(place_text(after));
}

void get_user_receipts(const ApiCallPtr& call, const std::string& user, const std::string& after) {
  const auto& ask = call->api.settings().trail.receipts;
  std::optional<ReceiptPlace> place = place_from(after);
  if (!ask || !place) return call->refuse({ErrorCode::request_invalid, "receipts is not a cursor of a page", {}});
  ReceiptRowsQuery query{{}, user, kReceiptsPage, {std::move(place->name), user, place->epoch, place->first}};
  ask(std::move(query), [call, user](const ReceiptRows& found) {
    if (!found.is_readable) return call->refuse({ErrorCode::store_unavailable, {}, {}});
    JsonText text;
    text.raw("events", "[]").raw("receipts", json_array(found.rows, receipt_text));
    if (found.rows.size() == kReceiptsPage) {
      const ReceiptRow& last = found.rows.back();
      text.text("next", receipts_url(user, {last.epoch, last.first, last.room}));
    }
    call->done(json_answer(200, text.take()));
  });
}

void erase_user_data(const ApiCallPtr& call) {
  const std::string* const user = user_in_path(*call);
  if (user == nullptr) return;
  const EraseUser& erase = call->api.settings().erase_user;
  if (!erase) return call->refuse({422, ErrorCode::not_supported, "The server's store cannot erase by user."});
  erase({*user, call->request.query.flag("delete_rooms")}, [call](const ErasureReport& report) {
    call->api.answers().clear();  // they may name the user
    if (report.code != ErrorCode::ok) return refuse_data(*call, report.code);
    call->note("events", report.events);
    call->note("clean", report.is_clean ? 1U : 0U);
    call->done(json_answer(200, erasure_text(report)));
  });
}

void get_user_data(const ApiCallPtr& call) {
  const std::string* const user = user_in_path(*call);
  if (user == nullptr) return;
  const ApiQuery& asked = call->request.query;
  if (const std::string after = asked.text("receipts"); !after.empty()) return get_user_receipts(call, *user, after);
  const FindUserData& find = call->api.settings().find_user_data;
  if (!find) return call->refuse({422, ErrorCode::not_supported, "The server's store cannot search by user."});
  UserDataQuery query{*user, asked.integer("part").value_or(0), asked.text("room"), asked.integer("since").value_or(0)};
  find(std::move(query), [call, user = *user](const UserDataPage& page) {
    if (page.code != ErrorCode::ok) return refuse_data(*call, page.code);
    JsonText text;
    text.raw("events", json_array(page.events, user_event_text));
    if (page.next) text.text("next", next_data_url(*page.next));
    if (!page.next && call->api.settings().trail.receipts) text.text("next", receipts_url(user, {}));
    call->done(json_answer(200, text.take()));
  });
}

using Kind = ApiParameter::Kind;

constexpr std::array kUserDataQuery = {
    ApiParameter{"part", "Cursor: copy from `next` of the previous page.", Kind::integer, 0, kSafeIntegerMax},
    ApiParameter{"room", "Cursor: copy from `next` of the previous page."},
    ApiParameter{"since", "Cursor: copy from `next` of the previous page.", Kind::integer, 0, kSafeIntegerMax},
    ApiParameter{"receipts", "Cursor: copy from `next` of the previous page.", Kind::text, 1, kPlaceBytesMax},
};
constexpr std::array kErasureQuery = {
    ApiParameter{"delete_rooms", "Delete rooms that are named after the user and have no events of others.", Kind::flag},
};

constexpr std::array kPrivacyRoutes = {
    Route{.run = get_user_data,
          .operation_id = "getUserData",
          .method = "GET",
          .path = "/users/{user}/data",
          .summary =
              "Exports a user's publications, own room and receipts, in pages. A page may be empty although another follows.",
          .right = core::Right::manage,
          .scope = ApiScope::admin,
          .answer = "UserData",
          .refusals = "422",
          .query = kUserDataQuery},
    Route{.run = erase_user_data,
          .operation_id = "eraseUserData",
          .method = "DELETE",
          .path = "/users/{user}/data",
          .summary = "Ends a user's connections, erases the user's publications, the user's own room and what operators see of "
                     "the user, and searches the store's files for remains. A repeated call waits for the running erasure.",
          .right = core::Right::manage,
          .scope = ApiScope::admin,
          .hides_path = true,
          .answer = "Erasure",
          .refusals = "422",
          .query = kErasureQuery},
};

}  // namespace

std::span<const Route> privacy_routes() { return kPrivacyRoutes; }

}  // namespace dialogue::api
