// Where rooms keep their logs, which tokens were revoked, which rooms were made at run time, and a secret: requests, each
// answered once. A store of your own is a class like this one; pass it to create_dialogue. docs/guides/stores.md says what it
// must hold to, tests/server/store/ checks it, and examples/store-adapter/ is one.
//
// Calls come from any thread. `done` is called exactly once, on any thread, perhaps before the call returns, and never holding
// a lock that a request takes. Requests about one room take effect in the order in which they were made. A store that is
// destroyed answers first.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/access/revocation.hpp"
#include "server/core/log/room_log_types.hpp"

namespace dialogue {

class Store {
 public:
  template <typename Answer>
  using Done = std::function<void(Answer)>;

  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  /// The state of a room's log. One that was never written has head 0 and an epoch that stays the same until it is written,
  /// also over restarts of a store that outlives its process. Writes nothing.
  virtual void open(RoomKey key, Done<RoomOpened> done) = 0;

  /// Makes all of it durable, then answers, a status for each write. One write is all or nothing; one that fails leaves the
  /// others alone. `full` and `busy` promise that nothing of that write happened.
  virtual void append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) = 0;

  /// One page. Never a record below the log's base.
  virtual void read(ReadRange range, Done<LogPage> done) = 0;

  /// Takes away what has grown old.
  virtual void trim(TrimLog trim, Done<LogTrimmed> done) = 0;

  /// Empties a room's log, forgets its producers and its definition, all of it or nothing. Its next epoch is a new one.
  virtual void erase(RoomKey key, Done<StoreStatus> done) = 0;

  /// Keeps a revocation, durably, and forgets those whose `forget_at_s` has come at `now_s`.
  virtual void revoke(KeptRevocation revocation, std::uint64_t now_s, Done<StoreStatus> done) = 0;

  /// All that are kept, in any order.
  virtual void revocations(Done<KeptRevocations> done) = 0;

  /// The one secret that is kept with the logs, or `proposed` where there is none yet: then it is kept, durably, before the
  /// answer. Guests' names are signed with it. A store that does not say otherwise keeps none: guests get new names when the
  /// server starts again.
  virtual void secret(std::string proposed, Done<KeptSecret> done) { done({StoreStatus::ok, std::move(proposed)}); }

  /// Keeps the definition of a room that was made at run time, durably, in place of the one before. What a store that does not
  /// override this and rooms() loses: with the process such rooms end, and the server says so when it starts.
  virtual void define_room(KeptRoom room, Done<StoreStatus> done) {
    static_cast<void>(room);
    done(StoreStatus::ok);
  }

  /// All definitions that are kept, in any order.
  virtual void rooms(Done<KeptRooms> done) { done({StoreStatus::ok, {}, false}); }

  /// What the store has found wrong with what it keeps, as one sentence; empty: nothing. Any thread may ask at any time.
  [[nodiscard]] virtual std::string damage() const { return {}; }
};

}  // namespace dialogue
