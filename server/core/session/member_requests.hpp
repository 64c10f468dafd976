// What a member asks of its room: HISTORY, SUBSCRIBE and UNSUBSCRIBE. Used by its shard only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/core/context/shard_context.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/session/hook_runner.hpp"
#include "server/core/session/memberships.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {

class MemberRequests {
 public:
  MemberRequests(const ShardContext& context, const HookRunner& hooks, const Memberships& memberships)
      : context_(context), hooks_(hooks), memberships_(memberships) {}

  void subscribe(Connection& connection, const Frame& frame) const { set_subscription(connection, frame, true); }
  void unsubscribe(Connection& connection, const Frame& frame) const { set_subscription(connection, frame, false); }
  void history(Connection& connection, const Frame& frame) const;
  /// The application's answer to a HISTORY; false: the ticket is of something else.
  [[nodiscard]] bool hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) const;
  void handle(HistoryResponse&& answer) const;
  /// Refuses a HISTORY that had no answer in time.
  void expired(const RequestKey& key) const;

 private:
  void set_subscription(Connection& connection, const Frame& frame, bool wanted) const;
  /// Asks the application, which has begun the membership, whether the client may join by itself, and so read what precedes it.
  void ask_application(Connection& connection, const std::string& room_id, ReadLog&& read) const;
  /// Continues all that waited for one answer.
  void go_on(Connection& connection, std::vector<AskedHistory> asked, const HookVerdict& verdict) const;
  void post(const Connection& connection, const Membership& membership, ReadLog&& read) const;
  void finish(const HistoryResponse& answer) const;
  /// Returns why a page that was read may not be sent any more: by the membership and the rights that its asker has now.
  [[nodiscard]] static std::optional<Error> lost_right(Connection& connection, const HistoryResponse& page);

  const ShardContext& context_;
  const HookRunner& hooks_;
  const Memberships& memberships_;
};

}  // namespace dialogue::core
