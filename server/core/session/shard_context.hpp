// What the connection side's parts share: the shard's settings, its outbox, its chance, its connections and their rooms.
// References only; everything outlives the parts that hold them.
#pragma once
#include "server/core/connection/connection_index.hpp"
#include "server/core/connection/connection_table.hpp"
#include "server/core/connection/fanout.hpp"
#include "server/core/connection/filter_table.hpp"
#include "server/core/connection/queueing.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/session/outstanding_requests.hpp"
#include "server/core/util/seeded_random.hpp"

namespace dialogue::core {

struct ShardContext {
  const ShardConfig& config;
  ShardEffects& effects;
  SeededRandom& random;
  ConnectionTable& connections;
  ConnectionIndex& greeted;
  Fanout& fanout;
  OutstandingRequests& requests;
  FilterTable& filters;

  [[nodiscard]] Address address_of(const Connection& connection) const { return {effects.shard(), connection.id}; }

  /// Sends an answer, which counts as life shown to the client.
  void answer(Connection& connection, SharedBytes text) const {
    connection.last_sent_ms = effects.now().monotonic_ms;
    queue(effects, connection, std::move(text));
  }
};

}  // namespace dialogue::core
