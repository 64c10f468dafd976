// What this node has in the rooms, as it is, while the cluster's state has it as far as it was written. The difference between
// both is what is to be written next, so that nothing is lost when a write has to be repeated, or all of it after the node was
// declared gone. A value of one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/cluster/cluster_state.hpp"

namespace dialogue::cluster {

class OwnPart {
 public:
  explicit OwnPart(std::string self) : self_(std::move(self)) {}

  /// As Cluster::set_share. What is_sound() refuses is left out.
  void change(const std::string& room, std::int64_t seats_change, std::vector<core::PresentUser> joined,
              const std::vector<std::string>& left);
  /// An own Claim was granted.
  void granted(const std::string& room) { ++rooms_[room].seats; }
  /// An own Share has taken effect.
  void shared(const Share& share);
  /// The whole part is to be shared, again.
  void share_all();
  [[nodiscard]] bool has_more() const { return !due_.empty() || !dirty_.empty(); }

  /// Appends Shares and Changes by which `state` becomes this part, at most about one batch. Nothing may be under way.
  /// Appends entries that share this node's part; returns true if they contain all that is to be shared.
  [[nodiscard]] bool write(const ClusterState& state, std::vector<Entry>& entries);

 private:
  /// The entries of one batch, and their bounds.
  struct Batch;

  [[nodiscard]] Share share_of(const std::string& room, const std::string& after) const;
  [[nodiscard]] std::vector<Entry> difference(const ClusterState& state, const std::string& room,
                                              const std::set<std::string>& users) const;
  [[nodiscard]] const RoomPart& part(const std::string& room) const;

  std::string self_;
  std::map<std::string, RoomPart> rooms_;
  std::map<std::string, std::string> due_;              ///< rooms to be shared: from behind which user on
  std::map<std::string, std::set<std::string>> dirty_;  ///< rooms whose places may differ, and their users who may
};

}  // namespace dialogue::cluster
