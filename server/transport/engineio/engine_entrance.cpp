// Faults of the request itself are reported before any refusal that depends on the server's state.
#include "server/transport/engineio/engine_entrance.hpp"

#include <boost/beast/http/verb.hpp>
#include <functional>
#include <utility>

#include "server/core/util/time.hpp"
#include "server/http/connection_admission.hpp"
#include "server/http/http_context.hpp"
#include "server/http/request/client_address.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/net/session_id.hpp"
#include "server/transport/stream_texts.hpp"
#include "server/transport/websocket/websocket_handshake.hpp"

namespace dialogue::transport {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::string_view kVersion = "4";

/// What a session is bound to: a browser leaves out Origin in some requests to the page's own server.
std::string page_of(api::PageOrigin origin, const http::RequestHeader& header) {
  return origin == api::PageOrigin::listed ? std::string(http::origin_of(header)) : std::string();
}

WebSocketLimits websocket_limits(const EngineLimits& limits) {
  return {.message_bytes_max = limits.payload_bytes_max,
          .message_timeout_ms = limits.message_timeout_ms,
          .closing_timeout_ms = limits.closing_timeout_ms,
          .accepts_binary = true};
}

http::UpgradeRefusal refusal(EngineFault fault, std::string_view why, std::string_view origin) {
  return {http::Refused{kBadRequest, why}, engine_refusal(fault, origin)};
}

/// What is between the request and its connection.
struct EngineGrant : http::UpgradeDetail {
  EngineGrant(std::string its_sid, std::string its_page) : sid(std::move(its_sid)), page(std::move(its_page)) {}
  std::string sid, page;
};

class EngineHandoff : public Handoff {
 public:
  EngineHandoff(EngineArrival arrival, EngineTables& tables) : arrival_(std::move(arrival)), tables_(tables) {}
  void count_in(net::ConnectionCountGuard count) override { arrival_.admission.count = std::move(count); }
  void open(loop::ShardLoop& loop) override { tables_.of(loop).take(std::move(arrival_)); }
  [[nodiscard]] bool begins_connection() const override { return arrival_.sid.empty(); }

 private:
  EngineArrival arrival_;
  EngineTables& tables_;
};

}  // namespace

bool is_engine_path(std::string_view path, std::string_view base) {
  if (!path.starts_with(base)) return false;
  path.remove_prefix(base.size());
  return path.empty() || path == "/";
}

// --- Polls and POSTs ---

bool EngineEntrance::is_wanted(const http::CheckedRequest& request) const {
  return is_engine_path(request.path, settings_.limits.path);
}

std::optional<http::HttpResponse> EngineEntrance::judge_head(const Asked& asked) const {
  const std::string_view origin = http::origin_of(asked.header);
  if (http::page_origin(asked.context, asked.header, asked.source) == api::PageOrigin::foreign)
    return engine_refusal(EngineFault::forbidden, {});
  const beast_http::verb method = asked.header.method();
  if (method == beast_http::verb::options) return engine_preflight(origin);
  const EngineQuery query = read_engine_query(asked.request.query);
  if (query.transport == "websocket") return engine_refusal(EngineFault::bad_request, origin);  // without the upgrade
  if (query.transport != "polling") return engine_refusal(EngineFault::transport_unknown, origin);
  if (query.names_no_session || (!query.sid.empty() && !net::loop_of_session(query.sid, asked.loop.loop_count())))
    return engine_refusal(EngineFault::session_unknown, origin);
  if (query.sid.empty() && method != beast_http::verb::get) return engine_refusal(EngineFault::bad_method, origin);
  if (query.sid.empty() && query.version != kVersion) return engine_refusal(EngineFault::version_unsupported, origin);
  if (method != beast_http::verb::get && method != beast_http::verb::post)
    return engine_refusal(EngineFault::bad_request, origin);
  return std::nullopt;
}

http::HttpResponse EngineEntrance::body_refusal(const Asked& asked, unsigned status) const {
  const std::string origin(http::origin_of(asked.header));
  http::HttpResponse answer = engine_refusal(EngineFault::bad_request, origin);
  if (status != kTooLarge) return answer;
  EngineQuery query = read_engine_query(asked.request.query);
  if (const auto index = net::loop_of_session(query.sid, asked.loop.loop_count())) {
    loop::ShardLoop& to = asked.loop.peer(*index);
    const std::string page = page_of(http::page_origin(asked.context, asked.header, asked.source), asked.header);
    to.post(std::function<void()>(
        [&to, &tables = tables_, sid = std::move(query.sid), page] { tables.of(to).body_too_large(sid, page); }));
  }
  return engine_too_large(origin, settings_.limits.payload_bytes_max);
}

std::variant<std::unique_ptr<http::RequestCall>, http::HttpResponse> EngineEntrance::judge(const Asked& asked,
                                                                                           std::string body) const {
  const std::string origin(http::origin_of(asked.header));
  const api::PageOrigin page = http::page_origin(asked.context, asked.header, asked.source);
  EngineQuery query = read_engine_query(asked.request.query);
  const bool is_post = asked.header.method() == beast_http::verb::post;
  const auto call = [&](EngineCall::Kind kind, loop::ShardLoop& to) {
    return std::make_unique<EngineCall>(kind, std::move(query.sid), std::move(body), origin, page_of(page, asked.header), to,
                                        settings_.limits, tables_);
  };
  if (!query.sid.empty()) {
    loop::ShardLoop& to = asked.loop.peer(*net::loop_of_session(query.sid, asked.loop.loop_count()));
    return std::unique_ptr<http::RequestCall>(call(is_post ? EngineCall::Kind::post : EngineCall::Kind::poll, to));
  }
  auto admitted = http::admit_connection(asked.context, asked.header, asked.request, asked.source, page, TransportKind::socketio,
                                         asked.loop.draining(), asked.loop.now());
  if (const auto* refused = std::get_if<http::Refused>(&admitted)) return engine_unavailable(origin, *refused);
  http::Upgrade& granted = std::get<http::Upgrade>(admitted);
  // The socket of the request counts for its address by itself: this is the session's own place.
  auto address = asked.context.address_limits.connect(
      http::client_address(asked.source.peer, asked.header, asked.context.config.trusted_proxies));
  if (!address) return engine_unavailable(origin, http::kTooManyConnections);
  auto opening = call(EngineCall::Kind::open, asked.loop);
  opening->begin_session({std::move(granted.peer), std::move(*address)});
  return std::unique_ptr<http::RequestCall>(std::move(opening));
}

// --- WebSockets ---

bool EngineUpgrade::is_wanted(const http::RequestHeader& header, const http::CheckedRequest& request) const {
  return is_engine_path(request.path, settings_.limits.path) && wants_websocket(header);
}

std::variant<http::Upgrade, http::UpgradeRefusal> EngineUpgrade::judge(const http::HttpContext& context,
                                                                       const http::RequestHeader& header,
                                                                       const http::CheckedRequest& request,
                                                                       const http::RequestSource& source, bool draining,
                                                                       core::Time now) const {
  const api::PageOrigin page = http::page_origin(context, header, source);
  if (page == api::PageOrigin::foreign)
    return http::UpgradeRefusal{http::Refused{kForbidden, http::kForeignOrigin}, engine_refusal(EngineFault::forbidden, {})};
  const std::string_view origin = http::origin_of(header);
  EngineQuery query = read_engine_query(request.query);
  if (query.transport != "websocket")
    return refusal(query.transport == "polling" ? EngineFault::bad_request : EngineFault::transport_unknown,
                   "The query has no transport=websocket.", origin);
  if (query.sid.empty() && query.version != kVersion)
    return refusal(EngineFault::version_unsupported, "This path serves Engine.IO 4.", origin);
  const auto loop = net::loop_of_session(query.sid, loop_count_);
  if (query.names_no_session || (!query.sid.empty() && !loop))
    return refusal(EngineFault::session_unknown, "Unknown session.", origin);
  if (const auto fault = check_handshake(header)) return http::Refused{fault->status, fault->reason};
  auto admitted =
      http::admit_connection(context, header, request, source, page, TransportKind::socketio, draining && query.sid.empty(), now);
  if (const auto* refused = std::get_if<http::Refused>(&admitted)) return *refused;
  http::Upgrade& granted = std::get<http::Upgrade>(admitted);
  granted.answer = handshake_answer(header, {}, static_cast<std::int64_t>(now.unix_ms / core::kMsPerSecond));
  granted.loop = loop;
  granted.detail = std::make_unique<EngineGrant>(std::move(query.sid), page_of(page, header));
  return std::move(granted);
}

std::unique_ptr<Handoff> EngineUpgrade::make(net::ByteStream stream, net::AdmissionGuard admission, http::Upgrade granted,
                                             std::string received) const {
  auto& grant = static_cast<EngineGrant&>(*granted.detail);
  return std::make_unique<EngineHandoff>(
      EngineArrival{std::move(stream), std::move(admission), std::move(granted.answer), std::move(received), std::move(grant.sid),
                    std::move(grant.page), std::move(granted.peer)},
      tables_);
}

EngineEndpoint::EngineEndpoint(EngineLimits limits, std::uint32_t loop_count, MakeEngineClient make)
    : settings_{limits, websocket_limits(limits), std::move(make)},
      upgrade_(settings_, tables_, loop_count),
      entrance_(settings_, tables_) {}

}  // namespace dialogue::transport
