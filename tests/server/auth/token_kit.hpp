// Keys and tokens for tests: made here, signed by the real thing.
#pragma once
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "server/auth/base64url.hpp"
#include "server/auth/key_openssl.hpp"
#include "server/auth/token.hpp"

namespace dialogue::testing {

using namespace auth;

inline constexpr std::uint64_t kNowS = 1'800'000'000;
inline constexpr const char* kSecret = "a secret of at least 32 bytes, for tests";

using SharedKey = std::shared_ptr<const Key>;

/// One key of each algorithm for the whole run: RSA takes a while.
[[nodiscard]] inline SharedKey key_for(KeyAlgorithm algorithm, const std::string& id = {}) {
  if (algorithm == KeyAlgorithm::hs256) return Key::of_secret(kSecret, id);
  static std::map<KeyAlgorithm, OpensslKeyPointer> pairs;  // all of RSA's have one
  OpensslKeyPointer& pair = pairs[kind_of(algorithm) == KeyKind::rsa ? KeyAlgorithm::rs256 : algorithm];
  if (!pair) pair = generate_pair(algorithm);
  return Key::of_pair(algorithm, pair, id);
}

[[nodiscard]] inline KeySet set_of(std::string_view text, KeyOrigin origin = KeyOrigin::file) {
  auto read = read_keys(text, origin);
  if (auto* fault = std::get_if<KeyError>(&read)) FAIL(fault->problem);
  return std::get<KeySet>(std::move(read));
}

[[nodiscard]] inline std::string problem_in(std::string_view text, KeyOrigin origin = KeyOrigin::file) {
  auto read = read_keys(text, origin);
  return std::holds_alternative<KeyError>(read) ? std::get<KeyError>(read).problem : std::string("none");
}

/// `{"sub":"ann","exp":...}` with more members; a token that lasts a minute.
[[nodiscard]] inline std::string claims(const std::string& more = {}, const std::string& sub = "ann") {
  return R"({"sub":")" + sub + R"(","exp":)" + std::to_string(kNowS + 60) + (more.empty() ? "" : "," + more) + "}";
}

[[nodiscard]] inline std::string token(const std::string& claims_text, const SharedKey& key = key_for(KeyAlgorithm::hs256)) {
  return make_token(claims_text, *key).value();
}

/// A token with a header of its own, signed by `key` whatever the header says.
[[nodiscard]] inline std::string forged(const std::string& header, const std::string& claims_text, const Key& key) {
  const std::string text = encode_base64url(header) + "." + encode_base64url(claims_text);
  return text + "." + encode_base64url(key.sign(text).value());
}

/// "ok" or the refusal, as "code: reason".
[[nodiscard]] inline std::string verdict_on(const std::string& text, const KeySet& keys, const TokenPolicy& policy = {},
                                            std::uint64_t now_s = kNowS) {
  const auto verdict = read_token(text, keys, policy, now_s);
  const auto* fault = std::get_if<TokenError>(&verdict);
  return fault == nullptr ? "ok" : std::string(error_name(fault->code)) + ": " + fault->reason;
}

}  // namespace dialogue::testing
