// What the calls work with: the database, the tokens, the clock, and the realtime side, which learns of a change once it is
// committed.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/domain/login_throttle.hpp"
#include "apps/chat/security/tokens.hpp"
#include "apps/chat/store/database.hpp"

namespace chat {

/// The side of the application that talks to connected clients. Its calls return at once and never throw. Safe from any thread.
class Realtime {
 public:
  Realtime() = default;
  Realtime(const Realtime&) = delete;
  Realtime& operator=(const Realtime&) = delete;
  virtual ~Realtime() = default;
  /// The outbox has rows: publishes them, in order.
  virtual void publish_outbox() = 0;
  /// Ends a user's memberships in a room.
  virtual void remove(std::string_view user_id, std::string_view room_id) = 0;
  /// Ends the connections of a session, and refuses its tokens from now on.
  virtual void end_session(std::string_view session_id) = 0;
  /// Asks all connections of a user to read their rooms again.
  virtual void rooms_changed(std::string_view user_id) = 0;
  /// Asks all connections of a user to read their invitations again.
  virtual void invitations_changed(std::string_view user_id) = 0;
  /// Sends all connections of a user how far a room is read: counts_of().
  virtual void marked(std::string_view user_id, const boost::json::object& counts) = 0;
  /// Sends the user's connections and the members of `rooms` what others see of the user: json_of(User).
  virtual void profile_changed(std::string_view user_id, const std::vector<std::string>& rooms,
                               const boost::json::object& user) = 0;
  /// Messages were deleted: takes their texts out of the log.
  virtual void erase_deleted() = 0;
};

struct Service {
  Store& store;
  const Tokens& tokens;
  Realtime& realtime;
  std::function<std::uint64_t()> unix_ms;
  std::mutex throttle_mutex{};
  LoginThrottle throttle{};

  [[nodiscard]] std::uint64_t now_s() const { return unix_ms() / 1000; }
};

}  // namespace chat
