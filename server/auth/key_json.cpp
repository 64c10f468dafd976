// Only the members that define a key are read; members that name URLs (x5u, x5c) are ignored like any unknown one.
#include "server/auth/key_json.hpp"

#include <map>
#include <optional>
#include <utility>

#include "server/auth/base64url.hpp"
#include "server/auth/key_openssl.hpp"
#include "server/core/util/envelope_object.hpp"
#include "shared/base/sha256.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::auth {
namespace {

constexpr std::size_t kKidBytesMax = 256;

using Members = std::map<std::string, std::string, std::less<>>;

bool is_member_of_keys(std::string_view name) {
  for (const std::string_view known : {"kty", "alg", "use", "kid", "crv", "k", "n", "e", "x", "y", "d"})
    if (name == known) return true;
  return false;
}

KeyError broken(std::string problem) { return {std::move(problem), "See RFC 7517, or make one with `dialogue keys`."}; }

class JsonKey {
 public:
  explicit JsonKey(Members members) : members_(std::move(members)) {}

  /// Returns the key; null if it is not for checking tokens here; or what is wrong with it.
  [[nodiscard]] std::variant<std::shared_ptr<const Key>, KeyError> read(KeyOrigin origin) const {
    const auto algorithm = algorithm_of_kind();
    if (!algorithm || !is_for_signing(*algorithm)) return std::shared_ptr<const Key>();
    if (text("kid").size() > kKidBytesMax) return broken("a kid is longer than " + std::to_string(kKidBytesMax) + " bytes");
    if (*algorithm == KeyAlgorithm::hs256) return secret(origin);
    PairOrError pair = numbers(*algorithm);
    if (auto* fault = std::get_if<KeyError>(&pair)) return std::move(*fault);
    return Key::of_pair(*algorithm, std::get<OpensslKeyPointer>(std::move(pair)), text("kid"));
  }

 private:
  [[nodiscard]] std::string text(std::string_view name) const {
    const auto found = members_.find(name);
    return found == members_.end() ? std::string() : found->second;
  }
  [[nodiscard]] std::string bytes(std::string_view name) const { return decode_base64url(text(name)).value_or(std::string()); }

  [[nodiscard]] std::optional<KeyAlgorithm> algorithm_of_kind() const {
    const std::string kind = text("kty"), curve = text("crv");
    if (kind == "oct") return KeyAlgorithm::hs256;
    if (kind == "RSA") {
      const auto named = text("alg").empty() ? KeyAlgorithm::rs256 : parse_algorithm(text("alg"));
      return named && kind_of(*named) == KeyKind::rsa ? named : std::nullopt;
    }
    if (kind == "EC" && curve == "P-256") return KeyAlgorithm::es256;
    if (kind == "EC" && curve == "P-384") return KeyAlgorithm::es384;
    if (kind == "EC" && curve == "P-521") return KeyAlgorithm::es512;
    if (kind == "OKP" && curve == "Ed25519") return KeyAlgorithm::eddsa;
    return std::nullopt;
  }
  [[nodiscard]] bool is_for_signing(KeyAlgorithm algorithm) const {
    const std::string named = text("alg"), use = text("use");
    return (named.empty() || named == algorithm_name(algorithm)) && (use.empty() || use == "sig");
  }

  [[nodiscard]] std::variant<std::shared_ptr<const Key>, KeyError> secret(KeyOrigin origin) const {
    if (origin == KeyOrigin::fetched) return broken("a secret is listed among public keys");
    auto read = read_secret(bytes("k"));
    if (auto* fault = std::get_if<KeyError>(&read)) return std::move(*fault);
    return Key::of_secret(bytes("k"), text("kid"));
  }
  [[nodiscard]] PairOrError numbers(KeyAlgorithm algorithm) const {
    if (kind_of(algorithm) == KeyKind::rsa) return rsa_from_numbers(bytes("n"), bytes("e"));
    if (kind_of(algorithm) == KeyKind::curve) return pair_from_point(algorithm, bytes("x"), bytes("y"), bytes("d"));
    return ed25519_from_bytes(bytes("x"), bytes("d"));
  }

  Members members_;
};

std::optional<std::string> read_members(JsonReader& reader, Members& members) {
  return core::read_envelope_object(reader, [&members](const std::string& name, JsonReader& value) {
    if (!is_member_of_keys(name)) return value.skip();
    return value.read_string(members[name]);
  });
}

std::optional<KeyError> append_key(Members members, KeyOrigin origin, KeySet::Keys& keys, PassedOver* passed_over) {
  const std::string kid = members["kid"];
  auto read = JsonKey(std::move(members)).read(origin);
  if (auto* fault = std::get_if<KeyError>(&read)) {
    if (passed_over == nullptr) return std::move(*fault);
    passed_over->push_back("kid " + json_string(kid.substr(0, kKidBytesMax)) + ": " + fault->problem);
    return std::nullopt;
  }
  if (auto key = std::get<0>(std::move(read))) keys.push_back(std::move(key));
  return std::nullopt;
}

void append_member(std::string& json, std::string_view name, std::string_view value) {
  json += json.size() > 1 ? ",\"" : "\"";
  json.append(name).append("\":");
  append_json_string(json, value);
}

std::string_view curve_name(KeyAlgorithm algorithm) {
  if (algorithm == KeyAlgorithm::es256) return "P-256";
  if (algorithm == KeyAlgorithm::es384) return "P-384";
  return algorithm == KeyAlgorithm::es512 ? "P-521" : "Ed25519";
}

/// The members that make it this key, in the order of their names (RFC 7638 section 3.2).
std::string required_members(const Key& key) {
  std::string json = "{";
  if (key.algorithm() == KeyAlgorithm::hs256) {
    append_member(json, "k", encode_base64url(key.secret()));
    append_member(json, "kty", "oct");
    return json;
  }
  const PublicNumbers numbers = public_numbers(*key.pair());
  if (kind_of(key.algorithm()) == KeyKind::rsa) {
    append_member(json, "e", encode_base64url(numbers.second));
    append_member(json, "kty", "RSA");
    append_member(json, "n", encode_base64url(numbers.first));
    return json;
  }
  const bool is_curve = kind_of(key.algorithm()) == KeyKind::curve;
  append_member(json, "crv", curve_name(key.algorithm()));
  append_member(json, "kty", is_curve ? "EC" : "OKP");
  append_member(json, "x", encode_base64url(numbers.first));
  if (is_curve) append_member(json, "y", encode_base64url(numbers.second));
  return json;
}

}  // namespace

std::variant<KeySet::Keys, KeyError> keys_from_json(std::string_view text, KeyOrigin origin, PassedOver* passed_over) {
  KeySet::Keys keys;
  Members single;
  std::optional<KeyError> fault;
  bool is_set = false;
  const auto read_set = [&](JsonReader& reader) {
    is_set = true;
    if (!reader.enter_array()) return false;
    while (reader.next_element()) {
      Members members;
      if (read_members(reader, members)) return false;
      if (!fault && keys.size() <= kKeysMax) fault = append_key(std::move(members), origin, keys, passed_over);
    }
    return !reader.failed();
  };
  const auto problem = core::read_envelope_object(text, [&](const std::string& name, JsonReader& reader) {
    if (name == "keys") return read_set(reader);
    return is_member_of_keys(name) ? reader.read_string(single[name]) : reader.skip();
  });
  if (problem) return broken("it is not a JSON Web Key or a set of them: " + *problem);
  if (!is_set) fault = append_key(std::move(single), origin, keys, passed_over);
  if (fault) return std::move(*fault);
  return keys;
}

std::string key_to_json(const Key& key, bool private_part) {
  const std::string required = required_members(key);
  if (key.algorithm() == KeyAlgorithm::hs256 && !private_part) return {};  // a secret has no public half
  std::string json = required;
  append_member(json, "alg", algorithm_name(key.algorithm()));
  append_member(json, "use", "sig");
  if (!key.id().empty()) append_member(json, "kid", key.id());
  const std::string d = private_part && key.pair() != nullptr ? private_number(*key.pair()) : std::string();
  if (!d.empty()) append_member(json, "d", encode_base64url(d));
  return json + "}";
}

std::string key_thumbprint(const Key& key) {
  const std::string json = required_members(key) + "}";
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(json.data()), json.size()});
  return encode_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace dialogue::auth
