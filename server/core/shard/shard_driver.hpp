// Drives one shard: in which order inputs are applied, their actions carried out and turns ended. The server's loop, the tests'
// cluster, the simulator and the replay share it; each of them is a ShardHost. Decorators (server/replay/recording_driver.hpp)
// override decide(). Used by one thread at a time; the host outlives the driver.
#pragma once
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "server/core/effects/shard_config.hpp"
#include "server/core/messages/actions.hpp"
#include "server/core/messages/input.hpp"
#include "server/core/shard/shard.hpp"
#include "server/core/util/time.hpp"

namespace dialogue::core {

/// The world of a shard: its clock, and what carries out its actions.
class ShardHost {
 public:
  virtual ~ShardHost() = default;
  [[nodiscard]] virtual Time now() const = 0;
  /// Executes the shard's decisions, in this order, and may move from them. An immediate answer goes to ShardDriver::enqueue();
  /// inputs are not applied in here.
  virtual void perform(Actions& actions) = 0;
  /// Hands the turn's messages to the other shards, all in one moment, and then the answers of calls to their callers. Called
  /// before what was sent is offered, so that clients and callers act behind what the shard has decided.
  virtual void hand_over() {}
  /// Whether something that was sent waits to be offered to the transports.
  [[nodiscard]] virtual bool has_output() const { return false; }
  /// Offers it; BacklogChanged says which of them have left some.
  virtual void offer_output() {}
};

class ShardDriver {
 public:
  struct Setup {
    const ShardConfig& config;
    std::uint32_t index, count;
    std::uint64_t seed;
    EffectLog* effect_log = nullptr;
  };
  ShardDriver(const Setup& setup, ShardHost& host)
      : shard_(setup.config, setup.index, setup.count, setup.seed, setup.effect_log), host_(host) {}
  virtual ~ShardDriver() = default;
  ShardDriver(const ShardDriver&) = delete;
  ShardDriver& operator=(const ShardDriver&) = delete;

  /// Applies an input and has its actions carried out, and those of the answers that came meanwhile.
  void apply(Input&& input) {
    static_cast<void>(decide(std::move(input), host_.now(), actions_));
    carry_out();
  }
  /// Opens a connection. Its actions wait for carry_out() or the next input, so that the host can enter the id into its table.
  [[nodiscard]] ConnectionId open(PeerFacts peer, std::size_t server_connections = 0) {
    return decide(ConnectionOpened{std::move(peer), server_connections}, host_.now(), actions_).opened;
  }
  void carry_out();
  /// Fires the timer. Returns when it is due again (monotonic_ms; kNever: not before the next input). Call it then, and after
  /// every turn, since inputs set deadlines.
  [[nodiscard]] std::uint64_t tick();

  /// Within ShardHost::perform(): an answer, which is applied when the actions in hand are carried out.
  void enqueue(Input&& input) { answers_.push_back(std::move(input)); }
  /// The transport of a connection is gone: ConnectionClosed is applied when the turn finishes.
  void close_later(ConnectionId id) { closed_.push_back(id); }
  /// Ends a turn of inputs: closes the connections whose transport is gone, and emits the shard's output in parts. With each,
  /// messages and answers are handed over, and then frames are offered to the transports, until nothing is left of all that.
  void finish_turn();
  /// The transports were offered what a part of the turn gave out: the latency of its events counts. finish_turn() does it, too.
  void note_offered() {
    if (shard_.awaits_writing()) shard_.note_written(host_.now().monotonic_ns);
  }

  [[nodiscard]] const Shard& shard() const { return shard_; }
  /// Metrics, which no decision depends on: so they may be written and read from outside of inputs.
  [[nodiscard]] metrics::MetricCells& metrics() { return shard_.metrics(); }
  [[nodiscard]] std::unique_ptr<metrics::ShardReading> read_metrics() { return shard_.read_metrics(); }

 protected:
  /// The shard decides about one input.
  virtual Applied decide(Input&& input, Time now, Actions& out) { return shard_.apply(std::move(input), now, out); }

 private:
  Shard shard_;
  ShardHost& host_;
  Actions actions_;
  std::vector<Input> answers_;        ///< given while actions are carried out
  std::vector<Input> spare_answers_;  ///< empty; its memory is used again
  std::vector<ConnectionId> closed_;
};

}  // namespace dialogue::core
