// Answers for shards that are tested alone. See cluster.hpp.
#include <utility>

#include "server/store/submit.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

void answer_identities(Shard& shard, Time now, Actions& actions) {
  const IdentitySource identify = source_of(development_authenticator(true));
  for (std::size_t i = 0; i < actions.size(); ++i) {
    auto* found = std::get_if<AskIdentity>(&actions[i]);
    if (found == nullptr) continue;
    AskIdentity ask = std::move(*found);
    actions.erase(actions.begin() + static_cast<std::ptrdiff_t>(i--));
    identify(std::move(*ask.question), [&](AuthResult who) {
      shard.apply(IdentityResolved{ask.from, ask.ticket, std::move(who)}, now, actions);
    });
  }
}

void answer_within_turn(Shard& shard, MemoryStore& store, Time now, Actions& actions) {
  answer_identities(shard, now, actions);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    auto* request = std::get_if<StoreRequest>(&actions[i]);
    if (request == nullptr) continue;
    StoreRequest asked = std::move(*request);
    actions.erase(actions.begin() + static_cast<std::ptrdiff_t>(i--));
    submit(store, std::move(asked), [&](StoreResponse answer) { shard.apply(StoreReplied{std::move(answer)}, now, actions); });
  }
}

void answer_store(Shard& shard, MemoryStore& store, Time now, Actions& actions) {
  answer_within_turn(shard, store, now, actions);
  if (shard.owes_turn_end()) shard.apply(TurnEnded{}, now, actions);
}

}  // namespace dialogue::testing
