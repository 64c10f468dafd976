// Joining and leaving, from the connection's side: judges what can be judged here, and asks the room's owner shard for the rest.
// Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
      : context_(context), owner_(owner), hooks_(hooks), catch_up_(catch_up) {}

  void join(Connection& connection, const Frame& frame);
  void leave(Connection& connection, const Frame& frame);
  /// JOIN with kReleasePlace.
  void release_place(Connection& connection, std::uint64_t req, const std::string& room_id) const;

  /// Takes the verdict on the token of a JOIN.
  void token_judged(Connection& connection, std::uint64_t ticket, AuthResult&& result);
  /// The application's answer to a join; false: the ticket is of something else.
  [[nodiscard]] bool hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict);

  /// Refuses a request that had no answer in time. A place that is granted after that is returned.
  void expired(const RequestKey& key);
  void handle(JoinPermitted&& permitted);
  void handle(JoinResponse&& answer);
  void handle(LeaveResponse&& answer);
  void handle(RoomEnded&& ended);

  /// Whether a JOIN of this room has no answer yet.
  [[nodiscard]] static bool is_pending(const Connection& connection, std::string_view room_id);
  /// Joins a room for the application: without access rules and hooks, but within max_size.
  void join_for_application(Connection& connection, const std::string& room_id, std::uint64_t newest);
  /// Ends one membership, or all when `room_id` is empty: LEFT forbidden. Returns how many there were.
  std::size_t expel(Connection& connection, std::string_view room_id);
  /// Does that, and refuses the joins that have no answer; what waits of hooks' own joins is dropped. Returns how many there
  /// were.
  std::size_t remove(Connection& connection, std::string_view room_id);
  /// Judges all rights of all memberships again; `before`: the identity until now. Sends LEFT forbidden for rooms that it may no
  /// longer be in, and ends the names of members and the history that it may no longer see. What was granted beyond the rules
  /// stays.
  void judge(Connection& connection, const std::shared_ptr<const Identity>& before);
  /// Whether a membership has lost the right to read history since the last call.
  [[nodiscard]] bool take_lost_history() { return std::exchange(has_lost_history_, false); }
  /// Ends the memberships by a room token that the revocation covers: LEFT with the code of end_by().
  void end_revoked(Connection& connection, const Revocation& revocation);
  /// Handles the room tokens that are due: RENEW for one that expires, LEFT token_expired for one that expired long enough ago.
  void renew_tokens(Connection& connection);
  /// How a connection ended. `none`: in order; `transport`: its transport broke; `silence`: it was found dead after a silence.
  enum class Loss : std::uint8_t { none, transport, silence };
  /// Ends all memberships of a closing connection, without LEFT. After a loss the rooms keep its places for a while.
  void abandon_all(Connection& connection, Loss lost);

  /// Answers a request (0: there is none) and records why it was refused.
  void refuse(Connection& connection, std::uint64_t req, std::string_view request, const Error& fault,
              std::uint64_t retry_after_ms = 0, std::string_view room_id = {}) const;

 private:
  /// Judges all rights of the membership in one room, in which the identity was `before`.
  void judge(Connection& connection, std::uint64_t room, const Identity& before);
  /// Whether the membership may stay in its room.
  [[nodiscard]] bool keeps(Connection& connection, const Membership& membership, const Identity& before);
  /// Ends memberships: LEFT with `code`.
  template <typename Wanted>
  std::size_t expel_if(Connection& connection, ErrorCode code, const Wanted& wanted);
  [[nodiscard]] Join join_of(const Connection& connection, std::uint64_t req, std::string room_id) const;
  void start_join(Connection& connection, Join&& join, std::string&& token);
  /// Called if another join of the room is not answered. Whether the client's JOIN waits, since that join is the application's.
  [[nodiscard]] bool waits_for_application(Connection& connection, Join& join, std::string& token) const;
  /// Continues the JOIN that waits for the application's join of this room, which is answered.
  void application_joined(Connection& connection, std::string_view room_id);
  /// Refuses the joins of a room that have no answer. Returns whether there was one.
  bool refuse_pending(Connection& connection, const std::string& room_id, const Error& fault);
  /// Continues a membership from its old position, since the JOIN that would have moved it was refused.
  void resume(Connection& connection, std::string_view room_id) const;
  /// Handles the answer to a join of an open connection that waits for it.
  void join_answered(Connection& connection, JoinResponse& answer);
  /// Continues a JOIN whose token, if it has one, is valid: what the rules permit the application is asked about, and then the
  /// room's owner shard.
  void go_on(Connection& connection, Join&& join);
  /// Continues a JOIN that the room's rules permit, as far as they are known here.
  void ask_application(Connection& connection, Join&& join);
  void post_join(const Connection& connection, Join&& join) const;
  /// Has the commands of hooks that waited for a refused join executed after this shard message.
  void wake_commands(const Connection& connection) const;
  /// Refuses a pending join.
  void turn_away(Connection& connection, const Join& join, const Error& fault) const;
  /// Sends a Leave for a granted place that cannot be used. `leave`: how the connection ended; null: a default Leave.
  void give_back(const JoinResponse& answer, const Admission& admission, const Leave* leave = nullptr) const;
  /// Handles the answer to release_place().
  void released(Connection* connection, const JoinResponse& answer) const;
  /// Returns why a join is refused: first by cheap checks, then by the session's rights. `wait_ms`: until a limit allows it.
  [[nodiscard]] std::optional<Error> refusal(Connection& connection, const Join& join, bool has_token,
                                             std::uint64_t& wait_ms) const;
  /// Removes a join with a known outcome from the pending ones.
  static void settle(Connection& connection, std::string_view room_id);
  [[nodiscard]] Leave leave_of(const Connection& connection, Loss lost) const;
  void post_leave(const Connection& connection, std::uint64_t req, std::uint64_t room, Loss lost = Loss::none) const;
  /// Ends the membership here, and notifies the application.
  void drop(Connection& connection, std::uint64_t room);

  const ShardContext& context_;
  const RoomOwner& owner_;
  const HookRunner& hooks_;
  CatchUp& catch_up_;
  bool has_lost_history_ = false;
};

}  // namespace dialogue::core
