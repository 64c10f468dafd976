// Which key a token may mean, and bare secrets. JSON Web Keys are read in key_json.cpp.
#include "server/auth/key_set.hpp"

#include <algorithm>
#include <optional>
#include <utility>

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

std::variant<KeySet, KeyError> read_keys(std::string_view text, KeyOrigin origin) {
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
  if (origin == KeyOrigin::fetched) return no_json();
  const std::string_view secret = without_line_ends(text);
  if (core::is_plain_text(secret)) return read_secret(secret);
  return KeyError{"it is neither PEM nor JSON nor a secret in plain text", "Convert it, for example with `openssl pkey`."};
}

}  // namespace dialogue::auth
