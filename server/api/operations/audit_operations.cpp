// The audit, by pages.
#include <array>

#include "server/api/api_call.hpp"
#include "server/api/operations/receipt_text.hpp"
#include "server/api/table/areas.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

constexpr std::size_t kAuditPageDefault = 100;

std::string audit_record_text(const AuditTrailRecord& record) {
  JsonText personal;
  for (const auto& [name, value] : record.personal) personal.text(name, value);
  return JsonText().raw("record", record.text).text("hash", record.hash).raw("values", personal.take()).take();
}

void list_receipts(const ApiCallPtr& call) {
  const auto& ask = call->api.settings().trail.receipts;
  if (!ask)
    return call->refuse({422, ErrorCode::not_supported, "This server keeps no receipts. Start it with --audit and --receipts."});
  const ApiQuery& asked = call->request.query;
  ReceiptRowsQuery query{call->request.parameters.front(), asked.text("user"),
                         asked.integer("limit").value_or(kAuditPageDefault)};
  if (!is_name(query.room)) return call->refuse({ErrorCode::room_unknown, "of this id", {}});
  if (const std::string after = asked.text("after"); !after.empty()) {
    std::optional<ReceiptPlace> place = place_from(after);
    if (!place) return call->refuse({ErrorCode::request_invalid, "after is not a cursor of a page", {}});
    query.after = {query.room, std::move(place->name), place->epoch, place->first};
  }
  const std::size_t limit = query.limit;
  ask(std::move(query), [call, limit](const ReceiptRows& found) {
    if (!found.is_readable) return call->refuse({ErrorCode::store_unavailable, {}, {}});
    JsonText text;
    text.raw("receipts", json_array(found.rows, receipt_text));
    if (found.rows.size() == limit) {
      const ReceiptRow& last = found.rows.back();
      text.text("next", place_text({last.epoch, last.first, last.user_id}));
    }
    call->done(json_answer(200, text.take()));
  });
}

void list_audit(const ApiCallPtr& call) {
  const auto& ask = call->api.settings().trail.query;
  if (!ask) return call->refuse({422, ErrorCode::not_supported, "This server has no audit. Start it with --audit FILE."});
  const ApiQuery& asked = call->request.query;
  AuditTrailQuery query{asked.integer("after").value_or(0), asked.integer("limit").value_or(kAuditPageDefault),
                        asked.text("actor"), asked.text("action"), asked.integer("before")};
  const std::size_t limit = query.limit;
  ask(std::move(query), [call, limit](const AuditTrailPage& page) {
    if (!page.is_readable) return call->refuse({ErrorCode::store_unavailable, {}, {}});
    JsonText text;
    text.raw("records", json_array(page.records, audit_record_text));
    if (page.records.size() == limit) text.number("next", page.records.back().seq);
    call->done(json_answer(200, text.take()));
  });
}

using Kind = ApiParameter::Kind;

constexpr std::array kAuditQuery = {
    ApiParameter{"limit", "Maximum number of records; default 100.", Kind::integer, 1, kListEntriesMax},
    ApiParameter{"after", "Only records with a greater seq.", Kind::integer, 0, kSafeIntegerMax},
    ApiParameter{"before", "Only records with a smaller seq, newest first.", Kind::integer, 1, kSafeIntegerMax},
    ApiParameter{"actor", "Only records of this caller, such as key:billing, or of this user.", Kind::text, 1, kActorBytesMax},
    ApiParameter{"action", "Only records of this action, such as deleteRoom or sign_in."},
};
constexpr std::array kReceiptsQuery = {
    ApiParameter{"user", "Only ranges of this user."},
    ApiParameter{"limit", "Maximum number of ranges; default 100.", Kind::integer, 1, kListEntriesMax},
    ApiParameter{"after", "Cursor: the value of next of the previous page.", Kind::text, 1, kPlaceBytesMax},
};

constexpr std::array kAuditRoutes = {
    Route{.run = list_audit,
          .operation_id = "listAudit",
          .method = "GET",
          .path = "/audit",
          .summary = "Reads a page of the audit, oldest first; with before, newest first.",
          .right = core::Right::manage,
          .scope = ApiScope::admin,
          .answer = "AuditPage",
          .refusals = "422",
          .query = kAuditQuery},
    Route{.run = list_receipts,
          .operation_id = "listReceipts",
          .method = "GET",
          .path = "/rooms/{room}/receipts",
          .summary = "Reads a page of the ranges of the room's log that users received, sorted by user.",
          .right = core::Right::manage,
          .scope = ApiScope::admin,
          .answer = "ReceiptPage",
          .refusals = "404 422",
          .query = kReceiptsQuery},
};

}  // namespace

std::span<const Route> audit_routes() { return kAuditRoutes; }

}  // namespace dialogue::api
