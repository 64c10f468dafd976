// The queue: numbered slots of the kept state, each empty or with one notification, and which node sends it. Slots are
// overwritten and never removed, so that they leave no tombstones. Pure: what has to be written is a result. Used by one thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/push/job.hpp"
#include "server/store/kept_state.hpp"

namespace dialogue::push {

/// The time after the end of a lease during which other nodes still respect it, since clocks differ.
inline constexpr std::uint64_t kLeaseGraceMs = 30'000;
/// A node means to do something about its notification at the latest this long after that is due.
inline constexpr std::uint64_t kLeaseMs = 120'000;

class JobSlots {
 public:
  /// `owner`: this node. `is_shared`: other nodes use the slots too, so that they are written by version.
  JobSlots(std::string owner, std::size_t slots_max, bool is_shared)
      : owner_(std::move(owner)), slots_max_(slots_max), is_shared_(is_shared) {}

  /// Whether an entry of KeptKind::push_job is a slot; others are Idempotency-Keys.
  [[nodiscard]] static bool is_slot(const std::string& key);

  /// Reserves an empty slot; returns no value if all are full.
  [[nodiscard]] std::optional<std::size_t> reserve();
  /// Returns the change that stores the job as this node's, in a slot that is reserved or this node's own.
  [[nodiscard]] store::KeptChange filled(std::size_t slot, Job& job) const;
  /// Called when the job was stored.
  void put(std::size_t slot, Job job);
  /// Called when the job could not be stored: a reserved slot is empty again.
  void give_up(std::size_t slot);
  [[nodiscard]] store::KeptChange emptied(std::size_t slot) const;
  /// Called when emptied() was stored.
  void free(std::size_t slot);

  /// Returns this node's notification in the slot; null if it has none there.
  [[nodiscard]] Job* own(std::size_t slot);
  [[nodiscard]] std::vector<std::size_t> own_slots() const;
  [[nodiscard]] std::size_t waiting() const { return own_count_; }
  /// Returns the slots with notifications for this user, of all nodes.
  [[nodiscard]] std::vector<std::size_t> of_user(const std::string& user_id) const;
  /// Returns the slots of other nodes that have not sent their notifications in time.
  [[nodiscard]] std::vector<std::size_t> abandoned(std::uint64_t now_ms) const;
  [[nodiscard]] std::optional<Job> other(std::size_t slot) const;

  /// Takes over a stored entry. Returns true if it is a new notification that this node is to send.
  bool take(const store::KeptEntry& entry);

 private:
  enum class Use : std::uint8_t { empty, reserved, own, other };
  struct Slot {
    Use use = Use::empty;
    std::uint64_t version = 0;  ///< of its entry; 0: there is none
    Job job{};
  };
  void set(std::size_t slot, Use use, Job job = {});
  [[nodiscard]] store::KeptChange change(std::size_t slot, std::string value) const;

  const std::string owner_;
  const std::size_t slots_max_;
  const bool is_shared_;
  std::map<std::size_t, Slot> slots_;
  std::set<std::size_t> empty_;  ///< of slots_
  std::size_t own_count_ = 0;
};

}  // namespace dialogue::push
