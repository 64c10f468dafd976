// A request that becomes the WebSocket of a Yjs page: /yjs/ROOM, with `?document=` for a room with several, and `?token=` as
// elsewhere. The registration of the transport with the HTTP side.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "server/core/documents/document_events.hpp"
#include "server/http/transport_upgrade.hpp"
#include "server/transport/websocket/websocket_limits.hpp"
#include "server/transport/yjs/yjs_translator.hpp"

namespace dialogue::transport {

inline constexpr std::string_view kYjsPath = "/yjs/";

class YjsUpgrade : public http::TransportUpgrade {
 public:
  /// `limits`: those of WebSockets, but for the size of messages, which is an update's. `definitions` outlive it.
  YjsUpgrade(WebSocketLimits limits, const CatalogueView& catalogue, const Definitions& definitions);

  [[nodiscard]] bool is_wanted(const http::RequestHeader& header, const http::CheckedRequest& request) const override;
  [[nodiscard]] std::variant<http::Upgrade, http::UpgradeRefusal> judge(const http::HttpContext& context,
                                                                        const http::RequestHeader& header,
                                                                        const http::CheckedRequest& request,
                                                                        const http::RequestSource& source, bool draining,
                                                                        core::Time now) const override;
  [[nodiscard]] std::unique_ptr<Handoff> make(net::ByteStream stream, net::AdmissionGuard admission, http::Upgrade granted,
                                              std::string received) const override;

 private:
  /// Reads the document that a path and a query ask for. Returns a sentence if they have a fault.
  [[nodiscard]] std::variant<YjsOpening, std::string> read(std::string_view path, std::string_view query) const;
  /// Returns the only document event of the rooms with this id, or an empty text if they have none, or several.
  [[nodiscard]] std::string document_of(std::string_view room) const;

  WebSocketLimits limits_;
  const CatalogueView catalogue_;
  const Definitions& definitions_;
  const core::DocumentEvents documents_;
};

}  // namespace dialogue::transport
