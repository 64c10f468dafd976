// Digests are compared, so that neither the time nor a length reveals anything about a key.
#include "server/api/api_keys.hpp"

#include <algorithm>
#include <optional>

#include "shared/base/sha256.hpp"

namespace dialogue::api {
namespace {

using Digest = std::array<std::uint8_t, 32>;

constexpr std::string_view kDigestPrefix = "sha256:", kBlanks = " \t";
constexpr std::string_view kDefaultName = "default";

Digest digest_of(std::string_view key) { return sha256({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}); }

/// 1 when they are equal, else 0, after looking at every byte.
unsigned is_equal(const Digest& a, const Digest& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return static_cast<unsigned>(difference == 0);
}

bool is_visible(char c) { return c > ' ' && c < '\x7f'; }

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && !is_visible(line.back())) line.remove_suffix(1);
  while (!line.empty() && !is_visible(line.front())) line.remove_prefix(1);
  return line;
}

/// Takes what stands before the next `separator` off.
std::string_view take_part(std::string_view& text, std::string_view separators) {
  const std::string_view part = text.substr(0, text.find_first_of(separators));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty())
    if (const std::string_view word = take_part(line, kBlanks); !word.empty()) words.push_back(word);
  return words;
}

std::optional<Digest> parse_digest(std::string_view digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  Digest digest{};
  if (digits.size() != 2 * digest.size() || digits.find_first_not_of(kDigits) != std::string_view::npos) return {};
  for (std::size_t i = 0; i < digest.size(); ++i)
    digest[i] = static_cast<std::uint8_t>(kDigits.find(digits[2 * i]) << 4 | kDigits.find(digits[2 * i + 1]));
  return digest;
}

/// What is wrong with a key's name and scopes; they are then in `key`.
std::optional<std::string> read_name_and_scopes(std::string_view name, std::string_view scopes, ApiKey& key) {
  constexpr std::string_view kNameBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
  if (name.size() > kApiKeyNameBytesMax || name.find_first_not_of(kNameBytes) != std::string_view::npos)
    return "a key's name is 1 to " + std::to_string(kApiKeyNameBytesMax) + " of A-Z a-z 0-9 _ - .";
  key.name = name;
  while (!scopes.empty()) {
    const std::string_view text = take_part(scopes, ",");
    const auto scope = api_scope_of(text);
    if (!scope)
      return "the key \"" + key.name + "\" has the scope \"" + std::string(text) +
             "\", which is not one of publish, read, rooms, users, observe, operate and admin";
    key.scopes.add(*scope);
  }
  return std::nullopt;
}

/// What is wrong with a secret; its digest is then in `key`.
std::optional<std::string> read_secret(std::string_view secret, ApiKey& key) {
  if (secret.starts_with(kDigestPrefix)) {
    const auto digest = parse_digest(secret.substr(kDigestPrefix.size()));
    if (!digest) return "a key's digest is \"sha256:\" and 64 of 0-9 a-f";
    key.digest = *digest;
    return std::nullopt;
  }
  if (secret.size() < kApiKeyBytesMin)
    return "an API key of " + std::to_string(secret.size()) + " characters is too short; it has at least " +
           std::to_string(kApiKeyBytesMin);
  if (!std::all_of(secret.begin(), secret.end(), is_visible)) return "an API key contains a character that is not ASCII";
  key.digest = digest_of(secret);
  return std::nullopt;
}

}  // namespace

std::variant<ApiKey, std::string> parse_api_key(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.size() != 1 && words.size() != 3)
    return std::string("an API key is a secret, or a name, its scopes and the secret, separated by blanks");
  ApiKey key;
  const bool is_bare = words.size() == 1;
  if (auto fault = read_name_and_scopes(is_bare ? kDefaultName : words[0], is_bare ? "admin" : words[1], key)) return *fault;
  if (auto fault = read_secret(words.back(), key)) return *fault;
  return key;
}

std::vector<std::string> api_keys_of_file(std::string_view text) {
  std::vector<std::string> keys;
  while (!text.empty())
    if (const std::string_view key = trimmed(take_part(text, "\n")); !key.empty() && !key.starts_with('#'))
      keys.emplace_back(key);
  return keys;
}

std::variant<ApiKeySet, std::string> ApiKeySet::of(const std::vector<std::string>& lines) {
  if (lines.size() > kApiKeysMax) return "there are more than " + std::to_string(kApiKeysMax) + " API keys";
  ApiKeySet set;
  for (const std::string& line : lines) {
    auto parsed = parse_api_key(line);
    if (auto* fault = std::get_if<std::string>(&parsed)) return std::move(*fault);
    ApiKey& key = std::get<ApiKey>(parsed);
    const auto same =
        std::find_if(set.keys_.begin(), set.keys_.end(), [&](const ApiKey& other) { return other.digest == key.digest; });
    if (same == set.keys_.end())
      set.keys_.push_back(std::move(key));
    else if (same->name != key.name || same->scopes != key.scopes)
      return "the keys \"" + same->name + "\" and \"" + key.name + "\" have the same secret, but not the same name and scopes";
  }
  return set;
}

const ApiKey* ApiKeySet::find(std::string_view secret) const {
  const Digest digest = digest_of(secret);
  std::size_t found = keys_.size();
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const std::size_t mask = std::size_t{0} - is_equal(keys_[i].digest, digest);  // all ones for the one that it is
    found = (found & ~mask) | (i & mask);
  }
  return found == keys_.size() ? nullptr : &keys_[found];
}

ApiKeyRing::ApiKeyRing(RateLimit limit, ApiKeySet keys) : limit_(limit) { replace(std::move(keys)); }

void ApiKeyRing::replace(ApiKeySet keys) {
  auto next = std::make_shared<const ApiKeySet>(std::move(keys));
  const std::lock_guard lock(mutex_);
  std::map<std::string, core::RateMeter, std::less<>> meters;
  for (const ApiKey& key : next->keys()) meters[key.name] = meters_[key.name];
  meters_.swap(meters);
  keys_ = std::move(next);
}

// What a meter has counted is in units of its limit.
void ApiKeyRing::limit(RateLimit limit) {
  const std::lock_guard lock(mutex_);
  if (limit.max_events == limit_.max_events && limit.window_ms == limit_.window_ms) return;
  limit_ = limit;
  for (auto& [name, meter] : meters_) meter = {};
}

std::shared_ptr<const ApiKeySet> ApiKeyRing::current() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

std::shared_ptr<const ApiKey> ApiKeyRing::find(std::string_view secret) const {
  const auto keys = current();
  const ApiKey* const key = keys->find(secret);
  return key == nullptr ? nullptr : std::shared_ptr<const ApiKey>(keys, key);
}

core::RateVerdict ApiKeyRing::take(const std::string& name, std::uint64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const auto meter = meters_.find(name);
  return meter == meters_.end() ? core::RateVerdict{} : core::take_one(meter->second, limit_, now_ms);
}

}  // namespace dialogue::api
