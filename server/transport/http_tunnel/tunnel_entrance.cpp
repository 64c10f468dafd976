// Faults of the request itself are reported before any refusal that depends on the server's state.
#include "server/transport/http_tunnel/tunnel_entrance.hpp"

#include <boost/beast/http/verb.hpp>
#include <cstring>
#include <utility>

#include "server/http/connection_admission.hpp"
#include "server/http/http_context.hpp"
#include "server/http/request/client_address.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/net/session_id.hpp"
#include "server/transport/http_tunnel/tunnel_answer.hpp"
#include "server/transport/stream_texts.hpp"
#include "shared/base/sha256.hpp"

namespace dialogue::transport {
namespace {

namespace beast_http = boost::beast::http;

/// The digest of all tokens, the origin and the body: only a client that knows the secrets can send the same opening again.
OpeningDigest digest_of(const core::PeerFacts& peer, std::string_view origin, std::string_view body) {
  std::string text;
  for (const std::string_view part : {std::string_view(peer.bearer_token), std::string_view(peer.query_token),
                                      std::string_view(peer.cookie_token), origin, body})
    text.append(std::to_string(part.size())).append(":").append(part);
  return sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// The loop that every repetition of an opening finds.
std::uint32_t loop_of(const OpeningDigest& digest, std::uint32_t loop_count) {
  std::uint32_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return number % loop_count;
}

std::string with_slash(std::string path) { return path.ends_with('/') ? path : path + '/'; }

}  // namespace

TunnelEntrance::TunnelEntrance(TunnelLimits limits) : limits_(std::move(limits)), base_(with_slash(limits_.path)) {}

std::optional<TunnelCall::Kind> TunnelEntrance::kind_of(std::string_view path) const {
  if (!path.starts_with(base_)) return std::nullopt;
  path.remove_prefix(base_.size());
  if (path == "poll") return TunnelCall::Kind::poll;
  if (path == "stream") return TunnelCall::Kind::stream;
  if (path == "send") return TunnelCall::Kind::send;
  return std::nullopt;
}

bool TunnelEntrance::is_wanted(const http::CheckedRequest& request) const { return kind_of(request.path).has_value(); }

std::optional<http::HttpResponse> TunnelEntrance::judge_head(const Asked& asked) const {
  const std::string_view origin = http::origin_of(asked.header);
  if (http::page_origin(asked.context, asked.header, asked.source) == api::PageOrigin::foreign)
    return http::problem(kForbidden, http::why_origin_is_refused(asked.header));
  if (asked.header.method() == beast_http::verb::options) return tunnel_preflight(origin);
  if (asked.header.method() == beast_http::verb::post) return std::nullopt;
  http::HttpResponse answer = tunnel_refusal(kMethodNotAllowed, "A connection over HTTP consists of POST requests.", 0, origin);
  answer.fields.emplace_back("Allow", "POST, OPTIONS");
  return answer;
}

http::HttpResponse TunnelEntrance::body_refusal(const Asked& asked, unsigned status) const {
  const std::string_view origin = http::origin_of(asked.header);
  if (status == kTooLarge)
    return tunnel_refusal(status, "The body is larger than " + std::to_string(body_bytes_max()) + " bytes. Send fewer frames.", 0,
                          origin);
  return tunnel_refusal(
      status, status == kTimedOut ? "The request body was not received in time." : "The request body is malformed.", 0, origin);
}

std::variant<TunnelCall::Opening, http::HttpResponse> TunnelEntrance::admit(const Asked& asked, TunnelCall::Kind kind,
                                                                            std::string_view body) const {
  const std::string_view origin = http::origin_of(asked.header);
  const auto refused = [&](const http::Refused& why) {
    return tunnel_refusal(why.status, why.why, why.retry_after_ms, origin,
                          asked.loop.draining() ? ErrorCode::draining : ErrorCode::ok);
  };
  const TransportKind transport = kind == TunnelCall::Kind::stream ? TransportKind::stream : TransportKind::polling;
  auto admitted = http::admit_connection(asked.context, asked.header, asked.request, asked.source,
                                         http::page_origin(asked.context, asked.header, asked.source), transport,
                                         asked.loop.draining(), asked.loop.now());
  if (const auto* why = std::get_if<http::Refused>(&admitted)) return refused(*why);
  http::Upgrade& granted = std::get<http::Upgrade>(admitted);
  // The socket of the request counts for its address by itself: this is the connection's own place.
  auto address = asked.context.address_limits.connect(
      http::client_address(asked.source.peer, asked.header, asked.context.config.trusted_proxies));
  if (!address) return refused(http::kTooManyConnections);
  const OpeningDigest digest = digest_of(granted.peer, origin, body);
  return TunnelCall::Opening{digest, std::move(granted.peer), std::move(*address)};
}

std::variant<std::unique_ptr<http::RequestCall>, http::HttpResponse> TunnelEntrance::judge(const Asked& asked,
                                                                                           std::string body) const {
  const std::string_view origin = http::origin_of(asked.header);
  const TunnelCall::Kind kind = *kind_of(asked.request.path);
  const std::uint32_t loops = asked.loop.loop_count();
  auto read = read_tunnel_request(std::move(body), limits_);
  if (const auto* fault = std::get_if<std::string>(&read)) return tunnel_refusal(kBadRequest, *fault, 0, origin);
  auto& request = std::get<std::unique_ptr<TunnelRequest>>(read);
  const auto call_to = [&](std::uint32_t loop) {
    return std::make_unique<TunnelCall>(kind, std::move(request), std::string(origin), asked.loop.peer(loop), limits_, tables_);
  };
  if (!request->session.empty()) {
    const auto loop = net::loop_of_session(request->session, loops);
    if (!loop) return session_gone(origin);
    return std::unique_ptr<http::RequestCall>(call_to(*loop));
  }
  auto opening = admit(asked, kind, request->body);
  if (auto* refusal = std::get_if<http::HttpResponse>(&opening)) return std::move(*refusal);
  TunnelCall::Opening& granted = std::get<TunnelCall::Opening>(opening);
  auto call = call_to(loop_of(granted.digest, loops));
  call->begin_session(std::move(granted));
  return std::unique_ptr<http::RequestCall>(std::move(call));
}

}  // namespace dialogue::transport
