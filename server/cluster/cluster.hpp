// A node's place in the cluster: who the other nodes are, what they have in the rooms, places in bounded rooms, and messages
// between nodes. Everything goes through one log in the shared store (cluster_log.hpp), and every node draws the same
// conclusions from it (cluster_state.hpp).
//
// All methods are called on one executor, and so is the listener, never inside send(), set_share(), claim() or release(). It may
// be destroyed at any time but inside a call of its listener.
//
//   Cluster cluster(settings, listener);
//   cluster.start();
//   ... at least at each deadline that it returned: deadline_ms = cluster.tick();
//   cluster.stop([] { ... });
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/cluster/cluster_entry.hpp"
#include "server/cluster/cluster_log.hpp"
#include "server/cluster/cluster_state.hpp"
#include "server/cluster/log_erasure.hpp"
#include "server/cluster/own_part.hpp"
#include "server/core/messages/actions.hpp"
#include "server/store/store.hpp"

namespace dialogue::cluster {

inline constexpr std::uint64_t kByeMsMax = 2'000;  ///< the longest wait of a stop for its last write

struct ClusterSettings {
  std::shared_ptr<store::Store> store;              ///< which all nodes share, and which can follow
  NodeFacts self;                                   ///< its id: 16 random hexadecimal digits, new for each process
  std::function<void(std::function<void()>)> post;  ///< runs it on the cluster's executor, later; from any thread
  std::function<std::uint64_t()> now_ms;            ///< monotonic
  std::function<std::uint64_t()> unix_ms;
  std::function<void(core::LogLine)> log;           ///< empty: nowhere
  std::uint64_t beat_ms = 3000, lease_ms = 10'000;  ///< a lease is at least three beats, and the same at all nodes
};

class ClusterListener {
 public:
  virtual ~ClusterListener() = default;
  /// The live nodes without this one have changed: their set, or the facts of one.
  virtual void nodes_changed(const std::vector<NodeStatus>& others) = 0;
  /// A message of another node, each once, in the same order at all nodes. It may come before nodes_changed() lists its sender.
  /// A node that was declared gone receives what was sent meanwhile as well.
  virtual void mail(const std::string& from, std::uint32_t shard, std::string text) = 0;
  /// What other nodes have in a room has changed. A user has joined when the first of these nodes has it, and left when the last
  /// one has lost it.
  virtual void room_changed(const std::string& room, std::uint64_t other_seats, const std::vector<core::PresentUser>& joined,
                            const std::vector<std::string>& left) = 0;
  /// The verdict on an own claim, once for each. Refused also if the claim could not be made: the cluster has stopped or
  /// failed, its queue is full, or the room's name is not valid.
  virtual void claimed(std::uint64_t ticket, bool is_granted) = 0;
  /// The cluster has ended by a fault: its store has failed permanently, cannot follow, or the cluster is full.
  virtual void failed(const std::string& reason) = 0;
};

class Cluster final : private ClusterLogListener {
 public:
  Cluster(ClusterSettings settings, ClusterListener& listener);
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  ~Cluster() override;

  /// Opens the log and writes Hello. Called once.
  void start();
  /// Whether the parts of all live nodes are known. Until each of them has shared its part or its lease is over, claims wait;
  /// also after the log was lost, or this node was declared gone.
  [[nodiscard]] bool is_ready() const { return is_ready_; }
  /// Until when the other nodes count this one as live, as far as it knows; 0: they do not.
  [[nodiscard]] std::uint64_t lease_end_ms() const;
  /// Beats, ends leases, retries. Returns the next deadline, by now_ms.
  std::uint64_t tick();

  /// Sends a message to one node, or to all other nodes if `to` is empty. `shard`: of the receiver, or kEveryShard. `text`: at
  /// most kMailBytesMax. Returns false if it is too long, the node is not live, the queue is full, or the cluster does not run.
  [[nodiscard]] bool send(const std::string& to, std::uint32_t shard, std::string text);
  /// Changes this node's part of a room, at once here and in the log's order elsewhere. `seats_change`: without places that were
  /// claimed. A user in `joined` who is in the part already is replaced. Changes in quick succession may reach other nodes as
  /// one.
  void set_share(const std::string& room, std::int64_t seats_change, std::vector<core::PresentUser> joined,
                 std::vector<std::string> left);
  /// Requests one place in a room that has `places_max` of them over all nodes. `ticket`: at most 2^53-1, and different from that
  /// of every other claim without a verdict.
  void claim(const std::string& room, std::uint64_t ticket, std::uint64_t places_max);
  /// Releases `count` places that were granted.
  void release(const std::string& room, std::uint64_t count);
  /// Removes from the log what names the user, whose connections have ended at all nodes. `done` is called once; false: the log
  /// still has it, since a node did not write in time, or this one ends. Takes a beat of each node, and at least a second.
  void erase_user(std::string user_id, LogErasure::Done done);
  /// Refuses the claims without a verdict, writes what waits and Bye, or gives up after kByeMsMax; then calls `done`, once, and
  /// the listener no more.
  void stop(std::function<void()> done);

  [[nodiscard]] const ClusterState& state() const { return state_; }
  [[nodiscard]] const ClusterLog& log() const { return log_; }
  [[nodiscard]] const std::string& self() const { return settings_.self.id; }
  [[nodiscard]] std::uint64_t lease_ms() const { return settings_.lease_ms; }

 private:
  enum class Phase : std::uint8_t { made, running, stopping, ended };
  /// How much of another node's part is known; a node whose whole part is known has no entry.
  enum class Sharing : std::uint8_t { awaited, begun, done };

  bool before_write(std::vector<Entry>& first, std::vector<Entry>& queued) override;
  void delivered(const std::string& from, Entry entry) override;
  void restarted(const std::string& reason) override;
  void log_failed(const std::string& reason) override;

  /// Adds what this node owes: Hello, Here or its part. Returns false if more of its part remains to be shared.
  [[nodiscard]] bool add_own(std::vector<Entry>& first);
  /// Adds the nodes whose leases are over. Returns true if their places, which claims would count, are removed with them.
  [[nodiscard]] bool add_gone(std::vector<Entry>& first) const;
  void complete_claims(const std::vector<Entry>& first, std::vector<Entry>& queued) const;
  void on_own(const Entry& entry, const StateChange& change);
  void on_other(const std::string& from, Entry& entry);
  void on_verdict(const Claim& claim, bool is_granted);
  void say_hello_again();
  void report(const StateChange& change);
  void follow_sharing(const std::string& from, const Entry& entry);
  void update_ready();
  void ask_place(Claim claim);
  void refuse_later(std::uint64_t ticket);
  void refuse(std::uint64_t ticket);
  void refuse_all();
  void fail(const std::string& reason);
  void end();
  void advance_erasure();
  /// Whether an erasure waits for an entry of this node that could be written now.
  [[nodiscard]] bool has_to_write() const;
  [[nodiscard]] std::uint64_t lease_end_ms(std::uint64_t seen_ms) const;
  [[nodiscard]] bool is_deaf(std::uint64_t now_ms) const;

  ClusterSettings settings_;
  ClusterListener& listener_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
  ClusterState state_;
  OwnPart own_;
  ClusterLog log_;
  LogErasure erasure_;

  Phase phase_ = Phase::made;
  bool is_ready_ = false;
  bool has_said_hello_ = false;  ///< since the last begin, or since it was declared gone
  bool receives_ = false;        ///< it has said Hello since the last begin
  bool is_here_due_ = false, is_shared_due_ = true;
  std::map<std::string, Sharing> sharing_;  ///< other nodes, until it is ready
  std::vector<NodeFacts> reported_;         ///< the last nodes_changed()
  std::uint64_t own_ms_ = 0;                ///< when the newest own entry was delivered
  std::uint64_t judges_from_ms_ = 0;        ///< leases of others begin here at the earliest
  std::uint64_t give_up_ms_ = 0;
  std::vector<Claim> waiting_;       ///< until it is ready
  std::set<std::uint64_t> tickets_;  ///< claims without a verdict
  std::function<void()> done_;
};

}  // namespace dialogue::cluster
