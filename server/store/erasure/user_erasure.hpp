// The steps of erasing and exporting a user in one store, one after the other, and erasing single records. Blocking: not for a
// loop's thread. While others publish, an erasure pauses between its steps, so that they hardly notice it.
//
//   UserErasure erasure("ann");
//   erasure.erase(*store, {});                     // of several stores, where there are
//   const ScrubReport report = erasure.scrub(*store);
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "server/store/store.hpp"

namespace dialogue::store {

/// A pass that finds something is followed by another one, for what was on its way into a log meanwhile.
inline constexpr int kErasurePassesMax = 4;
/// Rooms that an erasure remembers as named after the user.
inline constexpr std::size_t kNamedRoomsMax = 1000;

class UserErasure {
 public:
  /// `should_stop`: called while it waits; if true, the erasure ends as `busy`. May be empty.
  explicit UserErasure(std::string user_id, std::function<bool()> should_stop = {})
      : user_id_(std::move(user_id)), should_stop_(std::move(should_stop)) {}

  /// The outcome of notifying a room's members. `later`: it may be tried again, and the notice is kept until then.
  enum class Notified : std::uint8_t { published, not_wanted, later };
  /// Gets each step's rooms: one room may come several times. Empty: members are notified another time (notify_kept()).
  using Notify = std::function<Notified(const ErasedRoom&)>;

  /// Erases all that the store has of the user. Returns `ok`; `busy` if the store did not answer in time; `failed` if it cannot
  /// erase by user; or another error: then a part may be erased, and it can be called again.
  [[nodiscard]] core::StoreStatus erase(Store& store, const Notify& notify);
  /// Erases single records of one room, with an empty user id. Returns a status like erase().
  [[nodiscard]] core::StoreStatus erase_records(Store& store, const RecordErasure& what, const Notify& notify);
  /// Returns the rooms whose names have the user's id as a word, and whose logs have no events of others.
  [[nodiscard]] std::vector<std::string> named_rooms() const;
  /// Whether more rooms have the user's id in their names than named_rooms() returns.
  [[nodiscard]] bool has_unlisted_rooms() const { return has_unlisted_rooms_; }
  /// Adds an open room whose name has the user's id. The stores know whether others published in it.
  void add_named(const std::string& room) { add_named(NamedRoom{room}); }
  /// From the next erase() on these rooms go as a whole, with their definitions. A running server deletes them first.
  void take_whole(std::vector<std::string> rooms);
  [[nodiscard]] const std::vector<std::string>& whole_rooms() const { return whole_rooms_; }
  /// After the last erase().
  [[nodiscard]] ScrubReport scrub(Store& store) const;

  [[nodiscard]] bool is_supported() const { return is_supported_; }  ///< false: a store could not erase by user
  [[nodiscard]] std::uint64_t records() const { return records_; }
  [[nodiscard]] std::uint64_t producers() const { return producers_; }
  [[nodiscard]] std::uint64_t rooms() const { return rooms_; }                        ///< rooms with any data
  [[nodiscard]] std::uint64_t revocations_kept() const { return revocations_kept_; }  ///< in all stores
  [[nodiscard]] const std::vector<std::string>& samples() const { return samples_; }

 private:
  struct Pass {
    bool has_found = false;
    std::uint64_t revocations_kept = 0;
  };
  [[nodiscard]] core::StoreStatus pass(Store& store, const Notify& notify, Pass& found);
  /// Counts and notifies; notices that are done with are in notified_.
  void take(const UserErased& erased, const Notify& notify);
  void add_named(const NamedRoom& room);
  void count(const ErasedRoom& room);

  const std::string user_id_;
  const std::function<bool()> should_stop_;
  std::uint64_t records_ = 0, producers_ = 0, rooms_ = 0, revocations_kept_ = 0;
  core::RoomKey newest_room_{};
  std::map<std::string, bool> named_;  ///< rooms, and whether others published in them
  bool has_unlisted_rooms_ = false;
  std::vector<std::string> whole_rooms_;
  std::vector<std::string> notified_;  ///< notices that the next step removes
  std::uint64_t own_records_ = 0;      ///< published since the last step
  bool is_supported_ = true;
  std::vector<std::string> samples_;
};

/// Notifies members of erasures that were cut off or made without a server: by every notice that the store keeps. Those of a
/// log that was deleted or replaced since then are dropped.
[[nodiscard]] core::StoreStatus notify_kept(Store& store, const UserErasure::Notify& notify);
/// Returns how many notices of erasures the store keeps.
[[nodiscard]] std::uint64_t kept_notices(Store& store);

/// Calls `found` with every record that the user published, in the order of rooms and sequences, until that gives false.
[[nodiscard]] core::StoreStatus export_user(Store& store, const std::string& user_id,
                                            const std::function<bool(const UserRecord&)>& found);

/// Does one step and waits for it. Returns `busy` if there was no answer in time.
[[nodiscard]] UserPage find_user(Store& store, UserQuery query);

}  // namespace dialogue::store
