// What is compared are digests, so that neither the time nor a length tells anything about a key.
#include "server/api/api_keys.hpp"

#include <algorithm>

#include "shared/sha256.hpp"

namespace dialogue {
namespace {

using Digest = std::array<std::uint8_t, 32>;

Digest digest_of(std::string_view key) { return sha256({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}); }

/// 1 when they are equal, else 0, after looking at every byte.
unsigned is_equal(const Digest& a, const Digest& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return static_cast<unsigned>(difference == 0);
}

/// Tells the keys of one server apart, and is of no use to find one.
std::string name_of(const Digest& digest) {
  constexpr std::size_t kBytes = 4;
  const Digest again = sha256(digest);
  std::string name;
  for (std::size_t i = 0; i < kBytes; ++i) {
    name += "0123456789abcdef"[again[i] >> 4];
    name += "0123456789abcdef"[again[i] & 15];
  }
  return name;
}

bool is_visible(char c) { return c > ' ' && c < '\x7f'; }

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && !is_visible(line.back())) line.remove_suffix(1);
  while (!line.empty() && !is_visible(line.front())) line.remove_prefix(1);
  return line;
}

}  // namespace

std::optional<std::string> api_key_fault(std::string_view key) {
  if (key.size() < kApiKeyBytesMin)
    return "an API key of " + std::to_string(key.size()) + " characters is too short; it has at least " +
           std::to_string(kApiKeyBytesMin);
  if (!std::all_of(key.begin(), key.end(), is_visible)) return "an API key holds a blank or a character that is not ASCII";
  return std::nullopt;
}

std::vector<std::string> api_keys_of_file(std::string_view text) {
  std::vector<std::string> keys;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string_view key = trimmed(line);
    if (!key.empty() && !key.starts_with('#')) keys.emplace_back(key);
  }
  return keys;
}

CallerSource api_key_source(const std::vector<std::string>& keys) {
  std::vector<Digest> digests;
  std::transform(keys.begin(), keys.end(), std::back_inserter(digests), digest_of);
  return [digests = std::move(digests)](const std::string& token, const std::function<void(CallerVerdict)>& done) {
    const Digest digest = digest_of(token);
    unsigned found = 0;
    for (const Digest& known : digests) found |= is_equal(known, digest);
    if (found != 0) return done(Caller{"api key", {}, "key " + name_of(digest)});
    done(Refusal{ErrorCode::unauthorized, "the key is not known here"});
  };
}

}  // namespace dialogue
