// The state of a cluster: what the entries of its log amount to. Nodes that applied the same entries in the same order have the
// same state, from the position on at which they knew the parts of all. A state machine: no I/O, and the clock is an argument.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/cluster/cluster_entry.hpp"

namespace dialogue::cluster {

struct NodeStatus {
  NodeFacts facts;
  std::uint64_t last_seen_ms = 0;  ///< when its newest entry was applied, by the clock of apply()
  std::size_t rooms = 0;           ///< the rooms in which it has a part
  std::uint64_t seats = 0;         ///< in all of them
};

/// What one node has in one room.
struct RoomPart {
  std::uint64_t seats = 0;
  std::map<std::string, core::PresentUser> users{};  ///< by id
  [[nodiscard]] bool is_empty() const { return seats == 0 && users.empty(); }
};

/// A change of what the other nodes have in a room.
struct RoomChange {
  std::string room;
  std::uint64_t other_seats = 0;
  std::vector<core::PresentUser> joined{};  ///< no other node had them before
  std::vector<std::string> left{};          ///< no other node has them any more
};

/// What an entry changed, as this node sees it.
struct StateChange {
  bool has_nodes_changed = false;  ///< nodes(), or the facts of one
  std::vector<RoomChange> rooms{};
  std::optional<bool> verdict{};  ///< of a Claim
};

class ClusterState {
 public:
  /// `self`: this node's id.
  explicit ClusterState(std::string self) : self_(std::move(self)) {}

  /// Applies an entry and returns what it changed. `now_ms`: monotonic. A node that has sent neither Hello nor Here appears in
  /// `heard()` only, and so does one whose Hello or Here comes when kNodesMax nodes are known.
  StateChange apply(const std::string& from, const Entry& entry, std::uint64_t now_ms);
  /// Forgets the other nodes, except that their ids stay and their newest entries count as applied now. Returns what changed.
  StateChange forget(std::uint64_t now_ms);

  [[nodiscard]] bool knows(const std::string& node) const;
  /// Known nodes, in the order of their ids, with this one.
  [[nodiscard]] std::vector<NodeStatus> nodes() const;
  /// When the newest entry of each node was applied, also of nodes of which only the id is known.
  [[nodiscard]] std::map<std::string, std::uint64_t> heard() const;

  /// The places that all nodes have in the room.
  [[nodiscard]] std::uint64_t seats(const std::string& room) const;
  [[nodiscard]] std::uint64_t other_seats(const std::string& room) const;
  /// Returns the node's part of the room, or null if it has none.
  [[nodiscard]] const RoomPart* part(const std::string& node, const std::string& room) const;
  [[nodiscard]] std::size_t room_count() const { return rooms_.size(); }
  /// The nodes, rooms, places and users as text, without times. Equal states give equal texts.
  [[nodiscard]] std::string text() const;

 private:
  struct Node {
    NodeStatus status;
    bool is_known = false;
    std::set<std::string> rooms{};  ///< the rooms in which it has a part
  };
  using Parts = std::map<std::string, RoomPart>;  ///< by node

  void hear(const std::string& node, std::uint64_t now_ms);
  /// Adds a node, or returns false if kNodesMax nodes are known.
  bool make_known(const NodeFacts& facts, StateChange& change);
  void remove(const std::string& node, StateChange& change);
  void remove_parts(const std::string& node, StateChange& change);
  void replace(const std::string& node, const Share& share, StateChange& change);
  void change_part(const std::string& node, const Change& entry, StateChange& change);
  void add_seats(const std::string& node, const std::string& room, std::int64_t count, StateChange& change);
  /// Removes a part that is empty.
  void tidy(const std::string& node, const std::string& room);
  [[nodiscard]] RoomPart& part_for(const std::string& node, const std::string& room);
  [[nodiscard]] bool have_others(const std::string& room, const std::string& user, const std::string& except) const;
  void apply_known(const std::string& from, const Entry& entry, StateChange& change);

  std::string self_;
  std::map<std::string, Node> nodes_;
  std::map<std::string, Parts> rooms_;
};

}  // namespace dialogue::cluster
