// Answers immediately with the existing keys; after at most one fetch of each URL if a key is missing.
#include "server/auth/token_authority.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "server/auth/absent_keys.hpp"
#include "server/core/util/plain_text.hpp"
#include "server/core/util/time.hpp"
#include "shared/base/lower_case.hpp"

namespace dialogue::auth {
namespace {

bool has_key(const KeySet& set, std::uint64_t number) {
  return std::any_of(set.keys().begin(), set.keys().end(), [number](const auto& key) { return key->number() == number; });
}

/// The number of a JWKS URL, of the issuer that its keys are for, and of the realm of that.
std::uint64_t number_of(const JwksSource& jwks, const TokenPolicy& policy) {
  const auto realm =
      std::find_if(policy.realms.begin(), policy.realms.end(), [&](const Realm& each) { return each.issuer == jwks.issuer; });
  return number_standing_for(jwks.url + '\n' + jwks.issuer + '\n' + (realm == policy.realms.end() ? "" : realm->prefix));
}

/// Whether two URLs name one set of keys, however they are written.
bool is_one_url(const std::string& first, const std::string& second) {
  const auto one = http_client::parse_http_url(first), other = http_client::parse_http_url(second);
  if (!one || !other) return first == second;
  return std::tie(one->is_secure, one->port, one->target) == std::tie(other->is_secure, other->port, other->target) &&
         lower_case(one->host) == lower_case(other->host);
}

/// Keys that belong together, and the required claims of their tokens.
class KeySource {
 public:
  KeySource(KeySet fixed, TokenPolicy policy)
      : fixed_(std::make_shared<const KeySet>(std::move(fixed))), policy_(std::move(policy)) {}
  KeySource(const JwksSource& jwks, KeySet fixed, TokenPolicy policy, std::function<void(const core::LogLine&)> log)
      : fixed_(std::make_shared<const KeySet>(fixed)), policy_(std::move(policy)), number_(number_of(jwks, policy_)) {
    fetched_.emplace(http_client::parse_http_url(jwks.url).value(), std::move(fixed), std::move(log));
  }

  [[nodiscard]] std::variant<core::Identity, TokenError> judge(const core::IdentityQuestion& question) const {
    const std::shared_ptr<const KeySet> keys = fetched_ ? fetched_->snapshot() : fixed_;
    auto verdict = read_token(question.credentials.token, *keys, policy_, question.unix_ms / core::kMsPerSecond);
    if (auto* identity = std::get_if<core::Identity>(&verdict); identity != nullptr && !has_key(*fixed_, identity->token->key)) {
      core::TokenFacts facts = *identity->token;
      facts.key = number_;
      identity->token = std::make_shared<const core::TokenFacts>(std::move(facts));
    }
    return verdict;
  }
  /// Returns the keys that are fetched from a URL; null if the keys are fixed.
  [[nodiscard]] JwksKeys* fetched() { return fetched_ ? &*fetched_ : nullptr; }

 private:
  std::shared_ptr<const KeySet> fixed_;
  TokenPolicy policy_;
  std::uint64_t number_ = 0;         ///< of the URL; 0: there is none
  std::optional<JwksKeys> fetched_;  ///< last: its thread calls the others
};

class TokenAuthority {
 public:
  using Done = std::function<void(core::AuthResult)>;

  TokenAuthority(TokenSettings settings, const std::function<void(const core::LogLine&)>& log)
      : allow_anonymous_(settings.anonymous) {
    KeySet fixed = std::move(settings.keys);
    for (const JwksSource& jwks : settings.jwks) {
      TokenPolicy policy = settings.policy;
      policy.is_bound = !jwks.issuer.empty();
      if (policy.is_bound) policy.issuers = {jwks.issuer};
      // Keys of files stand beside those of the first URL that is for the same tokens.
      KeySet beside = jwks.issuer.empty() ? std::exchange(fixed, {}) : KeySet();
      sources_.emplace_back(jwks, std::move(beside), std::move(policy), log);
    }
    if (!fixed.empty()) sources_.emplace_back(std::move(fixed), std::move(settings.policy));
  }
  TokenAuthority(const TokenAuthority&) = delete;
  TokenAuthority& operator=(const TokenAuthority&) = delete;
  /// Waiting callers are refused retryably while all of this is whole. In this order: one's thread may ask those behind it.
  ~TokenAuthority() {
    is_ending_ = true;
    for (KeySource& source : sources_)
      if (source.fetched() != nullptr) source.fetched()->stop();
  }

  void identify(core::IdentityQuestion&& question, Done&& done) {
    if (question.credentials.token.empty()) return done(without_token(question));
    auto verdict = judge(question);
    const TokenError* fault = std::get_if<TokenError>(&verdict);
    if (fault == nullptr || !fault->is_key_missing) return done(answer(std::move(verdict)));
    refetch(0, {}, std::move(question), std::move(done));
  }

  /// Whether one of the URLs has given keys, where there are some: one provider that is down keeps the others' users from
  /// nothing.
  [[nodiscard]] bool has_keys() {
    const auto has_url = [](KeySource& source) { return source.fetched() != nullptr; };
    const auto has_given = [](KeySource& source) { return source.fetched() != nullptr && source.fetched()->has_fetched(); };
    return std::none_of(sources_.begin(), sources_.end(), has_url) || std::any_of(sources_.begin(), sources_.end(), has_given);
  }

 private:
  using Verdict = std::variant<core::Identity, TokenError>;

  [[nodiscard]] core::AuthResult without_token(const core::IdentityQuestion& question) const {
    if (!allow_anonymous_) return core::Refusal{ErrorCode::unauthorized, "a token is required"};
    core::Identity guest;
    guest.user_id = core::guest_name(question.random);
    return guest;
  }

  /// Asks each source in turn. The verdict of the source that has signed it precedes others, then that of a missing key.
  [[nodiscard]] Verdict judge(const core::IdentityQuestion& question) {
    std::optional<TokenError> worst;
    for (KeySource& source : sources_) {
      Verdict verdict = source.judge(question);
      auto* fault = std::get_if<TokenError>(&verdict);
      if (fault == nullptr) return verdict;
      fault->is_key_missing = fault->is_key_missing && source.fetched() != nullptr;
      const bool is_nearer = worst && (fault->is_signed || (fault->is_key_missing && !worst->is_signed));
      if (!worst || is_nearer) worst = std::move(*fault);
    }
    if (worst) return std::move(*worst);
    return TokenError{ErrorCode::token_invalid, "this server has no key", false, false, {}};
  }

  [[nodiscard]] static core::AuthResult answer(Verdict&& verdict) {
    if (auto* fault = std::get_if<TokenError>(&verdict)) return core::Refusal{fault->code, std::move(fault->reason)};
    return std::get<core::Identity>(std::move(verdict));
  }

  /// What came of asking the URLs for a key.
  struct Refetched {
    bool was_asked = false;   ///< one of them
    bool has_failed = false;  ///< one of them gave no keys
  };

  /// Asks each URL from `place` on, and then judges again.
  void refetch(std::size_t place, Refetched so_far, core::IdentityQuestion&& question, Done&& done) {
    while (place < sources_.size() && sources_[place].fetched() == nullptr) ++place;
    if (is_ending_) return done(core::Refusal{ErrorCode::identity_unavailable, "the keys are being replaced"});
    if (place == sources_.size())
      return done(so_far.was_asked ? last_answer(question, so_far.has_failed) : answer_without_fetch(question));
    JwksKeys& keys = *sources_[place].fetched();
    keys.refetch([this, place, so_far, &keys, fetches = keys.fetches(), question = std::move(question),
                  done = std::move(done)](bool is_asked) mutable {
      so_far.was_asked = so_far.was_asked || is_asked;
      so_far.has_failed = so_far.has_failed || (is_asked && keys.fetches() == fetches);
      refetch(place + 1, so_far, std::move(question), std::move(done));
    });
  }

  [[nodiscard]] bool has_fetched() {
    bool has_all = true;
    for (KeySource& source : sources_) has_all = has_all && (source.fetched() == nullptr || source.fetched()->has_fetched());
    return has_all;
  }
  [[nodiscard]] std::uint64_t fetches() {
    std::uint64_t sum = 0;
    for (KeySource& source : sources_)
      if (source.fetched() != nullptr) sum += source.fetched()->fetches();
    return sum;
  }

  /// After the fetch. Tokens that cannot be verified, because no keys were fetched or the newest are unavailable, may be retried.
  [[nodiscard]] core::AuthResult last_answer(const core::IdentityQuestion& question, bool has_failed) {
    auto verdict = judge(question);
    const TokenError* fault = std::get_if<TokenError>(&verdict);
    if (fault == nullptr || !fault->is_key_missing) return answer(std::move(verdict));
    if (!has_fetched()) return core::Refusal{ErrorCode::identity_unavailable, "no keys have been fetched yet"};
    if (has_failed) return core::Refusal{ErrorCode::identity_unavailable, "its key could not be fetched"};
    return answer(std::move(verdict));
  }

  /// The URLs were asked a moment ago. A token whose key was missing before and still is, is refused permanently: the key was
  /// retired.
  [[nodiscard]] core::AuthResult answer_without_fetch(const core::IdentityQuestion& question) {
    auto verdict = judge(question);
    const TokenError* fault = std::get_if<TokenError>(&verdict);
    if (fault == nullptr || !fault->is_key_missing) return answer(std::move(verdict));
    const std::string& of = fault->missing_kid.empty() ? question.credentials.token : fault->missing_kid;
    if (has_fetched() && absent_.is_known(of, fetches())) return answer(std::move(verdict));
    return core::Refusal{ErrorCode::identity_unavailable, "its key may be available later"};
  }

  const bool allow_anonymous_;
  std::atomic<bool> is_ending_ = false;
  AbsentKeys absent_;
  std::deque<KeySource> sources_;  ///< last: their threads call the others
};

}  // namespace

JwksSource jwks_source(std::string_view text) {
  const std::size_t equals = std::min(text.find("=http://"), text.find("=https://"));
  if (equals == std::string_view::npos) return {std::string(text)};
  return {std::string(text.substr(equals + 1)), std::string(text.substr(0, equals))};
}

std::optional<std::string> fault_in_realms(const TokenSettings& settings) {
  const std::vector<Realm>& realms = settings.policy.realms;
  for (auto realm = realms.begin(); realm != realms.end(); ++realm) {
    const bool has_form = !realm->issuer.empty() && !realm->prefix.empty() && realm->prefix.size() <= kRealmPrefixBytesMax &&
                          core::is_plain_text(realm->prefix);
    if (!has_form) return "a realm has an issuer, and a prefix of 1 to " + std::to_string(kRealmPrefixBytesMax) + " bytes";
    const auto is_theirs = [&](const JwksSource& source) { return source.issuer == realm->issuer; };
    if (std::none_of(settings.jwks.begin(), settings.jwks.end(), is_theirs))
      return "no JWKS URL is for the issuer " + realm->issuer + " alone, so other keys could sign for it";
    const auto is_shared = [&](const JwksSource& source) {
      const auto has_url = [&](const JwksSource& each) { return is_theirs(each) && is_one_url(each.url, source.url); };
      return !is_theirs(source) && std::any_of(settings.jwks.begin(), settings.jwks.end(), has_url);
    };
    if (std::any_of(settings.jwks.begin(), settings.jwks.end(), is_shared))
      return "the JWKS URL of the issuer " + realm->issuer + " is also there without it, so its keys could sign for others";
    for (auto other = realms.begin(); other != realm; ++other) {
      if (other->issuer == realm->issuer) return "the issuer " + realm->issuer + " has two realms";
      if (realm->prefix.starts_with(other->prefix) || other->prefix.starts_with(realm->prefix))
        return "the prefix " + realm->prefix + " is not distinct from " + other->prefix;
    }
  }
  return std::nullopt;
}

bool is_user_of_several_issuers(const TokenSettings& settings) {
  std::set<std::string> issuers;
  for (const JwksSource& source : settings.jwks) issuers.insert(source.issuer);
  if (!settings.keys.empty()) issuers.insert("");
  for (const Realm& realm : settings.policy.realms) issuers.erase(realm.issuer);
  return issuers.size() > 1;
}

std::vector<std::uint64_t> keys_gone(const TokenSettings& before, const TokenSettings& now) {
  std::vector<std::uint64_t> numbers;
  for (const auto& key : before.keys.keys())
    if (!has_key(now.keys, key->number())) numbers.push_back(key->number());
  for (const JwksSource& jwks : before.jwks) {
    const std::uint64_t number = number_of(jwks, before.policy);
    const auto is_same = [&](const JwksSource& each) { return number_of(each, now.policy) == number; };
    if (std::none_of(now.jwks.begin(), now.jwks.end(), is_same)) numbers.push_back(number);
  }
  return numbers;
}

Realm realm_of(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  return {std::string(text.substr(0, equals)), equals == std::string_view::npos ? "" : std::string(text.substr(equals + 1))};
}

TokenCheck token_check(TokenSettings settings, std::function<void(const core::LogLine&)> log) {
  auto authority = std::make_shared<TokenAuthority>(std::move(settings), std::move(log));
  auto identify = [authority](core::IdentityQuestion&& question, std::function<void(core::AuthResult)> done) {
    authority->identify(std::move(question), std::move(done));
  };
  return {std::move(identify), [authority] { return authority->has_keys(); }};
}

core::IdentitySource token_authority(TokenSettings settings, std::function<void(const core::LogLine&)> log) {
  return token_check(std::move(settings), std::move(log)).identify;
}

}  // namespace dialogue::auth
