// Documents of rooms: what they show, and what a copy of them lacks.
#include <array>

#include "server/api/api_call.hpp"
#include "server/api/table/areas.hpp"
#include "shared/base/base64.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

constexpr std::size_t kStateVectorTextMax = 16 * 1024;

std::string base64_of(const std::string& bytes) {
  return encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

void get_document(const ApiCallPtr& call) {
  const std::string& room = call->request.parameters[0];
  if (!is_name(room)) return call->refuse({ErrorCode::room_unknown, "of this id", {}});
  core::DocumentQuery query{room, call->request.parameters[1], true};
  const std::string since = call->request.query.text("since");
  if (call->request.query.flag("update")) query.since.emplace(1, '\0');  // the state vector of an empty document
  if (!since.empty()) {
    const auto bytes = decode_base64(since);
    if (!bytes) return call->refuse({ErrorCode::request_invalid, "since is a state vector in base64", {}});
    query.since.emplace(bytes->begin(), bytes->end());
  }
  const bool has_update = query.since.has_value();
  ApiCall::ask(call, room, std::move(query), [call, room, has_update](const core::DocumentQuery::Result& found) {
    if (found.fault.code != ErrorCode::ok) return call->refuse(found.fault);
    JsonText text;
    text.text("room", room).text("event", call->request.parameters[1]).number("epoch", found.epoch).number("seq", found.seq);
    text.raw("roots", found.roots).text("stateVector", base64_of(found.state_vector));
    if (has_update) text.text("update", base64_of(found.update));
    call->done(json_answer(200, text.take()));
  });
}

using Kind = ApiParameter::Kind;

constexpr std::array kDocumentQuery = {
    ApiParameter{"update", "Include the whole document as an update of Yjs.", Kind::flag},
    ApiParameter{"since", "Include what a copy with this state vector (base64) lacks, as an update.", Kind::text, 1,
                 kStateVectorTextMax},
};

constexpr std::array kDocumentRoutes = {
    Route{.run = get_document,
          .operation_id = "getDocument",
          .method = "GET",
          .path = "/rooms/{room}/documents/{event}",
          .summary = "Reads a document: what its roots show, with all committed updates.",
          .right = core::Right::history,
          .scope = ApiScope::read,
          .answer = "DocumentState",
          .refusals = "404 422",
          .query = kDocumentQuery},
};

}  // namespace

std::span<const Route> document_routes() { return kDocumentRoutes; }

}  // namespace dialogue::api
