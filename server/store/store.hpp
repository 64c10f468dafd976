// Where rooms keep their logs, and a server its kept state (revocations, rooms made at run time, a secret): requests, each
// answered once. To add a store, implement this class and pass it to create_dialogue. docs/guides/stores.md describes its
// obligations, tests/server/store/ checks them, and examples/store-adapter/ is an example.
//
// Calls come from any thread. `done` is called exactly once, on any thread, perhaps before the call returns, and never holding
// a lock that a request takes. Requests about one room take effect in the order in which they were made. A store that is
// destroyed answers first.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "server/store/follow.hpp"
#include "server/store/kept_state.hpp"
#include "server/store/room_part.hpp"
#include "server/store/user_data.hpp"

namespace dialogue::store {

/// The sizes of a store on its disk in bytes; 0: it takes none, or they are unknown.
struct StoreSizes {
  std::uint64_t database_bytes = 0, wal_bytes = 0;
};

/// What carries a store's announcements beside its engine. Without it they are late, and never lost.
struct BusState {
  std::string address{};  ///< without secrets; empty: there is none
  bool is_connected = false;
  std::string fault{};                   ///< of the last attempt while it is not connected
  std::uint64_t sent = 0, received = 0;  ///< messages
};

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
  virtual void open(core::RoomKey key, Done<core::RoomOpened> done) = 0;

  /// Makes all of it durable, then answers, a status for each write. One write is all or nothing; one that fails leaves the
  /// others alone. `full` and `busy` promise that nothing of that write happened.
  virtual void append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) = 0;

  /// One page. Never a record below the log's base.
  virtual void read(core::ReadRange range, Done<core::LogPage> done) = 0;

  /// Removes old entries.
  virtual void trim(core::TrimLog trim, Done<core::LogTrimmed> done) = 0;

  /// Empties a room's log, forgets its producers, and removes its definition (KeptKind::room) from the kept state, all of it or
  /// nothing. Its next epoch is a new one.
  virtual void erase(core::RoomKey key, Done<core::StoreStatus> done) = 0;

  /// Changes the kept state, durably: all of the changes or none. Answers `stale`, and changes nothing, if an entry has another
  /// version than was expected.
  virtual void put_kept(KeptWrite write, Done<core::StoreStatus> done) = 0;

  /// Entries of one kind, in any order. A store without such a section reports that in the answer (`is_kept`): its entries then
  /// end with the process, and the server reports it at the start.
  virtual void list_kept(KeptQuery query, Done<KeptList> done) = 0;

  /// Wakes the caller when a log, or the kept state, has moved past the position that it knows, no matter who wrote it: this
  /// store, another store object, another process. The first wake-up may come before this returns. See follow.hpp. A store that
  /// does not override it cannot follow, which is enough for one server; a server that needs it refuses to start.
  [[nodiscard]] virtual FollowResult follow(FollowStart start, FollowWakeUp wake_up) {
    static_cast<void>(start);
    static_cast<void>(wake_up);
    return {};
  }

  /// A step through the records that a user published, in the order of rooms and sequences; writes nothing. A store that does not
  /// override it cannot be searched by user.
  virtual void find_user(UserQuery query, Done<UserPage> done) {
    static_cast<void>(query);
    done({.is_supported = false});
  }

  /// A step of removing all data of a user from the store: records, producers, the user's own room. Each step is durable when
  /// it is answered, and all or nothing. A store that does not override it cannot erase by user.
  virtual void erase_user(UserQuery query, Done<UserErased> done) {
    static_cast<void>(query);
    done({.is_supported = false});
  }

  /// Removes single records of a room, durably and all or nothing, and keeps a notice of them (ErasedRoom::notice). Records that
  /// are gone are skipped; `rooms` is empty if all are gone. A store that does not override it cannot erase single records.
  virtual void erase_records(RecordErasure what, Done<UserErased> done) {
    static_cast<void>(what);
    done({.is_supported = false});
  }

  /// Called after the last step of an erasure: overwrites its remains in the files, and searches them. By default a store has no
  /// files.
  virtual void scrub(ScrubQuery query, Done<ScrubReport> done) {
    static_cast<void>(query);
    done({});
  }

  /// Lists the rooms behind `after`; an empty key: from the first. A store that does not override it cannot be copied.
  virtual void list_rooms(core::RoomKey after, Done<RoomsPage> done) {
    static_cast<void>(after);
    done({.is_supported = false});
  }

  /// Takes a part of a room from another store, durably, all or nothing. The room keeps its epoch and sequences, so no client may
  /// use it before its last part. Answers `stale`, and changes nothing, if this store has the room with another epoch or head.
  virtual void put_room(RoomPart part, Done<core::StoreStatus> done) {
    static_cast<void>(part);
    done(core::StoreStatus::stale);
  }

  /// The store's finding about damage to its data, as one sentence; empty: none. Any thread may call at any time.
  [[nodiscard]] virtual std::string damage() const { return {}; }
  /// For metrics. Any thread may ask at any time.
  [[nodiscard]] virtual StoreSizes sizes() const { return {}; }
  /// For operators. Any thread may ask at any time.
  [[nodiscard]] virtual BusState bus() const { return {}; }
};

}  // namespace dialogue::store
