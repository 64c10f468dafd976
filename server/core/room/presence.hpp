// The users in one room, each once for all of their connections, and the changes since the last notification. Changes are
// reported by name for few users; above kListedUsersMax users (or kListedBytesMax of names) only the number is. The clock
// counts changes. A change reports the final state of a user, so repeating it is harmless: a joiner may receive a change that
// its snapshot already contains. Used by its room only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/core/access/identity.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue::core {

inline constexpr std::size_t kListedUsersMax = 256;
inline constexpr std::size_t kListedBytesMax = 48 * 1024;    ///< keeps JOINED and PRESENCE below a message's size
inline constexpr std::uint64_t kPresenceFlushDelayMs = 100;  ///< first change to PRESENCE
/// The delay if names were reported less than this ago: in a burst of joins each report costs a frame to each member.
inline constexpr std::uint64_t kPresenceBurstDelayMs = 500;
/// The delay if only the number of users is reported: each change of a room costs a frame to each of its members.
inline constexpr std::uint64_t kOccupancyFlushDelayMs = 1000;

class Presence {
 public:
  /// Counts a joined or left connection of a user. Returns true if that is the first change since take_change().
  bool join(const std::shared_ptr<const Identity>& identity);
  bool leave(const std::string& user_id);
  /// Takes another identity of a user who is present, with no other count. Returns true like join().
  bool show(const std::shared_ptr<const Identity>& identity);

  /// Keeps the following changes for take_own_change().
  void keep_own_changes() { keeps_own_changes_ = true; }
  /// Changes the users of other nodes; one that joined again is replaced. Returns true like join().
  bool change_others(std::vector<PresentUser> joined, const std::vector<std::string>& left);
  /// Returns the users of this node that joined and left since the last call.
  void take_own_change(std::vector<PresentUser>& joined, std::vector<std::string>& left);

  [[nodiscard]] std::uint64_t clock() const { return clock_; }
  [[nodiscard]] std::size_t user_count() const { return users_.size(); }
  /// Whether users are reported by name; otherwise only their number is.
  [[nodiscard]] bool listed() const { return users_.size() <= kListedUsersMax && listed_bytes_ <= kListedBytesMax; }

  /// Returns a page of the present users.
  [[nodiscard]] std::vector<UserInfo> users(const PageRange& page) const;

  /// Returns the present users: by name for members that may see them, if the room has few enough.
  [[nodiscard]] PresenceSnapshot snapshot(bool members_allowed) const;
  /// Returns everything that changed since the last call.
  [[nodiscard]] PresenceDelta take_change();
  /// Discards the changes since the last call without a report.
  void pass_over_change();

 private:
  struct User {
    std::size_t connections = 0;
    std::shared_ptr<const Identity> identity;        ///< of the user's newest connection
    std::unique_ptr<const PresentUser> elsewhere{};  ///< as other nodes have it; null: they do not
    [[nodiscard]] PresentUser shown() const;
  };
  using Users = std::map<std::string, User, std::less<>>;

  bool changed(const std::string& user_id);
  /// The user was shown as `before`, or not at all.
  bool changed(Users::iterator user, const std::optional<PresentUser>& before);
  [[nodiscard]] std::vector<PresentUser> members() const;

  Users users_;
  std::set<std::string, std::less<>> own_touched_;  ///< since the last take_own_change
  std::set<std::string, std::less<>> touched_;      ///< since the last take_change
  std::uint64_t clock_ = 0;
  std::size_t listed_bytes_ = 0;  ///< of all users, as members
  bool dirty_ = false, keeps_own_changes_ = false;
  bool sent_as_count_ = false;  ///< a change since the last take_change, or that one itself, was beyond listing
};

}  // namespace dialogue::core
