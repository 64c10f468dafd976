// One shard: the connections that live here and the rooms whose owner shard is here. Sans-io: inputs are values (input.hpp) with
// the time as an argument, outputs are Actions. A room's owner shard is shard_of(room id); what crosses shards is ShardMessage.
// No lock, no clock, no thread: each instance is used by one thread at a time. A ShardDriver applies inputs in the right order.
#pragma once
#include <cstdint>
#include <memory>

#include "server/core/access/identity.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/messages/actions.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/core/messages/input.hpp"
#include "server/core/util/time.hpp"
#include "server/metrics/reading.hpp"

namespace dialogue::core {

class EffectLog;

class Shard {
 public:
  /// `config` outlives the shard, which has a copy: its limits may change; seed makes every id and epoch reproducible.
  /// `effect_log`, which outlives the shard, records or repeats the application's answers within an input; null: neither.
  Shard(const ShardConfig& config, std::uint32_t index, std::uint32_t count, std::uint64_t seed, EffectLog* effect_log = nullptr);
  ~Shard();

  /// Decides about one input; what it decides is appended to `out`. Ids of connections that are gone are ignored.
  Applied apply(Input&& input, Time now, Actions& out);
  /// A message will be received soon: has the processor fetch what is known of the connection. Nothing else.
  void expect(ConnectionId from) const;

  /// Whether TurnEnded would emit events or appends. It may emit only a part, so that transports can report in between who
  /// does not take it.
  [[nodiscard]] bool owes_turn_end() const;
  /// Whether TurnEnded would ask the store of durable rooms to append.
  [[nodiscard]] bool owes_commit() const;

  [[nodiscard]] std::size_t connection_count() const;
  /// What was counted here, for who drives the shard to count along.
  [[nodiscard]] metrics::MetricCells& metrics();
  /// Sets the gauges of connections, for which it looks at every one, and copies all.
  [[nodiscard]] std::unique_ptr<metrics::ShardReading> read_metrics();
  /// Whether events were queued whose latency counts once they are written; and that they were, at `now_ns`.
  [[nodiscard]] bool awaits_writing() const;
  void note_written(std::uint64_t now_ns);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dialogue::core
