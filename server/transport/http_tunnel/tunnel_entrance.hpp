// The requests of connections over HTTP, `poll`, `stream` and `send` below the path of the WebSocket: the registration of the
// transports `polling` and `stream` with the HTTP side. Safe on any loop's thread.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/http/request_transport.hpp"
#include "server/transport/http_tunnel/tunnel_call.hpp"
#include "server/transport/http_tunnel/tunnel_limits.hpp"
#include "server/transport/http_tunnel/tunnel_table.hpp"

namespace dialogue::transport {

class TunnelEntrance : public http::RequestTransport {
 public:
  explicit TunnelEntrance(TunnelLimits limits);

  [[nodiscard]] bool is_wanted(const http::CheckedRequest& request) const override;
  [[nodiscard]] std::optional<http::HttpResponse> judge_head(const Asked& asked) const override;
  [[nodiscard]] std::size_t body_bytes_max() const override { return limits_.body_bytes_max(); }
  [[nodiscard]] http::HttpResponse body_refusal(const Asked& asked, unsigned status) const override;
  [[nodiscard]] std::variant<std::unique_ptr<http::RequestCall>, http::HttpResponse> judge(const Asked& asked,
                                                                                           std::string body) const override;

 private:
  [[nodiscard]] std::optional<TunnelCall::Kind> kind_of(std::string_view path) const;
  /// Returns the peer that begins a session and the address that it counts for, or the response that refuses it.
  [[nodiscard]] std::variant<TunnelCall::Opening, http::HttpResponse> admit(const Asked& asked, TunnelCall::Kind kind,
                                                                            std::string_view body) const;

  const TunnelLimits limits_;
  const std::string base_;  ///< of the paths, with a slash at its end
  mutable TunnelTables tables_{limits_};
};

}  // namespace dialogue::transport
