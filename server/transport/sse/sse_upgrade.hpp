// A request that becomes a push stream: GET at the path of SseLimits. The registration of the transport with the HTTP side.
#pragma once
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "server/core/messages/event_filter.hpp"
#include "server/http/transport_upgrade.hpp"
#include "server/transport/per_loop.hpp"
#include "server/transport/sse/sse_limits.hpp"
#include "server/transport/sse/sse_request.hpp"
#include "server/transport/sse/sse_texts.hpp"

namespace dialogue::transport {

class SseUpgrade : public http::TransportUpgrade {
 public:
  /// `catalogue` outlives it.
  SseUpgrade(SseLimits limits, const CatalogueView& catalogue, const std::vector<EventDefinition>& events)
      : limits_(std::move(limits)),
        catalogue_(catalogue),
        filter_fields_(catalogue, events),
        texts_([&catalogue] { return std::make_unique<SseTexts>(catalogue); }) {}

  [[nodiscard]] bool is_wanted(const http::RequestHeader& header, const http::CheckedRequest& request) const override;
  [[nodiscard]] std::variant<http::Upgrade, http::UpgradeRefusal> judge(const http::HttpContext& context,
                                                                        const http::RequestHeader& header,
                                                                        const http::CheckedRequest& request,
                                                                        const http::RequestSource& source, bool draining,
                                                                        core::Time now) const override;
  [[nodiscard]] std::unique_ptr<Handoff> make(net::ByteStream stream, net::AdmissionGuard admission, http::Upgrade granted,
                                              std::string received) const override;

 private:
  /// The request, or one sentence with the fault of its query.
  [[nodiscard]] std::variant<SseRequest, std::string> read(const http::RequestHeader& header,
                                                           const http::CheckedRequest& request) const;

  const SseLimits limits_;
  const CatalogueView& catalogue_;
  const core::FilterFields filter_fields_;
  mutable PerLoop<SseTexts> texts_;
};

}  // namespace dialogue::transport
