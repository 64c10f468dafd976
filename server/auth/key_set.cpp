// Which key a token may mean, and secrets as texts. JSON Web Keys are read in key_json.cpp.
#include "server/auth/key_set.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "server/auth/base64url.hpp"
#include "server/auth/key_json.hpp"
#include "server/auth/key_openssl.hpp"
#include "server/core/util/plain_text.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::auth {
namespace {

constexpr std::string_view kPemBegin = "-----BEGIN ";

KeyError too_many() { return {"there are more than " + std::to_string(kKeysMax) + " keys", "Remove unused ones."}; }

KeyError no_key() { return {"no key in it is for signing with a supported algorithm", "Add one."}; }

KeyError no_json() { return {"it is not JSON", "The URL must answer with a JSON Web Key Set."}; }

std::variant<KeySet, KeyError> set_of(PairOrError read) {
  if (auto* fault = std::get_if<KeyError>(&read)) return std::move(*fault);
  OpensslKeyPointer pair = std::get<OpensslKeyPointer>(std::move(read));
  const KeyAlgorithm algorithm = algorithm_of(*pair);
  return KeySet({Key::of_pair(algorithm, std::move(pair), {})});
}

/// Whether one of the others answers to the same kid.
bool has_twin(const Key& key, KeySet::Keys::const_iterator others, KeySet::Keys::const_iterator end) {
  return !key.id().empty() && std::any_of(others, end, [&key](const auto& other) {
    return other->id() == key.id() && other->algorithm() == key.algorithm();
  });
}

std::optional<KeyError> fault_in(const KeySet::Keys& keys) {
  if (keys.size() > kKeysMax) return too_many();
  for (auto key = keys.begin(); key != keys.end(); ++key)
    if (has_twin(**key, std::next(key), keys.end())) return KeyError{"two keys have the same kid", "Give each key its own kid."};
  return std::nullopt;
}

std::string_view without_line_ends(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF", kSpaces = " \t\r\n";

constexpr std::array<std::string_view, 4> kOpenSsh = {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"};

bool starts_with_any(std::string_view text, const auto& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [text](std::string_view each) { return text.starts_with(each); });
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The bytes of a text in base64 or base64url, with or without line ends and padding; empty for any other.
std::string bytes_of_base64(std::string_view text) {
  std::string plain;
  for (const char c : text)
    if (kSpaces.find(c) == std::string_view::npos) plain += c == '+' ? '-' : c == '/' ? '_' : c;
  while (plain.ends_with('=')) plain.pop_back();
  return decode_base64url(plain).value_or(std::string());
}

std::string_view without_byte_order_mark(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

/// A key as OpenSSH writes it: a length of four bytes, and the algorithm's name.
bool is_open_ssh_key(std::string_view bytes) {
  constexpr std::size_t kLengthBytes = 4;
  return bytes.starts_with(std::string_view("\0\0\0", 3)) && bytes.size() > kLengthBytes &&
         starts_with_any(bytes.substr(kLengthBytes), kOpenSsh);
}

/// Whether base64 holds what is refused without it.
bool is_key(std::string_view bytes) {
  return is_der_key(bytes) || is_open_ssh_key(bytes) || contains(bytes, "---- BEGIN ") || contains(bytes, "-----BEGIN ") ||
         contains(bytes, "\"kty\"");
}

/// Returns, for a text that is a key in another form, a certificate or a URL, what it is and how to convert it: it may be public,
/// so its characters are not meant as the secret of HS256. No value for any other text.
std::optional<KeyError> fault_of_secret_text(std::string_view text) {
  static constexpr std::array<std::string_view, 3> kJson = {"{", "[", "\""};
  static constexpr std::array<std::string_view, 2> kUrl = {"http://", "https://"};
  text = without_byte_order_mark(text);
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  if (contains(text, "-----BEGIN "))
    return KeyError{"it is a key in PEM, and a secret was expected", "Write it to a file, and name that by --auth-key."};
  if (starts_with_any(text, kOpenSsh) || contains(text, "---- BEGIN SSH2 "))
    return KeyError{"it is a public key in the form of OpenSSH, which is not a secret",
                    "Convert it by `ssh-keygen -e -m PKCS8 -f FILE`."};
  if (starts_with_any(text, kJson) && contains(text, "kty"))
    return KeyError{"it is a JSON Web Key within a text or a list, which is not a secret",
                    R"(Write {"keys": [...]} to a file, and name that by --auth-key.)"};
  if (starts_with_any(text, kUrl)) return KeyError{"it is a URL, which is not a secret", "Name a key set's URL by --auth-jwks."};
  if (is_key(bytes_of_base64(text)))
    return KeyError{"it is a key or a certificate in base64, which is not a secret",
                    "Write it as PEM, between the lines -----BEGIN PUBLIC KEY----- and -----END PUBLIC KEY-----, to a file, and "
                    "name that by --auth-key; of a certificate, take its key by `openssl x509 -pubkey`."};
  return std::nullopt;
}

}  // namespace

KeySet::Keys KeySet::candidates(KeyAlgorithm algorithm, std::string_view kid) const {
  Keys found;
  for (const auto& key : keys_)
    if (key->algorithm() == algorithm && (kid.empty() || key->id().empty() || key->id() == kid)) found.push_back(key);
  return found;
}

bool KeySet::has(std::string_view kid) const {
  return std::any_of(keys_.begin(), keys_.end(), [kid](const auto& key) { return key->id() == kid; });
}

std::variant<KeySet, KeyError> joined_keys(const KeySet& first, const KeySet& second) {
  KeySet::Keys all = first.keys();
  all.insert(all.end(), second.keys().begin(), second.keys().end());
  if (auto fault = fault_in(all)) return std::move(*fault);
  return KeySet(std::move(all));
}

std::variant<KeySet, KeyError> read_fetched_keys(std::string_view text, const KeySet& fixed, PassedOver& passed_over) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '{') return no_json();
  auto read = keys_from_json(text.substr(begin), KeyOrigin::fetched, &passed_over);
  if (auto* fault = std::get_if<KeyError>(&read)) return std::move(*fault);
  KeySet::Keys kept;
  for (const auto& key : std::get<KeySet::Keys>(read)) {
    const KeySet::Keys& known = fixed.keys();
    if (has_twin(*key, kept.begin(), kept.end()) || has_twin(*key, known.begin(), known.end()))
      passed_over.push_back("kid " + json_string(key->id()) + ": another key has this kid");
    else if (kept.size() + known.size() == kKeysMax)
      passed_over.push_back("kid " + json_string(key->id()) + ": " + too_many().problem);
    else
      kept.push_back(key);
  }
  if (kept.empty()) return no_key();
  return KeySet(std::move(kept));
}

std::variant<KeySet, KeyError> read_secret(std::string_view secret) {
  if (secret.size() >= kSecretBytesMin) return KeySet({Key::of_secret(std::string(secret), {})});
  return KeyError{"the secret has " + std::to_string(secret.size()) + " bytes, and " + std::to_string(kSecretBytesMin) +
                      " are the minimum for HS256",
                  "Make one with `dialogue keys --alg HS256` or `openssl rand -hex 32`."};
}

std::variant<KeySet, KeyError> read_secret_text(std::string_view text) {
  if (auto fault = fault_of_secret_text(text)) return std::move(*fault);
  return read_secret(without_byte_order_mark(text));
}

std::variant<KeySet, KeyError> read_keys(std::string_view text, KeyOrigin origin) {
  text = without_byte_order_mark(text);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  const std::string_view trimmed = begin == std::string_view::npos ? std::string_view() : text.substr(begin);
  if (trimmed.starts_with('{')) {
    auto read = keys_from_json(trimmed, origin);
    if (auto* fault = std::get_if<KeyError>(&read)) return std::move(*fault);
    KeySet::Keys keys = std::get<KeySet::Keys>(std::move(read));
    if (auto fault = fault_in(keys)) return std::move(*fault);
    if (keys.empty()) return no_key();
    return KeySet(std::move(keys));
  }
  if (trimmed.starts_with(kPemBegin)) return set_of(pair_from_pem(trimmed));
  if (const std::size_t pem = text.find("\n" + std::string(kPemBegin)); pem != std::string_view::npos)
    return set_of(pair_from_pem(text.substr(pem + 1)));  // behind what `openssl` says of it
  if (origin == KeyOrigin::fetched) return no_json();
  const std::string_view secret = without_line_ends(text);
  if (auto fault = fault_of_secret_text(secret)) return std::move(*fault);
  if (core::is_plain_text(secret)) return read_secret(secret);
  return KeyError{"it is neither PEM nor JSON nor a secret in plain text", "Convert it, for example with `openssl pkey`."};
}

}  // namespace dialogue::auth
