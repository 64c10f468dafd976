// See resumed_joins.hpp.
#include "server/core/session/resumed_joins.hpp"

#include <utility>

#include "server/core/connection/session_secret.hpp"

namespace dialogue::core {

// What has no bound has no places to hand on.
bool ResumedJoins::may_be_full(const std::string& room_id) const {
  const RulesPtr rules = owner_.predefined(room_id);
  return !rules || rules->definition.max_size;
}

bool ResumedJoins::pass_to_successor(Join& join) {
  if (!join.resumption || !join.resumption->instead_of.empty() || !may_be_full(join.room_id)) return false;
  auto& [lost, session, instead_of] = *join.resumption;
  const std::uint32_t count = context_.effects.shard_count();
  const auto place = place_of_session(lost, count);
  if (!place || place->shard != context_.effects.shard()) return false;
  instead_of = successors_.record(lost, session, context_.effects.now().monotonic_ms);
  const auto successor = place_of_session(instead_of, count);
  if (!successor) return false;
  context_.effects.post(successor->shard, std::move(join));
  return true;
}

bool ResumedJoins::keep_behind_lost(Join& join) {
  if (!join.resumption) return false;
  const auto place = place_of_session(join.resumption->holder(), context_.effects.shard_count());
  if (!place || place->shard != context_.effects.shard()) return false;
  const Connection* const holder = context_.connections.find(place->connection);
  const bool is_open = holder != nullptr && holder->state == SessionState::ready;
  return !is_open && context_.requests.keep_behind(place->connection, join.room_id, join);
}

void ResumedJoins::release() {
  for (ShardMessageBody& each : context_.requests.take_released())
    context_.effects.post(context_.effects.shard(), std::move(each));
}

void ResumedJoins::handle(const SessionReplaced& replaced) {
  static_cast<void>(context_.requests.answered({RequestKind::replace, replaced.to}));
  release();
}

std::uint64_t ResumedJoins::tick() {
  release();
  return successors_.tick(context_.effects.now().monotonic_ms);
}

}  // namespace dialogue::core
