// Who is in one room: each user once, however many connections he has, and what changed since members were last told.
// While few are here, changes are reported by name; above kListedUsersMax users (or kListedBytesMax of names) only their number
// is. The clock counts changes. A change tells the state that a user ended in, so hearing it twice does no harm: a joiner whose
// snapshot has it already may be told again.
// Used by its room only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/core/access/identity.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue::core {

inline constexpr std::size_t kListedUsersMax = 256;
inline constexpr std::size_t kListedBytesMax = 48 * 1024;    ///< keeps JOINED and PRESENCE below a message's size
inline constexpr std::uint64_t kPresenceFlushDelayMs = 100;  ///< first change to PRESENCE
/// The same where names were told less than this ago: in a rush of joiners each telling costs a frame to each member.
inline constexpr std::uint64_t kPresenceRushDelayMs = 500;
/// The same where only the number is reported: each change of a room costs a frame to each of its members.
inline constexpr std::uint64_t kOccupancyFlushDelayMs = 1000;

class Presence {
 public:
  /// A connection of this user came or went. True when that is the first change since take_change().
  bool join(const std::shared_ptr<const Identity>& identity);
  bool leave(const std::string& user_id);

  [[nodiscard]] std::uint64_t clock() const { return clock_; }
  [[nodiscard]] std::size_t user_count() const { return users_.size(); }
  /// Whether users are reported by name; else only how many there are.
  [[nodiscard]] bool listed() const { return users_.size() <= kListedUsersMax && listed_bytes_ <= kListedBytesMax; }

  /// A page of who is here.
  [[nodiscard]] std::vector<UserInfo> users(const PageRange& page) const;

  /// Who is here now: by name for those who may see members, while there are few.
  [[nodiscard]] PresenceSnapshot snapshot(bool members_allowed) const;
  /// Everything that changed since the last call.
  [[nodiscard]] PresenceDelta take_change();
  /// Nobody is notified of what changed since the last call.
  void pass_over_change();

 private:
  struct User {
    std::size_t connections = 0;
    std::shared_ptr<const Identity> identity;  ///< of the user's newest connection
  };

  bool changed(const std::string& user_id);
  [[nodiscard]] std::vector<PresentUser> members() const;

  std::map<std::string, User, std::less<>> users_;
  std::set<std::string, std::less<>> touched_;  ///< since the last take_change
  std::uint64_t clock_ = 0;
  std::size_t listed_bytes_ = 0;  ///< of all users, as members
  bool dirty_ = false;
  bool told_by_number_ = false;  ///< a change since the last take_change, or that one itself, was beyond listing
};

}  // namespace dialogue::core
