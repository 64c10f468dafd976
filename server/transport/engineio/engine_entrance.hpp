// The requests of Engine.IO sessions at one path: polls and POSTs (EngineEntrance), and WebSockets (EngineUpgrade). The
// registration with the HTTP side. EngineEndpoint has both.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "server/http/request_transport.hpp"
#include "server/http/transport_upgrade.hpp"
#include "server/transport/engineio/engine_call.hpp"
#include "server/transport/engineio/engine_table.hpp"
#include "shared/base/transports.hpp"

namespace dialogue::transport {

/// With or without a slash behind `base`.
[[nodiscard]] bool is_engine_path(std::string_view path, std::string_view base);

class EngineEntrance : public http::RequestTransport {
 public:
  EngineEntrance(const EngineSettings& settings, EngineTables& tables) : settings_(settings), tables_(tables) {}

  [[nodiscard]] bool is_wanted(const http::CheckedRequest& request) const override;
  [[nodiscard]] std::optional<http::HttpResponse> judge_head(const Asked& asked) const override;
  [[nodiscard]] std::size_t body_bytes_max() const override { return settings_.limits.payload_bytes_max; }
  [[nodiscard]] http::HttpResponse body_refusal(const Asked& asked, unsigned status) const override;
  [[nodiscard]] std::variant<std::unique_ptr<http::RequestCall>, http::HttpResponse> judge(const Asked& asked,
                                                                                           std::string body) const override;

 private:
  const EngineSettings& settings_;
  EngineTables& tables_;
};

class EngineUpgrade : public http::TransportUpgrade {
 public:
  EngineUpgrade(const EngineSettings& settings, EngineTables& tables, std::uint32_t loop_count)
      : settings_(settings), tables_(tables), loop_count_(loop_count) {}

  [[nodiscard]] bool is_wanted(const http::RequestHeader& header, const http::CheckedRequest& request) const override;
  [[nodiscard]] std::variant<http::Upgrade, http::UpgradeRefusal> judge(const http::HttpContext& context,
                                                                        const http::RequestHeader& header,
                                                                        const http::CheckedRequest& request,
                                                                        const http::RequestSource& source, bool draining,
                                                                        core::Time now) const override;
  [[nodiscard]] std::unique_ptr<Handoff> make(net::ByteStream stream, net::AdmissionGuard admission, http::Upgrade granted,
                                              std::string received) const override;

 private:
  const EngineSettings& settings_;
  EngineTables& tables_;
  const std::uint32_t loop_count_;
};

/// Engine.IO at one path.
class EngineEndpoint {
 public:
  EngineEndpoint(EngineLimits limits, std::uint32_t loop_count, MakeEngineClient make);
  EngineEndpoint(const EngineEndpoint&) = delete;
  EngineEndpoint& operator=(const EngineEndpoint&) = delete;

  [[nodiscard]] const EngineUpgrade* upgrade() const { return &upgrade_; }
  [[nodiscard]] const EngineEntrance* entrance() const { return &entrance_; }

 private:
  const EngineSettings settings_;
  EngineTables tables_{settings_};
  EngineUpgrade upgrade_;
  EngineEntrance entrance_;
};

}  // namespace dialogue::transport
