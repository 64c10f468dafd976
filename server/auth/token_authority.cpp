// At once with the keys that are there; after one fetch, at most, when a key is missing.
#include "server/auth/token_authority.hpp"

#include <optional>
#include <utility>

namespace dialogue {
namespace {

constexpr std::uint64_t kMsPerSecond = 1000;

class TokenAuthority {
 public:
  using Done = std::function<void(AuthResult)>;

  TokenAuthority(TokenSettings settings, std::function<void(const LogLine&)> log)
      : settings_(std::move(settings)), fixed_(std::make_shared<const KeySet>(settings_.keys)) {
    if (!settings_.jwks_url.empty()) fetched_.emplace(parse_http_url(settings_.jwks_url).value(), settings_.keys, std::move(log));
  }

  void identify(IdentityQuestion&& question, Done done) {
    if (question.credentials.token.empty()) return done(without_token(question));
    auto verdict = judge(question);
    const TokenFault* fault = std::get_if<TokenFault>(&verdict);
    if (fault == nullptr || !fault->is_key_missing || !fetched_) return done(answer(std::move(verdict)));
    fetched_->refetch([this, question = std::move(question), done = std::move(done)](bool was_asked) {
      done(was_asked ? last_answer(question)
                     : AuthResult(Refusal{ErrorCode::identity_unavailable, "its key may be asked for later"}));
    });
  }

  [[nodiscard]] bool has_keys() const { return !fetched_ || fetched_->has_fetched(); }

 private:
  using Verdict = std::variant<Identity, TokenFault>;

  [[nodiscard]] AuthResult without_token(const IdentityQuestion& question) const {
    if (!settings_.allow_anonymous) return Refusal{ErrorCode::unauthorized, "a token is required"};
    Identity guest;
    guest.user_id = guest_name(question.random);
    return guest;
  }

  [[nodiscard]] Verdict judge(const IdentityQuestion& question) const {
    const std::shared_ptr<const KeySet> keys = fetched_ ? fetched_->snapshot() : fixed_;
    return read_token(question.credentials.token, *keys, settings_.policy, question.unix_ms / kMsPerSecond);
  }

  [[nodiscard]] static AuthResult answer(Verdict&& verdict) {
    if (auto* fault = std::get_if<TokenFault>(&verdict)) return Refusal{fault->code, std::move(fault->reason)};
    return std::get<Identity>(std::move(verdict));
  }

  /// After the fetch. Who cannot be judged because no key was ever there may come back.
  [[nodiscard]] AuthResult last_answer(const IdentityQuestion& question) const {
    auto verdict = judge(question);
    const TokenFault* fault = std::get_if<TokenFault>(&verdict);
    if (fault != nullptr && fault->is_key_missing && !fetched_->has_fetched())
      return Refusal{ErrorCode::identity_unavailable, "no key was fetched yet"};
    return answer(std::move(verdict));
  }

  const TokenSettings settings_;
  const std::shared_ptr<const KeySet> fixed_;
  std::optional<JwksKeys> fetched_;  ///< last: its thread calls the others
};

}  // namespace

TokenCheck token_check(TokenSettings settings, std::function<void(const LogLine&)> log) {
  auto authority = std::make_shared<TokenAuthority>(std::move(settings), std::move(log));
  auto identify = [authority](IdentityQuestion&& question, std::function<void(AuthResult)> done) {
    authority->identify(std::move(question), std::move(done));
  };
  return {std::move(identify), [authority] { return authority->has_keys(); }};
}

IdentitySource token_authority(TokenSettings settings, std::function<void(const LogLine&)> log) {
  return token_check(std::move(settings), std::move(log)).identify;
}

}  // namespace dialogue
