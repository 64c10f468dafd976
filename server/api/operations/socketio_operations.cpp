// Events for Socket.IO clients, from any process.
#include <array>
#include <utility>

#include "server/api/api_call.hpp"
#include "server/api/table/areas.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

void emit_to_sockets(const ApiCallPtr& call) {
  auto emission = read_emission(call->body);
  if (!emission) return call->refuse({ErrorCode::request_invalid, "a name contains a NUL", {}});
  call->note("namespace", emission->nsp);
  call->note("eventName", emission->event);
  const std::string unknown = "There is no namespace " + emission->nsp + " for Socket.IO clients.";
  const auto& emit = call->api.settings().emit;
  if (!emit) return call->refuse({404, ErrorCode::not_supported, unknown, "$.namespace"});
  emit(std::move(*emission), [call, unknown](ErrorCode code, std::size_t sockets) {
    if (code == ErrorCode::not_supported) return call->refuse({404, code, unknown, "$.namespace"});
    if (code == ErrorCode::request_invalid)
      return call->refuse({422, code, "The event's name is reserved by Socket.IO clients.", "$.event"});
    if (code != ErrorCode::ok) return call->refuse({code, {}, {}});
    call->note("sockets", sockets);
    call->done(json_answer(200, JsonText().number("sockets", sockets).take()));
  });
}

constexpr std::array kSocketIoRoutes = {
    Route{.run = emit_to_sockets,
          .operation_id = "emitToSockets",
          .method = "POST",
          .path = "/socketio/emit",
          .summary = "Emits an event to the Socket.IO clients of a namespace, or of rooms in it. It is not stored.",
          .right = core::Right::manage,
          .scope = ApiScope::publish,
          .is_message = true,
          .body = "Emission",
          .answer = "Emitted",
          .refusals = "404 413 415 422"},
};

}  // namespace

std::span<const Route> socketio_routes() { return kSocketIoRoutes; }

}  // namespace dialogue::api
