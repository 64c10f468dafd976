// The states that sessions have set in one room, each once for all sessions of a user, and what has changed since the last
// report. A report has the final state of each user that it names, so that receiving one twice is harmless, and costs what has
// changed: never more than kStatePageBytesMax, the rest comes with the next one. Its clock counts reports. A session that is
// lost keeps its state for a while. Used by its room only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/access/identity.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/util/time.hpp"
#include "shared/base/limits.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

class RoomStates {
 public:
  RoomStates(const StatesDefinition& policy, std::uint32_t shard_count) : policy_(policy), watchers_of_shard_(shard_count) {}

  enum class Outcome : std::uint8_t { done, room_is_full, user_is_full };
  /// The session at `from` has this state now. It takes the place of a lost session of its user, if there is one.
  [[nodiscard]] Outcome set(const Address& from, const std::shared_ptr<const Identity>& identity, std::string&& state);
  /// The session has none any more.
  void clear(const Address& from, std::string_view user_id);
  /// The session's connection has ended, and the session may return: as `session`, or if that is empty, as any of its user.
  void lose(const Address& from, std::string_view user_id, const std::string& session, std::uint64_t now_ms);
  /// A session of this line has joined: of the user's lost ones of the line it has the state that was set last, and the others
  /// end.
  void take_over(std::string_view line, std::string_view user_id, const Address& to);
  /// Ends the states of a user's lost sessions of this line.
  void forget_line(std::string_view line, std::string_view user_id);
  /// Ends the states of all sessions of a user.
  void forget_user(std::string_view user_id);
  /// Ends the states of sessions that were lost for long enough.
  void expire(std::uint64_t now_ms);

  void watch(std::uint32_t shard) { ++watchers_of_shard_[shard], ++watchers_; }
  void unwatch(std::uint32_t shard);
  [[nodiscard]] bool is_watched() const { return watchers_ > 0; }
  [[nodiscard]] bool is_watched_by(std::uint32_t shard) const { return watchers_of_shard_[shard] > 0; }

  /// The number of the last report.
  [[nodiscard]] std::uint64_t clock() const { return clock_; }
  /// Returns the users behind `after` with their states, as a JSON object; `next` in it is the `after` of the next page.
  [[nodiscard]] std::string page(std::string_view after) const;
  /// Returns when a report or expire() is due; kNever: not before the next change.
  [[nodiscard]] std::uint64_t due_ms() const;
  [[nodiscard]] bool has_report(std::uint64_t now_ms) const {
    return !touched_.empty() && reported_ms_ + interval_ms() <= now_ms;
  }
  /// The next report, as a JSON object.
  [[nodiscard]] std::string take_report(std::uint64_t now_ms);

  std::uint64_t scheduled_ms = kNever;  ///< StateReports': when it is looked at

 private:
  struct Session {
    Address at;
    std::uint64_t number = 0;      ///< in the room, for watchers
    std::uint64_t set_at = 0;      ///< which of the user's was set last
    std::uint64_t ends_at_ms = 0;  ///< 0: it is connected
    std::string secret;            ///< of a lost one
    std::string state;
  };
  struct User {
    std::shared_ptr<const Identity> identity;
    std::vector<Session> sessions;  ///< empty: it is gone, which is still to be reported
    bool is_touched = false;        ///< it is in touched_
    bool is_known = false;          ///< watchers have its name
  };
  using Users = std::map<std::string, User, std::less<>>;

  [[nodiscard]] std::uint64_t interval_ms() const;
  [[nodiscard]] static Session* find(User& user, const Address& at);
  [[nodiscard]] static bool is_lost(const Session& session, std::string_view line);
  void touch(Users::iterator user);
  void erase(Users::iterator user, const Session& session);
  void append(std::string& out, const User& user, bool has_name) const;

  StatesDefinition policy_;
  Users users_;
  std::size_t sessions_ = 0;
  std::deque<std::string> touched_;  ///< users, each once, in the order of their first change
  struct Loss {
    std::uint64_t ends_at_ms;
    std::string user_id;
  };
  std::deque<Loss> losses_;
  std::vector<std::uint32_t> watchers_of_shard_;
  std::uint64_t watchers_ = 0, clock_ = 0, counter_ = 0, reported_ms_ = 0;
};

}  // namespace dialogue::core
