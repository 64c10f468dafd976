// Faults of the request itself are reported before any refusal that depends on the server's state.
#include "server/transport/yjs/yjs_upgrade.hpp"

#include <utility>

#include "server/http/connection_admission.hpp"
#include "server/transport/websocket/websocket_handshake.hpp"
#include "server/transport/yjs/yjs_handoff.hpp"
#include "shared/base/names.hpp"
#include "shared/base/percent.hpp"
#include "shared/document/document_limits.hpp"

namespace dialogue::transport {
namespace {

constexpr std::size_t kMessageHeadBytes = 16;

struct YjsGrant : http::UpgradeDetail {
  explicit YjsGrant(YjsOpening its_opening) : opening(std::move(its_opening)) {}
  YjsOpening opening;
};

/// Returns the decoded value of a query's parameter, empty if the query does not have it or its encoding is invalid.
std::string parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return percent_decoded(pair.substr(equals + 1)).value_or("");
  }
  return {};
}

}  // namespace

YjsUpgrade::YjsUpgrade(WebSocketLimits limits, const CatalogueView& catalogue, const Definitions& definitions)
    : limits_(limits), catalogue_(catalogue), definitions_(definitions), documents_(catalogue, definitions) {
  limits_.message_bytes_max = document::kUpdateBytesMax + kMessageHeadBytes;
  limits_.accepts_binary = true;
}

bool YjsUpgrade::is_wanted(const http::RequestHeader& header, const http::CheckedRequest& request) const {
  return request.path.starts_with(kYjsPath) && wants_websocket(header);
}

std::string YjsUpgrade::document_of(std::string_view room) const {
  const auto index = catalogue_.match_room(room);
  if (!index) return {};
  const std::string_view pattern = catalogue_.room(*index).id;
  std::string found;
  for (const RoomDefinition& each : definitions_.rooms) {
    if (each.id != pattern) continue;
    for (const std::string& name : each.events) {
      const auto event = catalogue_.find_event(name);
      if (!event || documents_.roots_of(*event) == nullptr) continue;
      if (!found.empty()) return {};
      found = name;
    }
  }
  return found;
}

std::variant<YjsOpening, std::string> YjsUpgrade::read(std::string_view path, std::string_view query) const {
  YjsOpening opening;
  opening.room = percent_decoded(path.substr(kYjsPath.size())).value_or("");
  if (!is_name(opening.room)) return "The path is /yjs/ and the id of a room.";
  opening.event = parameter(query, "document");
  if (opening.event.empty()) opening.event = document_of(opening.room);
  if (opening.event.empty()) return "Name a document of the room by ?document=.";
  const auto event = catalogue_.find_event(opening.event);
  if (!event || documents_.roots_of(*event) == nullptr) return "The definitions have no document of this name.";
  opening.event_number = *event + 1;
  opening.user_id = parameter(query, "userId");
  opening.fingerprint = catalogue_.fingerprint();
  return opening;
}

std::variant<http::Upgrade, http::UpgradeRefusal> YjsUpgrade::judge(const http::HttpContext& context,
                                                                    const http::RequestHeader& header,
                                                                    const http::CheckedRequest& request,
                                                                    const http::RequestSource& source, bool draining,
                                                                    core::Time now) const {
  const api::PageOrigin origin = http::page_origin(context, header, source);
  if (origin == api::PageOrigin::foreign) return http::Refused{403, http::kForeignOrigin};
  if (const auto fault = check_handshake(header)) return http::Refused{fault->status, fault->reason};
  auto asked = read(request.path, request.query);
  if (const auto* fault = std::get_if<std::string>(&asked))
    return http::UpgradeRefusal{{404, "The path names no document."}, http::problem(404, *fault)};
  auto admitted = http::admit_connection(context, header, request, source, origin, TransportKind::websocket, draining, now);
  if (const auto* refused = std::get_if<http::Refused>(&admitted)) return *refused;
  http::Upgrade& granted = std::get<http::Upgrade>(admitted);
  granted.answer = handshake_answer(header, {}, static_cast<std::int64_t>(now.unix_ms / core::kMsPerSecond));
  granted.first_message = first_message(std::get<YjsOpening>(asked));
  granted.detail = std::make_unique<YjsGrant>(std::get<YjsOpening>(std::move(asked)));
  return std::move(granted);
}

std::unique_ptr<Handoff> YjsUpgrade::make(net::ByteStream stream, net::AdmissionGuard admission, http::Upgrade granted,
                                          std::string received) const {
  auto& grant = static_cast<YjsGrant&>(*granted.detail);
  return std::make_unique<YjsHandoff>(
      std::move(stream), std::move(admission), std::move(granted.peer),
      YjsBeginning{std::move(granted.answer), *std::move(granted.first_message), std::move(received)}, std::move(grant.opening),
      limits_);
}

}  // namespace dialogue::transport
