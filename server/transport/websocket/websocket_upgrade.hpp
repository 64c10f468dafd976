// A request that becomes a WebSocket: RFC 6455 section 4. The registration of the transport with the HTTP side.
#pragma once
#include <memory>
#include <string>
#include <variant>

#include "server/http/transport_upgrade.hpp"
#include "server/transport/per_loop.hpp"
#include "server/transport/websocket/binary_texts.hpp"
#include "server/transport/websocket/websocket_limits.hpp"

namespace dialogue::transport {

class WebSocketUpgrade : public http::TransportUpgrade {
 public:
  explicit WebSocketUpgrade(const WebSocketLimits& limits) : limits_(limits) {}

  [[nodiscard]] bool is_wanted(const http::RequestHeader& header, const http::CheckedRequest& request) const override;
  [[nodiscard]] std::variant<http::Upgrade, http::UpgradeRefusal> judge(const http::HttpContext& context,
                                                                        const http::RequestHeader& header,
                                                                        const http::CheckedRequest& request,
                                                                        const http::RequestSource& source, bool draining,
                                                                        core::Time now) const override;
  [[nodiscard]] std::unique_ptr<Handoff> make(net::ByteStream stream, net::AdmissionGuard admission, http::Upgrade granted,
                                              std::string received) const override;

 private:
  const WebSocketLimits limits_;
  mutable PerLoop<BinaryTexts> texts_;
};

}  // namespace dialogue::transport
