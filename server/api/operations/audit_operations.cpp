// The audit, by pages.
#include "server/api/api_call.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

constexpr std::size_t kAuditPageDefault = 100;

std::string audit_record_text(const AuditTrailRecord& record) {
  JsonText personal;
  for (const auto& [name, value] : record.personal) personal.text(name, value);
  return JsonText().raw("record", record.text).text("hash", record.hash).raw("values", personal.take()).take();
}

}  // namespace

void list_audit(const ApiCallPtr& call) {
  const auto& ask = call->api.settings().trail.query;
  if (!ask) return call->refuse({422, ErrorCode::not_supported, "This server has no audit. Start it with --audit FILE."});
  const ApiQuery& asked = call->request.query;
  AuditTrailQuery query{asked.integer("after").value_or(0), asked.integer("limit").value_or(kAuditPageDefault),
                        asked.text("actor"), asked.text("action")};
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
