// Calls of the definitions, made by a backend.
#include <array>

#include "server/api/api_call.hpp"
#include "server/api/table/areas.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

void make_call(const ApiCallPtr& call) {
  const MakeCall& make = call->api.settings().make_call;
  if (!make) return call->refuse({422, ErrorCode::not_supported, "The definitions have no calls."});
  auto what = read_remote_call(call->body);
  if (!what) return call->refuse({ErrorCode::request_invalid, "a name contains a NUL", {}});
  if (what->from != core::kSystemUserId && !core::is_user_id(what->from))
    return call->refuse({ErrorCode::request_invalid, "from is not a user id", "$.from"});
  what->name = call->request.parameters.front();
  what->key = call->request.idempotency_key;
  call->note("call", what->name);
  call->note("from", what->from);
  make(*std::move(what), [call](RemoteCallAnswer answer) {
    if (answer.fault.code == ErrorCode::ok) return call->done(json_answer(200, JsonText().raw("answer", answer.json).take()));
    ApiProblem problem = problem_of(answer.fault);
    problem.retry_after_ms = answer.retry_after_ms;
    problem.error = std::move(answer.error);
    problem.data = std::move(answer.json);
    call->refuse(problem);
  });
}

constexpr std::array kCallRoutes = {
    Route{.run = make_call,
          .operation_id = "makeCall",
          .method = "POST",
          .path = "/calls/{call}",
          .summary = "Makes a call of the definitions. The request and the answer are checked as for clients; `access` and rate "
                     "limits of the call do not apply.",
          .right = core::Right::manage,
          .scope = ApiScope::publish,
          .is_message = true,
          .takes_key = true,
          .body = "CallRequest",
          .answer = "CallAnswer",
          .refusals = "404 409 413 415 422"},
};

}  // namespace

std::span<const Route> call_routes() { return kCallRoutes; }

}  // namespace dialogue::api
