// Development identities, and what every identity must fulfil before others see it.
#include "server/core/access/identity.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "server/core/util/envelope_object.hpp"
#include "server/core/util/plain_text.hpp"
#include "server/core/util/time.hpp"
#include "shared/base/limits.hpp"
#include "shared/validate/validator.hpp"

namespace dialogue::core {
namespace {

constexpr std::size_t kGuestDigits = 8;

bool is_display_name(std::string_view text) { return text.size() <= kDisplayNameBytesMax && is_plain_text(text); }

/// Returns why a peer is not trusted as a program on this machine, as the end of a sentence, with advice; empty: it is trusted.
std::string_view why_not_local(const PeerFacts& peer) {
  if (!peer.loopback_listener || !peer.loopback_peer || !peer.loopback_host) return "this connection is not from it; see --dev";
  if (peer.forwarded) return "a proxy forwarded this connection; see --dev";
  if (!peer.origin_trusted) return "this page is not served by it: use a page on localhost, named by --allow-origin, or --dev";
  return {};
}

/// The role in a meta.
struct MetaRole {
  bool is_object = false;           ///< that gives each key once
  std::optional<std::string> role;  ///< `role`, empty when it is not a string; absent: none is named
};

MetaRole role_in(std::string_view meta) {
  MetaRole found;
  const auto fault = read_envelope_object(meta, [&found](const std::string& key, JsonReader& reader) {
    if (key != "role") return reader.skip();
    std::string& role = found.role.emplace();
    return reader.peek() == '"' ? reader.read_string(role) : reader.skip();
  });
  found.is_object = !fault;
  return found;
}

Refusal invalid(std::string reason) { return {ErrorCode::request_invalid, "identity: " + std::move(reason)}; }

constexpr std::string_view kGuestPrefix = "guest-";

}  // namespace

AuthResult identity_in(std::string_view json) {
  Identity identity;
  std::string_view meta;
  const auto fault = read_envelope_object(json, [&](const std::string& key, JsonReader& reader) {
    if (key == "userId") return reader.read_string(identity.user_id) && is_user_id(identity.user_id);
    if (key == "name") return reader.read_string(identity.name) && is_display_name(identity.name);
    if (key == "meta") return reader.read_raw(meta) && set_meta(identity, meta);
    return reader.skip();
  });
  if (fault) return invalid(*fault);
  return identity;
}

std::string guest_name(std::uint64_t random) {
  std::string name(kGuestPrefix);
  for (std::size_t i = 0; i < kGuestDigits; ++i, random >>= 5) name += "abcdefghijkmnpqrstuvwxyz23456789"[random & 31];
  return name;
}

bool is_guest_name(std::string_view user_id) { return user_id.starts_with(kGuestPrefix); }

bool is_user_id(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && text != kSystemUserId && is_plain_text(text);
}

bool is_covered(const Identity& identity, const Revocation& revocation) {
  if (identity.token) return is_covered(identity.user_id, identity.token.get(), revocation);
  // A guest has no time of issue: the user id is refused until the revocation expires.
  return revocation.key == 0 && revocation.token_id.empty() && revocation.user_id == identity.user_id &&
         is_guest_name(identity.user_id);
}

bool is_covered(std::string_view user_id, const TokenFacts* token, const Revocation& revocation) {
  if (token == nullptr) return false;
  if (revocation.key != 0) return revocation.key == token->key;
  if (!revocation.user_id.empty() && revocation.user_id != user_id) return false;
  if (!revocation.token_id.empty()) return revocation.token_id == token->id;
  return token->issued_s < revocation.issued_before_s + (revocation.is_exact ? 0 : kClockLeewayS);
}

ErrorCode refusal_by(const TokenFacts* token, const Revocation& revocation) {
  if (revocation.key != 0) return ErrorCode::token_expired;
  if (token == nullptr || !revocation.token_id.empty() || revocation.is_exact) return ErrorCode::token_revoked;
  return token->issued_s + kClockLeewayS < revocation.issued_before_s ? ErrorCode::token_revoked : ErrorCode::token_expired;
}

ErrorCode end_by(const TokenFacts* token, const Revocation& revocation) {
  if (revocation.key != 0) return ErrorCode::token_expired;
  const bool is_by_time = token != nullptr && revocation.token_id.empty();
  return is_by_time && token->issued_s >= revocation.issued_before_s ? ErrorCode::token_expired : ErrorCode::token_revoked;
}

std::uint64_t lasts_ms(const TokenFacts& token, Time now) {
  const std::uint64_t expires_ms = token.expires_s * kMsPerSecond;
  return expires_ms - std::min(expires_ms, now.unix_ms);
}

bool is_presentable(const Identity& identity) {
  if (!is_user_id(identity.user_id) || !is_display_name(identity.name)) return false;
  return identity.meta.empty() || (identity.meta.size() <= kMetaBytesMax && role_in(identity.meta).is_object);
}

bool set_meta(Identity& identity, std::string_view meta) {
  if (meta.size() > kMetaBytesMax) return false;
  auto [is_object, role] = role_in(meta);
  if (!is_object) return false;
  identity.meta = meta;
  make_single_line(identity.meta);  // it is spliced into frames, which end at a line feed
  identity.role = std::move(role).value_or("");
  return true;
}

bool lay_meta(Identity& identity, std::string_view meta) {
  Identity laid;
  if (!set_meta(laid, meta)) return false;
  if (!identity.authenticated)
    identity.authenticated = std::make_shared<const Authenticated>(Authenticated{std::move(identity.meta), identity.role});
  identity.role = role_in(meta).role ? std::move(laid.role) : identity.authenticated->role;
  identity.meta = std::move(laid.meta);
  return true;
}

void keep_layers(Identity& next, const Identity& before) {
  if (before.authenticated) static_cast<void>(lay_meta(next, before.meta));
}

Authenticator development_authenticator(bool allow_everywhere) {
  return [allow_everywhere](const Credentials& credentials, const PeerFacts& peer, std::uint64_t random) -> AuthResult {
    if (!credentials.token.empty()) return Refusal{ErrorCode::unauthorized, "this server has no key to check a token with"};
    if (const std::string_view why = why_not_local(peer); !allow_everywhere && !why.empty())
      return Refusal{ErrorCode::unauthorized, "without keys this server believes only its own machine; " + std::string(why)};
    AuthResult result = credentials.identity.empty() ? AuthResult(Identity{}) : identity_in(credentials.identity);
    if (auto* identity = std::get_if<Identity>(&result); identity != nullptr && identity->user_id.empty())
      identity->user_id = guest_name(random);
    return result;
  };
}

IdentitySource source_of(Authenticator authenticator) {
  return [authenticator = std::move(authenticator)](IdentityQuestion&& question, const std::function<void(AuthResult)>& done) {
    AuthResult result = Refusal{ErrorCode::internal, {}};
    try {
      result = authenticator(question.credentials, question.peer, question.random);
    } catch (const std::exception& error) { result = Refusal{ErrorCode::internal, error.what()}; } catch (...) {
    }
    done(std::move(result));
  };
}

}  // namespace dialogue::core
