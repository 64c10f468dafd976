// Erases users from the cluster's log: everything up to the newest entry that names them is trimmed, as soon as each live node
// has written behind it, and so has read it. No node needs those entries any more: a node that begins asks for the parts of the
// others. A state machine: the clock is an argument. Times of records never go back in a log.
//
// For kWatchMs (15 s), later entries that name an erased user are trimmed as well: the last ones about a user are written when
// the user's connections have ended.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/cluster/cluster_entry.hpp"

namespace dialogue::cluster {

class LogErasure {
 public:
  static constexpr std::uint64_t kWatchMs = 15'000, kSettleMs = 1'000;
  static constexpr std::size_t kUsersMax = 64;  ///< at a time

  /// Called once. False: the log still names the user.
  using Done = std::function<void(bool is_erased)>;

  /// Begins to erase a user. `record_ms`: the time of the newest record that was read; 0: no record was.
  void begin(std::string user_id, std::uint64_t record_ms, std::uint64_t now_ms, Done done);
  /// Takes note of an entry; called for each that is read, in the log's order.
  void saw(const std::string& from, const Entry& entry, std::uint64_t record_ms);
  /// Whether the node has to write a record that is newer than target_ms().
  [[nodiscard]] bool wants_entry_of(const std::string& node) const;
  [[nodiscard]] std::uint64_t target_ms() const { return target_ms_; }
  /// Returns the time before which the caller is to trim all records, and then to call trimmed(); no value: nothing to trim now.
  /// `nodes`: all live nodes, by id.
  [[nodiscard]] std::optional<std::uint64_t> next_trim(const std::map<std::string, std::uint64_t>& nodes);
  void trimmed(bool is_done);
  /// Calls what is due of the `done` callbacks. Returns the next deadline; kNever: there is none.
  std::uint64_t tick(std::uint64_t now_ms);
  /// Ends all erasures with false.
  void end();
  [[nodiscard]] bool is_idle() const { return users_.empty(); }

 private:
  struct User {
    std::string id;
    std::uint64_t settled_at_ms = 0, watched_until_ms = 0;
    Done done;  ///< empty: it was called
  };
  [[nodiscard]] bool is_trimmed() const { return trimmed_ms_ >= target_ms_; }

  std::vector<User> users_;
  std::uint64_t target_ms_ = 0, trimmed_ms_ = 0, trimming_ms_ = 0;
  bool is_trimming_ = false;
  std::map<std::string, std::uint64_t> wrote_ms_;  ///< of each node, since the erasure began
};

}  // namespace dialogue::cluster
