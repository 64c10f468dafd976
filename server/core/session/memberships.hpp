// Joining and leaving, from the connection's side: what can be judged here is; the rest goes to the room's owner shard and comes
// back. Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/connection/session_successors.hpp"
#include "server/core/context/shard_context.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/owner/room_owner.hpp"
#include "server/core/session/catch_up.hpp"
#include "server/core/session/hook_runner.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {

class Memberships {
 public:
  Memberships(const ShardContext& context, const RoomOwner& owner, const HookRunner& hooks, CatchUp& catch_up)
      : context_(context), owner_(owner), hooks_(hooks), catch_up_(catch_up), successors_(context.config.limits.slot_ttl_ms) {}

  void join(Connection& connection, const Frame& frame);
  void leave(Connection& connection, const Frame& frame);
  /// JOIN with kReleasePlace.
  void release_place(Connection& connection, std::uint64_t req, const std::string& room_id) const;
  void subscribe(Connection& connection, const Frame& frame) { set_subscription(connection, frame, true); }
  void unsubscribe(Connection& connection, const Frame& frame) { set_subscription(connection, frame, false); }

  /// HISTORY.
  void history(Connection& connection, const Frame& frame);

  /// Whose token a JOIN brought.
  void token_judged(Connection& connection, std::uint64_t ticket, AuthResult&& result);
  /// The application's answer to a join; false: the ticket is of something else.
  [[nodiscard]] bool hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict);

  /// A JOIN was routed through this shard, that of the session which it resumes. If another session resumed that one
  /// before, the places are that one's, and its client never learned of it: passes the JOIN on by way of its shard, where its
  /// loss comes first. Whether that was so.
  [[nodiscard]] bool pass_to_successor(Join& join);
  /// Returns the next deadline.
  [[nodiscard]] std::uint64_t tick() { return successors_.tick(context_.effects.now().monotonic_ms); }

  void handle(HistoryResponse&& answer);
  /// No answer came in time: the request is refused. A join that is granted after that is given back.
  void expired(const RequestKey& key);
  void handle(JoinResponse&& answer);
  void handle(LeaveResponse&& answer);
  void handle(RoomEnded&& ended);

  /// A JOIN of this room has no answer yet.
  [[nodiscard]] static bool is_pending(const Connection& connection, std::string_view room_id);
  /// Joins for the application: past access rules and hooks, not past max_size.
  void join_for_application(Connection& connection, const std::string& room_id, std::uint64_t newest);
  /// Ends one membership, or all when `room_id` is empty: LEFT forbidden. Returns how many there were.
  std::size_t expel(Connection& connection, std::string_view room_id);
  /// All rights of all memberships, where the identity was `before`: LEFT forbidden from rooms that it may not be in any more,
  /// no names of members, and no history. What was granted beyond the rules stays.
  void judge(Connection& connection, const std::shared_ptr<const Identity>& before);
  /// Whether one has lost the right to read history since this was asked.
  [[nodiscard]] bool take_lost_history() { return std::exchange(has_lost_history_, false); }
  /// Memberships by a token for their room: LEFT by end_by() where it is covered.
  void end_revoked(Connection& connection, const Revocation& revocation);
  /// Some of those tokens are due: RENEW where one has run out, LEFT token_expired where that was long enough ago.
  void renew_tokens(Connection& connection);
  /// How a connection ends: in order, by a broken transport, or found dead after a silence.
  enum class Loss : std::uint8_t { none, transport, silence };
  /// Ends all silently: the connection is closing. After a loss the rooms keep its places for a while.
  void abandon_all(Connection& connection, Loss lost);

  /// Answers a request (0: there is none) and records why it was refused.
  void refuse(Connection& connection, std::uint64_t req, std::string_view request, const Error& fault,
              std::uint64_t retry_after_ms = 0, std::string_view room_id = {}) const;

 private:
  /// The same in one room, where the identity in it was `before`.
  void judge(Connection& connection, std::uint64_t room, const Identity& before);
  /// False: it may not be in the room any more.
  [[nodiscard]] bool keeps(Connection& connection, const Membership& membership, const Identity& before);
  /// Ends memberships: LEFT with `code`.
  template <typename Wanted>
  std::size_t expel_if(Connection& connection, ErrorCode code, const Wanted& wanted);
  void start_join(Connection& connection, Join&& join, std::string&& token);
  /// Another join of the room is not answered: a JOIN of the client waits where that is the application's. Whether it does.
  [[nodiscard]] bool waits_for_application(Connection& connection, Join& join, std::string& token) const;
  /// The application's join of this room is answered: the JOIN that waits for it continues.
  void application_joined(Connection& connection, std::string_view room_id);
  /// A JOIN that would have continued it is refused: the membership continues from where it is.
  void resume(Connection& connection, std::string_view room_id) const;
  /// The answer for an open connection, which waits for it.
  void join_answered(Connection& connection, JoinResponse& answer);
  /// Its token, if it has one, is valid: continues with the remaining questions, and then the room's owner shard.
  void go_on(Connection& connection, Join&& join);
  void post_join(const Connection& connection, Join&& join) const;
  [[nodiscard]] bool may_be_full(const std::string& room_id) const;
  /// Refuses what was pending.
  void turn_away(Connection& connection, const Join& join, const Error& fault) const;
  void finish_history(const HistoryResponse& answer);
  /// What the owner shard has granted is of no use any more. `leave`: its connection has ended so; or null.
  void give_back(const JoinResponse& answer, const Admission& admission, const Leave* leave = nullptr) const;
  /// The answer to release_place().
  void released(Connection* connection, const JoinResponse& answer) const;
  /// By what costs little, and by what the session may do. `wait_ms`: when a limit would allow it.
  [[nodiscard]] std::optional<Error> refusal(Connection& connection, const Join& join, bool has_token,
                                             std::uint64_t& wait_ms) const;
  /// What comes of a join is known: it is not pending any more.
  static void settle(Connection& connection, std::string_view room_id);
  void set_subscription(Connection& connection, const Frame& frame, bool wanted);
  [[nodiscard]] Leave leave_of(const Connection& connection, Loss lost) const;
  void post_leave(const Connection& connection, std::uint64_t req, std::uint64_t room, Loss lost = Loss::none) const;
  /// Ends the membership here, and notifies the application.
  void drop(Connection& connection, std::uint64_t room);

  const ShardContext& context_;
  const RoomOwner& owner_;
  const HookRunner& hooks_;
  CatchUp& catch_up_;
  bool has_lost_history_ = false;
  SessionSuccessors successors_;
};

}  // namespace dialogue::core
