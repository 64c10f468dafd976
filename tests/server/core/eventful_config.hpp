// A shard whose application and authenticator do everything that they can, by chance of their own: for recordings and replays.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "server/core/util/seeded_random.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

/// Hooks that do everything that hooks can do, by chance of their own.
inline void set_hooks(ShardConfig& config, const std::shared_ptr<SeededRandom>& random) {
  const auto wish = [random](HookClient& client) {
    constexpr std::uint64_t kKinds = 12;
    switch (random->below(kKinds)) {
      case 0:
        return client.join("game-7");
      case 1:
        return client.leave("chat");
      case 2:
        return client.set_meta(R"({"role":"admin"})");
      case 3:
        return static_cast<void>(client.send("chat", "message", R"({"text":"from a hook"})"));
      case 4:
        return static_cast<void>(client.send("chat", "message", R"({"texts":"not as defined"})"));
      case 5:
        return client.disconnect("out with you");
      case 6:
        throw std::runtime_error("a hook that fails");
      case 7:
        throw 7;
      default:
        return;
    }
  };
  const auto decide = [random, wish](HookClient& client, auto&&...) {
    wish(client);
    constexpr std::uint64_t kOneIn = 10;
    return random->below(kOneIn) == 0 ? HookDecision::deny("not today") : HookDecision::allow();
  };
  const auto listen = [wish](HookClient& client, auto&&...) { wish(client); };
  config.hooks.on_connect = decide;
  config.hooks.on_join = [random, decide](HookClient& client, std::string_view room) {
    HookDecision decision = decide(client, room);
    constexpr std::uint64_t kOneIn = 4;
    if (!decision.denied && random->below(kOneIn) == 0) return HookDecision::allow_from({1 + random->below(40), 0});
    return decision;
  };
  config.hooks.on_joined = listen;
  config.hooks.on_leave = listen;
  config.hooks.on_disconnect = listen;
  const auto screen = [random](std::string_view event) {
    constexpr std::uint64_t kKinds = 12;
    switch (random->below(kKinds)) {
      case 0:
        return HookVerdict::deny("not that");
      case 1:
        return HookVerdict::replace(event == "message" ? R"({"text":"something else"})" : "null");
      case 2:
        return HookVerdict::replace("{");
      case 3:
        return HookVerdict{ErrorCode::hook_unavailable, "no backend", {}, {}};
      case 4:
        throw std::runtime_error("a middleware that fails");
      default:
        return HookVerdict::allow();
    }
  };
  const auto later = [random, screen](HookQuestion&& question, const std::function<void(HookVerdict)>& done) {
    HookVerdict verdict = screen(question.event);
    constexpr std::uint64_t kOneIn = 4;
    if (random->below(kOneIn) == 0) verdict.meta = R"({"role":"guest"})";
    if (question.verb == HookVerb::join && random->below(kOneIn) == 0)
      verdict.history_from = HistoryFrom{1 + random->below(40), 0};
    done(std::move(verdict));
  };
  config.hooks.ask_connect = config.hooks.ask_join = later;
  config.hooks.middleware.push_back({"", [screen](const Draft& draft) { return screen(draft.event); }, {}});
  config.hooks.middleware.push_back({"chat", {}, later});
  config.hooks.on_event = [random](const Publication&) {
    constexpr std::uint64_t kOneIn = 8;
    if (random->below(kOneIn) == 0) throw std::runtime_error("a listener that fails");
  };
}

/// Of a JOIN: its user's, for "chat", for a minute or for a long time.
inline Identity token_for_rooms(const std::string& user, bool is_short) {
  constexpr std::uint64_t kSoonS = kStartUnixMs / 1000 + 60, kFarS = 2'000'000'000;
  TokenFacts facts{"t-2", 1, is_short ? kSoonS : kFarS, R"({"rooms":{"chat":["join","publish:note"]}})", {}};
  facts.capabilities = std::get<0>(Capabilities::from_claims(facts.claims));
  Identity identity;
  identity.user_id = user;
  identity.token = std::make_shared<const TokenFacts>(std::move(facts));
  return identity;
}

/// Development identities, now and then an exception or a refusal, and tokens by chance.
inline Authenticator eventful_authenticator(const std::shared_ptr<SeededRandom>& random) {
  return [random, inner = development_authenticator(true)](const Credentials& credentials, const PeerFacts& peer,
                                                           std::uint64_t chance) -> AuthResult {
    constexpr std::uint64_t kOneIn = 12, kFarS = 2'000'000'000;
    if (random->below(kOneIn) == 0) throw std::runtime_error("an authenticator that fails");
    if (random->below(kOneIn) == 0) return Refusal{ErrorCode::unauthorized, "an unknown key"};
    if (credentials.token.starts_with("user")) return token_for_rooms(credentials.token, random->below(2) == 0);
    AuthResult result = inner(credentials, peer, chance);
    if (auto* identity = std::get_if<Identity>(&result))
      identity->token = std::make_shared<const TokenFacts>(TokenFacts{"t-1", 1, kFarS, R"({"sub":"x"})", {}});
    return result;
  };
}

inline std::unique_ptr<ShardConfig> eventful_config(const std::shared_ptr<SeededRandom>& random) {
  auto config = test_config();
  config->has_durable_store = true;
  config->made_rooms = {{{{}, "kept"}, R"({"id":"kept","events":["note"]})"}};
  config->session_secret = "secret bytes \xff\x01";
  config->limits.slot_ttl_ms = 5'000;
  config->limits.lag_bytes_max = 20'000;
  config->definitions.rate_limit_per_room["chat"] = {40, 1'000};
  set_hooks(*config, random);
  return config;
}

}  // namespace dialogue::testing
