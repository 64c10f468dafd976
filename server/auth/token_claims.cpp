// Each claim once, of its own type, and times in whole seconds: any other form is refused, not interpreted.
#include "server/auth/token_claims.hpp"

#include <algorithm>
#include <utility>

#include "server/core/util/envelope_object.hpp"
#include "server/core/util/plain_text.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/sha256.hpp"
#include "shared/validate/validator.hpp"

namespace dialogue::auth {
namespace {

struct Claims {
  core::Identity identity;
  core::TokenFacts facts;
  std::string issuer;
  std::vector<std::string> audiences;
  std::optional<std::uint64_t> expires_s, not_before_s, issued_s;
};

TokenError invalid_claims(std::string reason) { return {ErrorCode::token_invalid, std::move(reason), false, false, {}}; }

bool read_seconds(JsonReader& reader, std::optional<std::uint64_t>& out) {
  std::uint64_t seconds = 0;
  if (!reader.read_integer(seconds)) return false;
  out = seconds;
  return true;
}

/// A string, or an array of them.
bool read_audiences(JsonReader& reader, std::vector<std::string>& out) {
  if (reader.peek() == '"') return reader.read_string(out.emplace_back());
  if (!reader.enter_array()) return false;
  while (reader.next_element())
    if (!reader.read_string(out.emplace_back())) return false;
  return !reader.failed();
}

bool read_meta(JsonReader& reader, core::Identity& identity) {
  std::string_view meta;
  const std::string role = identity.role;
  if (!reader.read_raw(meta) || !core::set_meta(identity, meta)) return false;
  if (!role.empty()) identity.role = role;  // the claim of that name is the nearer one
  return true;
}

/// False when the value is of another type, or out of bounds.
bool read_claim(const std::string& name, JsonReader& reader, Claims& claims) {
  if (name == "sub") return reader.read_string(claims.identity.user_id);
  if (name == "iss") return reader.read_string(claims.issuer);
  if (name == "aud") return read_audiences(reader, claims.audiences);
  if (name == "exp") return read_seconds(reader, claims.expires_s);
  if (name == "nbf") return read_seconds(reader, claims.not_before_s);
  if (name == "iat") return read_seconds(reader, claims.issued_s);
  if (name == "jti") return core::read_bounded(reader, kNameBytesMax, claims.facts.id);
  if (name == "name")
    return core::read_bounded(reader, kDisplayNameBytesMax, claims.identity.name) && core::is_plain_text(claims.identity.name);
  if (name == "role") return core::read_bounded(reader, kNameBytesMax, claims.identity.role);
  if (name == "meta") return read_meta(reader, claims.identity);
  return reader.skip();
}

std::optional<TokenError> fault_in_time(const Claims& claims, std::uint64_t unix_s) {
  if (!claims.expires_s) return invalid_claims("it has no exp");
  if (*claims.expires_s + kTokenLeewayS <= unix_s)
    return TokenError{ErrorCode::token_expired, "its exp has passed", false, false, {}};
  if (claims.not_before_s && *claims.not_before_s > unix_s + kTokenLeewayS) return invalid_claims("its nbf lies ahead");
  if (claims.issued_s && *claims.issued_s > unix_s + kTokenLeewayS) return invalid_claims("its iat lies ahead");
  const std::uint64_t from_s = std::min(claims.issued_s.value_or(unix_s), unix_s);
  if (*claims.expires_s > from_s + kTokenLifeMaxS) return invalid_claims("it lives longer than 366 days");
  return std::nullopt;
}

std::optional<TokenError> fault_in_parties(const Claims& claims, const TokenPolicy& policy) {
  if (!core::is_user_id(claims.identity.user_id)) return invalid_claims("its sub is not a user id of 1 to 128 bytes");
  const auto& [issuers, audiences] = policy;
  if (!issuers.empty() && std::find(issuers.begin(), issuers.end(), claims.issuer) == issuers.end())
    return invalid_claims("its iss is another issuer");
  if (audiences.empty() && !claims.audiences.empty())
    return invalid_claims("it is for an audience, and this server has none configured");
  const bool is_ours =
      std::find_first_of(audiences.begin(), audiences.end(), claims.audiences.begin(), claims.audiences.end()) != audiences.end();
  if (!audiences.empty() && !is_ours) return invalid_claims("its aud is another audience");
  return std::nullopt;
}

/// The first eight bytes of its SHA-256, which cannot be chosen; never 0.
std::uint64_t digest_of(std::string_view text) {
  const auto whole = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  std::uint64_t digest = 0;
  for (std::size_t i = 0; i < sizeof digest; ++i) digest = digest << 8 | whole[i];
  return std::max<std::uint64_t>(digest & kSafeIntegerMax, 1);
}

/// The object on one line: it may be shown in frames and logs of the application's.
std::string single_line(std::string_view json) {
  std::string text(json);
  make_single_line(text);
  return text;
}

}  // namespace

std::variant<core::Identity, TokenError> identity_from_claims(std::string_view text, const TokenPolicy& policy,
                                                              std::uint64_t unix_s) {
  Claims claims;
  const auto problem = core::read_envelope_object(
      text, [&claims](const std::string& name, JsonReader& reader) { return read_claim(name, reader, claims); });
  if (problem) return invalid_claims("its claims are not a JSON object with each name once and of its type");
  if (auto fault = fault_in_time(claims, unix_s)) return std::move(*fault);
  if (auto fault = fault_in_parties(claims, policy)) return std::move(*fault);
  auto capabilities = core::Capabilities::from_claims(text);
  if (const auto* words = std::get_if<std::string>(&capabilities)) return invalid_claims(*words);
  claims.facts.capabilities = std::get<std::optional<core::Capabilities>>(std::move(capabilities));
  claims.facts.issued_s = claims.issued_s.value_or(0);
  claims.facts.expires_s = *claims.expires_s;
  claims.facts.claims = single_line(text);
  claims.facts.digest = digest_of(text);
  claims.identity.token = std::make_shared<const core::TokenFacts>(std::move(claims.facts));
  return std::move(claims.identity);
}

}  // namespace dialogue::auth
