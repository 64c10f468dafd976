// This shard's part of what operators ask. A list of its connections is a scan of all of them, with the greatest kept: it is
// taken in parts, and between them the shard does what else there is to do. Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "server/core/context/shard_context.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/owner/room_owner.hpp"
#include "server/core/session/sessions.hpp"

namespace dialogue::core {

/// The maximum of connections that one part of a scan visits, and of waiting scans.
inline constexpr std::uint32_t kScanPart = 1000;
inline constexpr std::size_t kScansMax = 4;
/// The maximum of connections of one user that are queried about one event.
inline constexpr std::size_t kMembersAskedMax = 50;

class ShardObserver {
 public:
  ShardObserver(const ShardContext& context, RoomOwner& owner, Sessions& sessions)
      : context_(context), owner_(owner), sessions_(sessions) {}

  void handle(Gather<ObserveQuery>&& asked);
  /// The next part of the scan in hand.
  void handle(const ScanOn& next);

 private:
  using Result = ObserveQuery::Result;
  struct Found {
    std::uint64_t value = 0;
    ConnectionId id = 0;
    InlineText<kSessionIdDigits> session{};
  };
  struct Scan {
    Gather<ObserveQuery> asked;
    std::uint32_t next = 0;                ///< slot
    InlineText<kSessionIdDigits> after{};  ///< of one user's
    std::vector<Found> best{};
  };

  void reply(const Gather<ObserveQuery>& asked, Result&& result);
  /// Does the next part of a scan; returns false if it was the last.
  bool take_part(Scan& scan) const;
  /// Does the next part of a scan that forgets an erased user; returns false if it was the last.
  bool forget_part(Scan& scan) const;
  [[nodiscard]] Result closed(const ObserveQuery& query) const;
  [[nodiscard]] Result connection(const ObserveQuery& query) const;
  [[nodiscard]] Result members(const ObserveQuery& query) const;
  [[nodiscard]] Result end(const ObserveQuery& query);
  void look_at(const Connection& connection, Scan& scan) const;
  [[nodiscard]] Result rows_of(const Scan& scan) const;

  const ShardContext& context_;
  RoomOwner& owner_;
  Sessions& sessions_;
  std::deque<Scan> scans_;  ///< the first is in hand
};

}  // namespace dialogue::core
