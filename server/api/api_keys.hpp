// API keys: secrets of a backend, each with a name for the log and the scopes that it has. Kept as digests, compared in constant
// time. An ApiKeySet is a value without change; an ApiKeyRing holds the set that counts now, which may be replaced while requests
// come, and counts what each key asks. Safe from any thread.
//
//   auto made = ApiKeySet::of({"billing publish,read 5d0c..."});
//   ring.replace(std::get<ApiKeySet>(std::move(made)));
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/api/table/api_scope.hpp"
#include "server/core/util/rate_verdict.hpp"

namespace dialogue::api {

inline constexpr std::size_t kApiKeyBytesMin = 32, kApiKeysMax = 256, kApiKeyNameBytesMax = 64;

struct ApiKey {
  std::string name;  ///< for logs; keys of one name share a meter
  ApiScopes scopes;
  std::array<std::uint8_t, 32> digest{};  ///< SHA-256 of the secret
};

/// One key as people write it: "NAME SCOPE,SCOPE SECRET", or "SECRET" alone for one that is called "default" and may do
/// everything. SECRET: at least kApiKeyBytesMin visible ASCII characters, or "sha256:" and its digest in 64 hexadecimal digits.
/// The fault of an invalid one, without the secret.
[[nodiscard]] std::variant<ApiKey, std::string> parse_api_key(std::string_view line);

/// The lines of a key file that are keys: neither empty nor begun by "#".
[[nodiscard]] std::vector<std::string> api_keys_of_file(std::string_view text);

class ApiKeySet {
 public:
  ApiKeySet() = default;
  /// The fault, if a line is not a key, a secret occurs twice, or there are more than kApiKeysMax.
  [[nodiscard]] static std::variant<ApiKeySet, std::string> of(const std::vector<std::string>& lines);

  /// The key of this secret, or null, after looking at all of them.
  [[nodiscard]] const ApiKey* find(std::string_view secret) const;
  [[nodiscard]] const std::vector<ApiKey>& keys() const { return keys_; }

 private:
  std::vector<ApiKey> keys_;
};

class ApiKeyRing {
 public:
  /// `limit`: how many requests the keys of one name may make together; 0 events: no limit.
  explicit ApiKeyRing(RateLimit limit = {}, ApiKeySet keys = {});

  /// From now on only these keys are valid; admitted requests continue.
  void replace(ApiKeySet keys);
  void limit(RateLimit limit);

  /// Null: no key has this secret. It stays what it is after replace().
  [[nodiscard]] std::shared_ptr<const ApiKey> find(std::string_view secret) const;
  [[nodiscard]] bool is_empty() const { return current()->keys().empty(); }
  /// Takes one request of the keys of this name.
  [[nodiscard]] core::RateVerdict take(const std::string& name, std::uint64_t now_ms);

 private:
  [[nodiscard]] std::shared_ptr<const ApiKeySet> current() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const ApiKeySet> keys_;
  RateLimit limit_;
  std::map<std::string, core::RateMeter, std::less<>> meters_;  ///< by name, one for each that is in keys_
};

}  // namespace dialogue::api
