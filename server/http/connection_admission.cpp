// The order of the refusals is a promise of docs/decisions/042-http-limits.md: what costs nothing comes first.
#include "server/http/connection_admission.hpp"

#include <utility>

#include "server/http/request/client_address.hpp"
#include "server/http/request/cookies.hpp"
#include "server/http/request/origin.hpp"

namespace dialogue::http {
namespace {

constexpr std::size_t kOriginBytesShown = 200;
constexpr unsigned kUnavailable = 503;
constexpr std::uint64_t kMemoryRetryMs = 10'000;

/// Why a connection cannot begin now.
std::optional<Refused> what_to_wait_for(const HttpContext& context, const net::IpAddress& from, std::uint64_t now_ms) {
  if (context.memory.is_over(now_ms)) return Refused{kUnavailable, "The server has reached its memory limit.", kMemoryRetryMs};
  net::AddressLimits& limits = context.address_limits;
  if (const std::uint64_t ms = limits.take(from, net::AddressLimits::Tier::handshake, now_ms); ms > 0)
    return Refused{kTooManyConnections.status, "Too many connection attempts from this address.", ms};
  return std::nullopt;
}

/// What the authenticator wants to see.
std::vector<std::pair<std::string, std::string>> wanted_fields(const HttpConfig& config, const RequestHeader& header) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string& name : config.auth_fields) {
    if (name == "cookie" && !may_use_cookies(header)) continue;
    const auto [first, last] = header.equal_range(name);
    for (auto field = first; field != last; ++field) found.emplace_back(name, std::string(field->value()));
  }
  return found;
}

core::PeerFacts peer_facts(const HttpConfig& config, const RequestHeader& header, const CheckedRequest& request,
                           const RequestSource& source, api::PageOrigin origin, const net::IpAddress& from) {
  return {.address = net::address_text(from),
          .loopback_peer = net::is_loopback_address(source.peer),
          .loopback_listener = source.loopback_listener,
          .loopback_host = is_loopback_host(request.host),
          .origin_trusted = origin != api::PageOrigin::listed || is_loopback_origin(origin_of(header)),
          .forwarded = is_forwarded(header) || config.expects_proxy_header,
          .bearer_token = bearer_token(header),
          .query_token = query_token(request.query),
          .cookie_token = config.auth_cookie.empty() ? std::string() : cookie_of(header, config.auth_cookie),
          .fields = wanted_fields(config, header)};
}

}  // namespace

api::PageOrigin page_origin(const HttpContext& context, const RequestHeader& header, const RequestSource& source) {
  const std::string_view own_scheme = source.is_encrypted ? "https" : "http";
  const std::string_view scheme = client_scheme(source.peer, header, context.config.trusted_proxies, own_scheme);
  const api::PageOrigin found = check_origin(header, scheme, *context.allowed_origins.get());
  if (found != api::PageOrigin::foreign || !context.config.allows_loopback_origins) return found;
  const auto origin = single_field(header, boost::beast::http::field::origin);
  return origin && is_loopback_origin(*origin) ? api::PageOrigin::listed : found;
}

std::string why_origin_is_refused(const RequestHeader& header) {
  const std::string origin(origin_of(header));
  if (origin.size() > kOriginBytesShown || !is_origin(origin) || header.count(boost::beast::http::field::origin) != 1)
    return std::string(kForeignOrigin);
  return "Pages of " + origin + " may not connect; to allow them, start the server with --allow-origin " + origin + ".";
}

std::optional<net::AddressLimits::Connection> count_peer(const HttpContext& context, const net::IpAddress& peer) {
  if (net::is_in(peer, context.config.trusted_proxies)) return net::AddressLimits::Connection();
  return context.address_limits.connect(peer);
}

std::optional<net::AddressLimits::Connection> count_client(const HttpContext& context, const net::IpAddress& peer,
                                                           net::AddressLimits::Connection of_peer, const RequestHeader& header) {
  if (!net::is_in(peer, context.config.trusted_proxies)) return of_peer;
  return context.address_limits.connect(client_address(peer, header, context.config.trusted_proxies));
}

std::variant<Upgrade, Refused> admit_connection(const HttpContext& context, const RequestHeader& header,
                                                const CheckedRequest& request, const RequestSource& source,
                                                api::PageOrigin origin, TransportKind transport, bool draining, core::Time now) {
  if (draining) return Refused{kUnavailable, "The server is shutting down."};
  const net::IpAddress from = client_address(source.peer, header, context.config.trusted_proxies);
  if (const auto refused = what_to_wait_for(context, from, now.monotonic_ms)) return *refused;
  Upgrade granted;
  granted.peer = peer_facts(context.config, header, request, source, origin, from);
  granted.peer.transport = transport;
  return granted;
}

}  // namespace dialogue::http
