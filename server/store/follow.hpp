// Following: a store wakes a follower when a log, or the kept state, passes the follower's position by a write of any server.
// A wake-up has the new position; the follower reads from its own. Wake-ups come at least once and are coalesced to the newest,
// so that at most one waits for each follower, however slow it is. Plain values.
//
//   FollowResult follow = store.follow({RoomKey{{}, "lobby"}, opened.epoch, opened.head}, [](const LogHead& head) { ... });
//   follow.handle.reset();  // ends it
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "server/core/log/room_log_types.hpp"

namespace dialogue::store {

/// The maximum of concurrent follows of one store; a further one is answered `busy`.
inline constexpr std::size_t kFollowsMax = 65'536;

/// What is followed, and the newest position that the follower knows: that of open(), of the last page, or of list_kept().
struct FollowStart {
  std::optional<core::RoomKey> room;  ///< nothing: the kept state, whose sequence is its version
  std::uint64_t epoch = 0;            ///< 0: no position is known, so the first wake-up is immediate
  std::uint64_t seq = 0;
};

/// The head of a log. If its epoch differs from the follower's, the log was erased, or its database replaced: what the follower
/// knows is obsolete, and it reads the new log from the first sequence.
struct LogHead {
  /// `ok`, or an error that is reported once, until `ok` follows: `busy` if the store cannot look, `damaged` if this log cannot
  /// be read. `failed`: no wake-up follows.
  core::StoreStatus status = core::StoreStatus::ok;
  std::uint64_t epoch = 0, seq = 0;  ///< 0 unless status is ok
  friend bool operator==(const LogHead&, const LogHead&) = default;
};

/// Called on any thread, one call at a time for each follow, and never while the store holds a lock. It may ask the store, and
/// end its own follow. It must not throw, block or destroy the store: other followers of the store wait for it, writers do not.
using FollowWakeUp = std::function<void(const LogHead& head)>;

/// A follow lasts as long as its handle. When the handle's destructor returns, no call is under way and none comes, unless the
/// call itself destroys it: then that call is the last. So do not destroy it while holding a lock that the call takes. It may
/// outlive its store, whose end is the end of all calls.
class FollowHandle {
 public:
  FollowHandle() = default;
  FollowHandle(const FollowHandle&) = delete;
  FollowHandle& operator=(const FollowHandle&) = delete;
  virtual ~FollowHandle() = default;
};

enum class FollowStatus : std::uint8_t {
  ok,
  unsupported,  ///< this store cannot follow
  busy,         ///< too many concurrent follows: try again later
  failed,       ///< the store has failed permanently
};

struct FollowResult {
  FollowStatus status = FollowStatus::unsupported;
  std::unique_ptr<FollowHandle> handle{};  ///< with `ok`
};

}  // namespace dialogue::store
