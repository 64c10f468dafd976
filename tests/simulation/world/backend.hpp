// The simulated server: real Shards behind their drivers, mailboxes between them, the real store behind a queue, and all the ways
// in which it ends. Used by one run.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/calls/pending_calls.hpp"
#include "server/core/access/guest_seal.hpp"
#include "server/core/shard/shard.hpp"
#include "server/core/shard/shard_driver.hpp"
#include "server/store/memory/memory_store.hpp"
#include "tests/simulation/world/disk.hpp"
#include "tests/simulation/world/link.hpp"
#include "tests/simulation/world/places.hpp"

namespace dialogue::simulation {

using namespace calls;

using namespace core;

/// What is the same for the whole run of a server.
struct BackendSetup {
  std::uint64_t seed = 0;
  std::uint32_t version = 0;  ///< of the catalogue
  std::uint32_t shards = 1;
  std::size_t behind_bytes = 256 * 1024, backlog_bytes = 1024 * 1024;
  std::uint64_t room_idle_ms = kRoomIdleMs, memory_log_kept_ms = 600'000;
  std::uint64_t store_delay_us = 1000, mail_delay_us = 500;
  std::uint64_t small_room = 4;  ///< how many a Place::is_small takes
};

class Backend {
 public:
  using Note = std::function<void(const std::string&)>;
  Backend(Clockwork& clockwork, Note note) : clockwork_(clockwork), note_(std::move(note)), chance_(0) {}

  /// Starts it, now or, where the store cannot be opened, later. `started` is called each time that it is up.
  void start(const BackendSetup& setup, std::function<void()> started);
  [[nodiscard]] bool is_up() const { return run_ != nullptr; }

  enum class End : std::uint8_t { killed, power_lost, stopped };
  /// Ends the process; who starts it again is told by `ended`.
  void end(End how);
  /// SIGTERM: says BYE to all, and stops a while later.
  void drain();
  std::function<void()> ended;

  /// A connection is made, unless there is no server.
  [[nodiscard]] bool connect(const std::shared_ptr<Link>& link);
  /// To any shard, as an embedding program does.
  void post(ShardMessage message);
  /// The same with a call, whose result `done` gets, unless the server is killed before.
  template <typename Call, typename Done>
  void ask(Call message, Done done) {
    if (!is_up()) return;
    message.call = run_->calls.add(call_done<Call>(std::move(done)), 0);  // the loops expire calls, and here is none
    post(std::move(message));
  }

  /// One of the shards does nothing for this time. What comes for it meanwhile waits, and is done in its order.
  void stall(std::uint64_t which, std::uint64_t us);
  Disk& disk() { return disk_; }
  void jump_wall_clock(std::int64_t ms) { wall_offset_ms_ += static_cast<std::uint64_t>(ms); }
  [[nodiscard]] std::size_t unsent_bytes_max() const { return unsent_bytes_max_; }

 private:
  /// A shard, and what carries out its actions.
  class Node;
  struct Task {
    std::uint32_t shard;
    StoreRequest request;
  };
  /// One process, from start to end. What comes late finds it gone.
  struct Run {
    BackendSetup setup;
    std::unique_ptr<ShardConfig> config;
    std::vector<std::unique_ptr<Node>> nodes;  ///< by shard
    /// What was handed over to a shard, in its order, and when the newest of it comes.
    struct Mailbox {
      std::deque<ShardMessage> messages;
      std::uint64_t newest_us = 0;
    };
    std::vector<Mailbox> mailboxes;  ///< by shard
    std::deque<Task> writes;
    std::vector<std::pair<std::uint32_t, ConnectionId>> departures;
    std::vector<std::shared_ptr<Link>> touched;
    PendingCalls calls;
    bool is_writing = false, is_sweeping = false, has_given_up = false;
    Run();
    ~Run();
  };

  void try_to_start(const BackendSetup& setup, std::uint64_t attempt);
  void begin(const BackendSetup& setup);
  [[nodiscard]] Time now() const;
  [[nodiscard]] bool is_running(const std::weak_ptr<Run>& run) const;
  /// Something for later that concerns this process only.
  void later(std::uint64_t us, std::function<void(Run&)> what);

  [[nodiscard]] ShardDriver& driver(std::uint32_t shard) const;
  /// Gives a shard an input, in a turn of its own or of several.
  void apply(std::uint32_t shard, Input&& input);
  void finish_turn(std::uint32_t shard);
  void deliver_events(std::uint32_t shard);
  /// Gives what the shard has decided to the others: to all shards in one moment, then to callers, then to clients.
  void hand_over(std::uint32_t shard);
  /// Does it now, or when the shard no longer stands still.
  void when_awake(std::uint32_t shard, std::function<void()> what);
  void tell_backlog(std::uint32_t shard, Link& link);
  void sweep();
  void ask_tick(std::uint32_t shard, std::uint64_t at_us);
  void tick(std::uint32_t shard);
  void put_mail(std::uint32_t to, ShardMessage message);

  // backend_store.cpp
  void ask_store(std::uint32_t shard, StoreRequest&& request);
  void write();
  void commit(std::vector<Task>& appends);
  void read(Task task);
  void answer(std::uint32_t shard, StoreResponse answer);
  void identify(std::uint32_t shard, AskIdentity&& ask);
  void ask(std::uint32_t shard, AskHook&& about);
  [[nodiscard]] bool has_died();

  Clockwork& clockwork_;
  Note note_;
  Chance chance_;
  Disk disk_;
  IdentitySource identify_ = with_guest_seals(source_of(development_authenticator(true)), "kept with the logs");
  std::shared_ptr<Run> run_;
  std::function<void()> started_;
  std::uint64_t wall_offset_ms_ = 0, starts_ = 0, starting_ = 0;
  std::size_t unsent_bytes_max_ = 0;
};

}  // namespace dialogue::simulation
