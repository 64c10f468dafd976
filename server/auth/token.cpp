// Three parts with dots between: header, claims and signature, each in base64url. The header chooses nothing: `alg` and `kid`
// must match an existing key, `crit` requires unsupported extensions, and every other member (jku, x5u, jwk, x5c ...) is
// ignored.
#include "server/auth/token.hpp"

#include <array>
#include <utility>

#include "server/auth/base64url.hpp"
#include "server/auth/token_claims.hpp"
#include "server/core/util/envelope_object.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::auth {
namespace {

struct Header {
  std::string algorithm, kid;
  bool is_critical = false;
};

TokenError invalid(std::string reason, bool is_key_missing = false) {
  return {ErrorCode::token_invalid, std::move(reason), is_key_missing, false, {}};
}

struct Parts {
  std::string_view signed_text, header, claims, signature;
};

std::optional<Parts> parts_of(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  return Parts{token.substr(0, second), token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1)};
}

std::optional<Header> read_header(std::string_view json) {
  Header header;
  const auto fault = core::read_envelope_object(json, [&header](const std::string& name, JsonReader& reader) {
    if (name == "alg") return reader.read_string(header.algorithm);
    if (name == "kid") return reader.read_string(header.kid);
    header.is_critical = header.is_critical || name == "crit";
    return reader.skip();
  });
  return fault ? std::nullopt : std::optional<Header>(std::move(header));
}

/// The number of the key that has signed it.
std::variant<std::uint64_t, TokenError> signer_of(const Header& header, const Parts& parts, const KeySet& keys) {
  const auto algorithm = parse_algorithm(header.algorithm);
  if (!algorithm) return invalid("its alg is not supported");
  const auto signature = decode_base64url(parts.signature);
  if (!signature) return invalid("its signature is not base64url");
  // A secret is never fetched, so a token that wants one asks for nothing.
  const bool is_key_missing = *algorithm != KeyAlgorithm::hs256 && (header.kid.empty() || !keys.has(header.kid));
  const KeySet::Keys candidates = keys.candidates(*algorithm, header.kid);
  if (candidates.empty()) return invalid("no key matches its alg and kid", is_key_missing);
  if (candidates.size() > kKeysTriedMax)
    return invalid("more than " + std::to_string(kKeysTriedMax) + " keys match its alg and kid: it must name one by its kid");
  for (const auto& key : candidates)
    if (key->verify(parts.signed_text, *signature)) return key->number();
  return invalid("its signature was not made by a key of this server", is_key_missing);
}

}  // namespace

std::variant<core::Identity, TokenError> read_token(std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                                    std::uint64_t unix_s) {
  if (token.size() > kTokenBytesMax) return invalid("it is longer than " + std::to_string(kTokenBytesMax) + " bytes");
  const auto parts = parts_of(token);
  if (!parts) return invalid("it does not have three parts");
  const auto header_text = decode_base64url(parts->header);
  const auto header = header_text ? read_header(*header_text) : std::nullopt;
  if (!header) return invalid("its header is not a JSON object with each name once and of its type");
  if (header->is_critical) return invalid("its header has crit");
  auto signer = signer_of(*header, *parts, keys);
  if (auto* fault = std::get_if<TokenError>(&signer)) {
    if (fault->is_key_missing) fault->missing_kid = header->kid;
    return std::move(*fault);
  }
  const auto claims = decode_base64url(parts->claims);
  if (!claims) return invalid("its claims are not base64url");
  auto judged = identity_from_claims(*claims, policy, {unix_s, std::get<std::uint64_t>(signer)});
  if (auto* fault = std::get_if<TokenError>(&judged)) fault->is_signed = true;
  return judged;
}

std::optional<std::string> make_token(std::string_view claims, const Key& key) {
  std::string header = R"({"alg":")" + std::string(algorithm_name(key.algorithm())) + R"(","typ":"JWT")";
  if (!key.id().empty()) {
    header += ",\"kid\":";
    append_json_string(header, key.id());
  }
  const std::string text = encode_base64url(header + "}") + "." + encode_base64url(claims);
  const auto signature = key.sign(text);
  if (!signature) return std::nullopt;
  return text + "." + encode_base64url(*signature);
}

}  // namespace dialogue::auth
