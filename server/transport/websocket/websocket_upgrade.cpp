// Faults of the request itself are reported before any refusal that depends on the server's state.
#include "server/transport/websocket/websocket_upgrade.hpp"

#include <utility>

#include "server/http/connection_admission.hpp"
#include "server/transport/websocket/websocket_handoff.hpp"
#include "server/transport/websocket/websocket_handshake.hpp"

namespace dialogue::transport {

bool WebSocketUpgrade::is_wanted(const http::RequestHeader& header, const http::CheckedRequest&) const {
  return wants_websocket(header);
}

std::variant<http::Upgrade, http::UpgradeRefusal> WebSocketUpgrade::judge(const http::HttpContext& context,
                                                                          const http::RequestHeader& header,
                                                                          const http::CheckedRequest& request,
                                                                          const http::RequestSource& source, bool draining,
                                                                          core::Time now) const {
  if (request.path != context.config.path) return http::Refused{404, "This path does not serve WebSockets."};
  const api::PageOrigin origin = http::page_origin(context, header, source);
  if (origin == api::PageOrigin::foreign) return http::Refused{403, http::kForeignOrigin};
  if (const auto fault = check_handshake(header)) return http::Refused{fault->status, fault->reason};
  auto offered = offered_subprotocol(header);
  if (const auto* fault = std::get_if<http::RequestError>(&offered)) return http::Refused{fault->status, fault->reason};
  auto admitted = http::admit_connection(context, header, request, source, origin, TransportKind::websocket, draining, now);
  if (const auto* refused = std::get_if<http::Refused>(&admitted)) return *refused;
  http::Upgrade& granted = std::get<http::Upgrade>(admitted);
  auto& [subprotocol, first_message] = std::get<OfferedSubprotocol>(offered);
  granted.answer = handshake_answer(header, subprotocol, static_cast<std::int64_t>(now.unix_ms / core::kMsPerSecond));
  granted.first_message = std::move(first_message);
  return std::move(granted);
}

std::unique_ptr<Handoff> WebSocketUpgrade::make(net::ByteStream stream, net::AdmissionGuard admission, http::Upgrade granted,
                                                std::string received) const {
  return std::make_unique<WebSocketHandoff>(
      std::move(stream), std::move(admission), std::move(granted.peer),
      WebSocketOpening{std::move(granted.answer), std::move(granted.first_message), std::move(received)}, limits_, texts_);
}

}  // namespace dialogue::transport
