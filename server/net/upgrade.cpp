// From the rule that costs least to the ones that count.
#include "server/net/upgrade.hpp"

#include <utility>

#include "server/core/util/time.hpp"
#include "server/net/client_address.hpp"
#include "server/net/origin.hpp"
#include "server/net/websocket_handshake.hpp"

namespace dialogue {
namespace {

constexpr std::string_view kForeignOrigin = "The page's origin is not allowed to connect; see --allow-origin.";
constexpr std::size_t kOriginBytesShown = 200;
constexpr unsigned kTooManyRequests = 429, kUnavailable = 503;
constexpr std::uint64_t kMemoryRetryMs = 10'000;

/// Why a WebSocket cannot begin now.
std::optional<Refused> what_to_wait_for(const ServerContext& context, const IpAddress& from, std::uint64_t now_ms) {
  if (context.memory->is_over(now_ms))
    return Refused{kUnavailable, "The server has no memory for more connections.", kMemoryRetryMs};
  AddressLimits& limits = *context.address_limits;
  if (const std::uint64_t ms = limits.take(from, AddressLimits::Tier::handshake, now_ms); ms > 0)
    return Refused{kTooManyRequests, "This address connects too often.", ms};
  return std::nullopt;
}

std::string_view origin_of(const RequestHeader& header) {
  const auto text = header[boost::beast::http::field::origin];
  return {text.data(), text.size()};
}

PeerFacts peer_facts(const ServerConfig& config, const RequestHeader& header, const CheckedRequest& request,
                     const RequestSource& source, OriginVerdict origin, const IpAddress& from) {
  return {.address = from.to_string(),
          .loopback_peer = is_loopback_address(source.peer),
          .loopback_listener = source.loopback_listener,
          .loopback_host = is_loopback_host(request.host),
          .origin_trusted = origin != OriginVerdict::listed || is_loopback_origin(origin_of(header)),
          .forwarded = is_forwarded(header) || config.expects_proxy_header,
          .bearer_token = bearer_token(header),
          .query_token = query_token(request.query)};
}

}  // namespace

OriginVerdict page_origin(const ServerContext& context, const RequestHeader& header, const RequestSource& source) {
  const std::string_view own_scheme = source.is_encrypted ? "https" : "http";
  const std::string_view scheme = client_scheme(source.peer, header, context.config.trusted_proxies, own_scheme);
  const OriginVerdict verdict = check_origin(header, scheme, *context.allowed_origins->get());
  const bool is_one = header.count(boost::beast::http::field::origin) == 1;
  if (verdict == OriginVerdict::refused && context.config.allows_loopback_origins && is_one &&
      is_loopback_origin(origin_of(header)))
    return OriginVerdict::listed;
  return verdict;
}

std::string why_origin_is_refused(const RequestHeader& header) {
  const std::string origin(origin_of(header));
  if (origin.size() > kOriginBytesShown || !is_origin(origin) || header.count(boost::beast::http::field::origin) != 1)
    return std::string(kForeignOrigin);
  return "Pages of " + origin + " may not connect; to let them, start the server with --allow-origin " + origin + ".";
}

std::variant<Upgrade, Refused> upgrade(const ServerContext& context, const RequestHeader& header, const CheckedRequest& request,
                                       const RequestSource& source, bool draining, Time now) {
  const ServerConfig& config = context.config;
  if (request.path != config.path) return Refused{404, "WebSockets are not served at this path."};
  const OriginVerdict origin = page_origin(context, header, source);
  if (origin == OriginVerdict::refused) return Refused{403, kForeignOrigin};
  if (const auto fault = check_handshake(header)) return Refused{fault->status, fault->reason};
  auto offered = offered_subprotocol(header);
  if (const auto* fault = std::get_if<RequestError>(&offered)) return Refused{fault->status, fault->reason};
  if (draining) return Refused{kUnavailable, "The server is going away."};
  const IpAddress from = client_address(source.peer, header, config.trusted_proxies);
  if (const auto refused = what_to_wait_for(context, from, now.monotonic_ms)) return *refused;
  Upgrade upgrade;
  if (from != source.peer) {
    upgrade.counted = context.address_limits->connect(from);
    if (!upgrade.counted) return kTooManyConnections;
  }
  auto& [subprotocol, first_message] = std::get<OfferedSubprotocol>(offered);
  upgrade.answer = handshake_answer(header, subprotocol, static_cast<std::int64_t>(now.unix_ms / kMsPerSecond));
  upgrade.first_message = std::move(first_message);
  upgrade.peer = peer_facts(config, header, request, source, origin, from);
  return upgrade;
}

}  // namespace dialogue
