// The audit, by pages.
#include <charconv>

#include "server/api/api_call.hpp"
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

std::string receipt_text(const ReceiptRow& row) {
  JsonText text;
  text.text("user", row.user_id).number("epoch", row.epoch).number("from", row.first).number("to", row.last);
  return text.number("since", row.since_ms).number("until", row.until_ms).take();
}

/// "EPOCH.FIRST.USER", as `next` of a page was.
std::string place_of(const ReceiptRow& row) {
  return std::to_string(row.epoch) + "." + std::to_string(row.first) + "." + row.user_id;
}
bool read_place(const std::string& text, ReceiptRow& place) {
  std::size_t at = 0;
  for (std::uint64_t* value : {&place.epoch, &place.first}) {
    const auto dot = text.find('.', at);
    if (dot == std::string::npos) return false;
    const auto [end, fault] = std::from_chars(text.data() + at, text.data() + dot, *value);
    if (fault != std::errc() || end != text.data() + dot || *value > kSafeIntegerMax) return false;
    at = dot + 1;
  }
  place.user_id = text.substr(at);
  return true;
}

}  // namespace

void list_receipts(const ApiCallPtr& call) {
  const auto& ask = call->api.settings().trail.receipts;
  if (!ask)
    return call->refuse({422, ErrorCode::not_supported, "This server keeps no receipts. Start it with --audit and --receipts."});
  const ApiQuery& asked = call->request.query;
  ReceiptRowsQuery query{call->request.parameters.front(), asked.text("user"),
                         asked.integer("limit").value_or(kAuditPageDefault)};
  if (!is_name(query.room)) return call->refuse({ErrorCode::room_unknown, "of this id", {}});
  if (const std::string after = asked.text("after"); !after.empty() && !read_place(after, query.after))
    return call->refuse({ErrorCode::request_invalid, "after is not the next of a page", {}});
  const std::size_t limit = query.limit;
  ask(std::move(query), [call, limit](const ReceiptRows& found) {
    if (!found.is_readable) return call->refuse({ErrorCode::store_unavailable, {}, {}});
    JsonText text;
    text.raw("receipts", json_array(found.rows, receipt_text));
    if (found.rows.size() == limit) text.text("next", place_of(found.rows.back()));
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

}  // namespace dialogue::api
