// Why a user did or did not get an event: first the room's log is asked, then every shard for the user's connections.
#include <array>

#include "server/api/api_call.hpp"
#include "server/api/operations/delivery_verdict.hpp"
#include "server/api/table/areas.hpp"
#include "server/core/access/identity.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

std::string verdict_text(const DeliveryQuestion& question, const DeliveryVerdict& verdict) {
  JsonText text;
  text.text("room", question.room).number("seq", question.seq).text("user", question.user);
  text.text("answer", name_of(verdict.answer)).text("reason", verdict.reason).text("sentence", verdict.sentence);
  if (!verdict.event.empty()) text.text("event", verdict.event);
  text.raw("evidence", json_array(verdict.evidence, json_string)).raw("unknown", json_array(verdict.unknown, json_string));
  text.flag("more", question.has_more);
  return text
      .raw("connections", json_array(verdict.connections,
                                     [](const ConnectionVerdict& each) {
                                       JsonText row;
                                       row.text("id", each.session_id).flag("open", each.is_open);
                                       row.text("answer", name_of(each.answer)).text("reason", each.reason);
                                       if (each.epoch != 0) row.number("epoch", each.epoch);
                                       return row.number("started", each.started).number("position", each.position).take();
                                     }))
      .take();
}

void ask_receipt(const ApiCallPtr& call, const std::shared_ptr<DeliveryQuestion>& question) {
  ReceiptRowsQuery query{question->room, question->user, 1};
  query.covers = {question->log.epoch, question->seq};
  call->api.settings().trail.receipts(std::move(query), [call, question](ReceiptRows found) {
    if (!found.rows.empty()) question->receipt = std::move(found.rows.front());
    DeliveryVerdict verdict = delivery_verdict(*question);
    if (!found.is_readable) verdict.unknown.emplace_back("What the user's receipts say: the audit cannot be read.");
    call->done(json_answer(200, verdict_text(*question, verdict)));
  });
}

void ask_members(const ApiCallPtr& call, const std::shared_ptr<DeliveryQuestion>& question) {
  core::ObserveQuery query;
  query.what = core::ObserveQuery::What::member;
  query.user_id = question->user;
  query.room_id = question->room;
  if (!question->log.records.empty()) {
    query.event = question->log.records.front().event;
    query.payload = question->log.records.front().payload;
  }
  ApiCall::ask(call, {}, std::move(query), [call, question](core::ObserveQuery::Result found) {
    question->members = std::move(found.members);
    question->has_more = found.has_more;
    question->forgotten_ms = found.forgotten_ms;
    const DeliveryVerdict verdict = delivery_verdict(*question);
    if (call->api.settings().trail.receipts && can_receipt_tell(*question, verdict)) return ask_receipt(call, question);
    call->done(json_answer(200, verdict_text(*question, verdict)));
  });
}

void explain_delivery(const ApiCallPtr& call) {
  const ApiQuery& asked = call->request.query;
  const std::string room = asked.text("room"), user = asked.text("user");
  const auto seq = asked.integer("seq");
  if (room.empty() || user.empty() || !seq)
    return call->refuse({ErrorCode::request_invalid, "room, seq and user are required", {}});
  if (!is_name(room)) return call->refuse({ErrorCode::room_unknown, "of this id", {}});
  if (!core::is_user_id(user)) return call->refuse({ErrorCode::request_invalid, "this is not a user id", {}});
  core::HistoryQuery query;
  query.room_id = room;
  query.since = *seq - 1;
  query.before = *seq + 1;
  query.limit = 1;
  query.oldest_first = true;
  ApiCall::ask(call, room, std::move(query), [call, room, user, seq = *seq](core::HistoryQuery::Result found) {
    if (found.fault.code != ErrorCode::ok && found.fault.code != ErrorCode::history_damaged) return call->refuse(found.fault);
    const auto question = std::make_shared<DeliveryQuestion>();
    question->room = room;
    question->user = user;
    question->seq = seq;
    question->log = std::move(found);
    question->started_ms = call->api.settings().started_ms;
    ask_members(call, question);
  });
}

using Kind = ApiParameter::Kind;

constexpr std::array kWhyQuery = {
    ApiParameter{"room", "A room's id. Required."},
    ApiParameter{"seq", "The event's position in the room's log. Required.", Kind::integer, 1, kSafeIntegerMax},
    ApiParameter{"user", "A user's id. Required."},
};

constexpr std::array kWhyRoutes = {
    Route{.run = explain_delivery,
          .operation_id = "explainDelivery",
          .method = "GET",
          .path = "/why",
          .summary = "Explains why a user did or did not receive an event of a room's log.",
          .right = core::Right::manage,
          .scope = ApiScope::observe,
          .answer = "Why",
          .refusals = "404 422",
          .query = kWhyQuery},
};

}  // namespace

std::span<const Route> why_routes() { return kWhyRoutes; }

}  // namespace dialogue::api
