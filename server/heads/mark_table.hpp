// Marks of users in rooms: how far a user has read. All that the kept state has of them, in memory. Used by one thread.
//
//   const Mark* mark = marks.find("ann", "general");
//   writer.submit({[&] { return std::vector{marks.change("ann", "general", {epoch, seq}, now_s)}; }, done});
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/kept_state.hpp"

namespace dialogue::heads {

inline constexpr std::size_t kMarksMax = 500'000, kMarksOfUserMax = 10'000;
/// A mark that was not moved for so long is forgotten.
inline constexpr std::uint64_t kMarkLifeS = 400 * 86'400ULL;

/// What of a room's log the user has read.
struct Mark {
  std::uint64_t epoch = 0, seq = 0;
  std::uint64_t version = 0;  ///< of its entry
  friend bool operator==(const Mark&, const Mark&) = default;
};

class MarkTable {
 public:
  /// A user and a room whose mark has changed.
  struct Place {
    std::string user, room;
  };

  [[nodiscard]] const Mark* find(std::string_view user, std::string_view room) const;
  /// Whether a mark of this user fits, where there is none in this room yet.
  [[nodiscard]] bool has_room_for(std::string_view user) const;
  void put(const std::string& user, const std::string& room, const Mark& mark);
  /// Takes what was read of the kept state; gives the places that are not as before.
  [[nodiscard]] std::vector<Place> take(const store::KeptList& list);
  /// Removes the user's marks from memory.
  void forget(std::string_view user);
  /// The entries of all marks of a user, to be removed.
  [[nodiscard]] std::vector<store::KeptChange> removals(std::string_view user) const;
  /// `is_shared`: only over the entry that is known.
  [[nodiscard]] store::KeptChange change(const std::string& user, const std::string& room, const Mark& mark, std::uint64_t now_s,
                                         bool is_shared) const;
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  using OfUser = std::map<std::string, Mark, std::less<>>;  ///< by room
  void remove(const Place& place);

  std::map<std::string, OfUser, std::less<>> users_;
  std::map<std::string, Place> by_key_;  ///< of entries: a tombstone names neither
  std::size_t size_ = 0;
};

}  // namespace dialogue::heads
