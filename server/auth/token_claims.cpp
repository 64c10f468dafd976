// Each claim once, and of its own type: any other form is refused, not interpreted.
#include "server/auth/token_claims.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "server/core/util/envelope_object.hpp"
#include "server/core/util/plain_text.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/sha256.hpp"
#include "shared/validate/validator.hpp"

namespace dialogue::auth {
namespace {

constexpr auto kMostSeconds = static_cast<double>(kSafeIntegerMax);

/// The claims that count, and what they must be.
struct ClaimForm {
  std::string_view name, form;
};
constexpr std::string_view kDate = "a number of seconds since 1970";
constexpr std::array kForms = {ClaimForm{"sub", "a string"},
                               ClaimForm{"iss", "a string"},
                               ClaimForm{"aud", "a string or a list of strings"},
                               ClaimForm{"exp", kDate},
                               ClaimForm{"nbf", kDate},
                               ClaimForm{"iat", kDate},
                               ClaimForm{"jti", "a string of at most 128 bytes"},
                               ClaimForm{"name", "a line of at most 256 bytes"},
                               ClaimForm{"role", "a string of at most 128 bytes"},
                               ClaimForm{"meta", "a JSON object of at most 1024 bytes"}};
static_assert(kNameBytesMax == 128 && kDisplayNameBytesMax == 256 && kMetaBytesMax == 1024);

struct Claims {
  core::Identity identity;
  core::TokenFacts facts;
  std::string issuer;
  std::vector<std::string> audiences;
  std::optional<std::uint64_t> expires_s, not_before_s, issued_s;
};

TokenError invalid_claims(std::string reason) { return {ErrorCode::token_invalid, std::move(reason), false, false, {}}; }

/// NumericDate (RFC 7519 section 2): any number. A fraction is cut off, or rounded up. Larger numbers count as kSafeIntegerMax.
bool read_seconds(JsonReader& reader, std::optional<std::uint64_t>& out, bool rounds_up = false) {
  std::string_view text;
  const char first = reader.peek();
  if ((first != '-' && (first < '0' || first > '9')) || !reader.read_raw(text)) return false;
  double seconds = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (fault == std::errc::result_out_of_range) seconds = text.find('-') == std::string_view::npos ? kMostSeconds : 0;
  seconds = std::clamp(rounds_up ? std::ceil(seconds) : std::floor(seconds), 0.0, kMostSeconds);
  out = static_cast<std::uint64_t>(seconds);
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

/// Its role grants nothing: users may edit what backends put into it.
bool read_meta(JsonReader& reader, core::Identity& identity) {
  std::string_view meta;
  std::string role = std::move(identity.role);
  const bool is_meta = reader.read_raw(meta) && core::set_meta(identity, meta);
  identity.role = std::move(role);
  return is_meta;
}

/// Reads the value of a claim; returns false if it is of another type, or out of bounds.
bool read_claim(const std::string& name, JsonReader& reader, Claims& claims) {
  if (name == "sub") return reader.read_string(claims.identity.user_id);
  if (name == "iss") return reader.read_string(claims.issuer);
  if (name == "aud") return read_audiences(reader, claims.audiences);
  if (name == "exp") return read_seconds(reader, claims.expires_s);
  if (name == "nbf") return read_seconds(reader, claims.not_before_s, true);
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
  const std::vector<std::string>&issuers = policy.issuers, &audiences = policy.audiences;
  if (!issuers.empty() && std::find(issuers.begin(), issuers.end(), claims.issuer) == issuers.end())
    return invalid_claims("its iss is another issuer");
  if (audiences.empty() && !claims.audiences.empty())
    return invalid_claims("it is for an audience, and this server has none configured");
  const bool is_ours =
      std::find_first_of(audiences.begin(), audiences.end(), claims.audiences.begin(), claims.audiences.end()) != audiences.end();
  if (!audiences.empty() && !is_ours) return invalid_claims("its aud is another audience");
  return std::nullopt;
}

const Realm* realm_of(const Claims& claims, const std::vector<Realm>& realms) {
  const auto own = std::find_if(realms.begin(), realms.end(), [&](const Realm& each) { return each.issuer == claims.issuer; });
  return own == realms.end() ? nullptr : &*own;
}

/// Puts a realm's prefix before the user id and the role.
std::optional<TokenError> fault_in_realm(Claims& claims, const TokenPolicy& policy) {
  core::Identity& identity = claims.identity;
  const Realm* const own = realm_of(claims, policy.realms);
  claims.facts.is_of_realm = own != nullptr;
  if (own != nullptr && !policy.is_bound) return invalid_claims("its iss is one whose tokens other keys sign");
  if (own != nullptr && core::is_user_id(identity.user_id)) identity.user_id.insert(0, own->prefix);
  if (own != nullptr && !identity.role.empty()) identity.role.insert(0, own->prefix);
  for (const Realm& other : policy.realms) {
    if (own == &other) continue;
    if (identity.user_id.starts_with(other.prefix)) return invalid_claims("its sub begins like users of another issuer");
    if (identity.role.starts_with(other.prefix)) return invalid_claims("its role begins like roles of another issuer");
  }
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
                                                              Verified verified) {
  Claims claims;
  const ClaimForm* wrong = nullptr;
  const auto problem = core::read_envelope_object(text, [&](const std::string& name, JsonReader& reader) {
    if (read_claim(name, reader, claims)) return true;
    const auto form = std::find_if(kForms.begin(), kForms.end(), [&name](const ClaimForm& each) { return each.name == name; });
    if (form != kForms.end()) wrong = &*form;
    return false;
  });
  if (wrong != nullptr) return invalid_claims("its " + std::string(wrong->name) + " is not " + std::string(wrong->form));
  if (problem) return invalid_claims("its claims are not a JSON object with each name once");
  if (auto fault = fault_in_time(claims, verified.unix_s)) return std::move(*fault);
  if (auto fault = fault_in_realm(claims, policy)) return std::move(*fault);
  if (auto fault = fault_in_parties(claims, policy)) return std::move(*fault);
  auto capabilities = core::Capabilities::from_claims(text, claims.identity.user_id);
  if (const auto* words = std::get_if<std::string>(&capabilities)) return invalid_claims(*words);
  claims.facts.capabilities = std::get<std::optional<core::Capabilities>>(std::move(capabilities));
  if (claims.facts.is_of_realm && claims.facts.capabilities && claims.facts.capabilities->has(core::Right::manage))
    return invalid_claims("its issuer may not grant manage");
  claims.facts.issued_s = claims.issued_s.value_or(0);
  claims.facts.expires_s = *claims.expires_s;
  claims.facts.claims = single_line(text);
  claims.facts.digest = digest_of(text);
  claims.facts.key = verified.key;
  claims.identity.token = std::make_shared<const core::TokenFacts>(std::move(claims.facts));
  return std::move(claims.identity);
}

}  // namespace dialogue::auth
