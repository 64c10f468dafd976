// One user's data: what there is of it, and its end.
#include "server/api/api_call.hpp"
#include "server/core/access/identity.hpp"
#include "shared/base/percent.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

constexpr std::uint64_t kErasureRetryMs = 1000;

/// Of a path; refuses the call when no user can have this id.
const std::string* user_in_path(const ApiCall& call) {
  const std::string& user = call.request.parameters.front();
  if (core::is_user_id(user)) return &user;
  call.refuse({ErrorCode::request_invalid, "this is not a user id", {}});
  return nullptr;
}

void refuse_data(const ApiCall& call, ErrorCode code) {
  if (code == ErrorCode::not_supported) return call.refuse({422, code, "The server's store cannot search or erase by user."});
  if (code == ErrorCode::rate_limited) return call.refuse({429, code, "Another erasure is under way.", {}, kErasureRetryMs});
  call.refuse({code, {}, {}});
}

std::string erasure_text(const ErasureReport& report) {
  JsonText text;
  text.number("events", report.events).number("rooms", report.rooms).number("producers", report.producers);
  text.number("connections", report.connections).number("revocationsKept", report.revocations_kept);
  text.number("auditValues", report.audit_values);
  text.flag("clean", report.is_clean).flag("recording", report.is_recording);
  text.number("mentionsByOthers", report.mentions).number("piecesSearched", report.pieces);
  return text.raw("files", json_array(report.files, erased_file_text)).take();
}

std::string next_data_url(const UserDataQuery& next) {
  std::string url = std::string(kApiPath) + "/users/" + percent_encoded(next.user_id) + "/data?part=" + std::to_string(next.part);
  if (!next.room.empty()) url += "&room=" + next.room + "&since=" + std::to_string(next.since);
  return url;
}

}  // namespace

void erase_user_data(const ApiCallPtr& call) {
  const std::string* const user = user_in_path(*call);
  if (user == nullptr) return;
  const EraseUser& erase = call->api.settings().erase_user;
  if (!erase) return call->refuse({422, ErrorCode::not_supported, "This server has no store that can erase by user."});
  erase(*user, [call](const ErasureReport& report) {
    if (report.code != ErrorCode::ok) return refuse_data(*call, report.code);
    call->note("events", report.events);
    call->note("clean", report.is_clean ? 1U : 0U);
    call->done(json_answer(200, erasure_text(report)));
  });
}

void get_user_data(const ApiCallPtr& call) {
  const std::string* const user = user_in_path(*call);
  if (user == nullptr) return;
  const FindUserData& find = call->api.settings().find_user_data;
  if (!find) return call->refuse({422, ErrorCode::not_supported, "This server has no store that can search by user."});
  const ApiQuery& asked = call->request.query;
  UserDataQuery query{*user, asked.integer("part").value_or(0), asked.text("room"), asked.integer("since").value_or(0)};
  find(std::move(query), [call](const UserDataPage& page) {
    if (page.code != ErrorCode::ok) return refuse_data(*call, page.code);
    JsonText text;
    text.raw("events", json_array(page.events, user_event_text));
    if (page.next) text.text("next", next_data_url(*page.next));
    call->done(json_answer(200, text.take()));
  });
}

}  // namespace dialogue::api
