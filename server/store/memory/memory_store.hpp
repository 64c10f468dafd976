// Logs in memory: they end with the process. For rooms with "durability": "memory", for `--store memory:` and for tests.
// Used by one thread; each answer comes inside the call. A write of one record costs well under a microsecond beyond copying.
//
//   MemoryStore store(random_seed);
//   store.open({"", "lobby"}, [](const RoomOpened& opened) { ... });
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "server/core/util/seeded_random.hpp"
#include "server/store/follow_table.hpp"
#include "server/store/memory/memory_kept.hpp"
#include "server/store/memory/memory_log.hpp"
#include "server/store/store.hpp"

namespace dialogue::store {

inline constexpr std::size_t kMemoryStoreBytesMax = std::size_t{1} << 30;

class MemoryStore final : public Store {
 public:
  /// `seed` determines the epochs: two stores with the same seed assign the same ones. Beyond about `bytes_max`, unused logs are
  /// dropped, the longest unused first; if none is left, append answers `full`.
  explicit MemoryStore(std::uint64_t seed, std::size_t bytes_max = kMemoryStoreBytesMax);
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;

  void open(core::RoomKey key, Done<core::RoomOpened> done) override;
  void append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) override;
  void read(core::ReadRange range, Done<core::LogPage> done) override;
  void trim(core::TrimLog trim, Done<core::LogTrimmed> done) override;
  void erase(core::RoomKey key, Done<core::StoreStatus> done) override;
  void put_kept(KeptWrite write, Done<core::StoreStatus> done) override;
  void list_kept(KeptQuery query, Done<KeptList> done) override;
  /// Wake-ups come within this call, and within calls that change something, after their answers.
  [[nodiscard]] FollowResult follow(FollowStart start, FollowWakeUp wake_up) override;
  void find_user(UserQuery query, Done<UserPage> done) override;
  void erase_user(UserQuery query, Done<UserErased> done) override;
  void erase_records(RecordErasure what, Done<UserErased> done) override;
  void list_rooms(core::RoomKey after, Done<RoomsPage> done) override;
  void put_room(RoomPart part, Done<core::StoreStatus> done) override;

  /// Serves the followers of this table, which another thread delivers. At most once, before any follow.
  void set_follows(std::shared_ptr<FollowTable> follows);

  /// Returns about how many bytes of memory the logs take.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  /// The order of keys. A hash table is not used, since clients choose ids of rooms, and could choose ones whose hashes collide.
  struct KeyOrder {
    bool operator()(const core::RoomKey& a, const core::RoomKey& b) const {
      return std::tie(a.tenant, a.room) < std::tie(b.tenant, b.room);
    }
  };
  using Logs = std::map<core::RoomKey, MemoryLog, KeyOrder>;

  [[nodiscard]] std::uint64_t unwritten_epoch(const core::RoomKey& key, std::uint64_t asked) const;
  [[nodiscard]] core::StoreStatus write(core::RoomWrite write);
  /// Does the deferred work of the next log, in turn: each append does it for one log.
  void look_after_next();
  [[nodiscard]] LogHead head_of(const std::optional<core::RoomKey>& room, std::uint64_t known_epoch) const;
  /// Reports changes to the followers, and wakes them unless another thread does.
  void wake_followers();
  /// Sets another epoch for a log that is not written from now on.
  void set_epoch(core::RoomKey key);
  void set_used(Logs::iterator log);
  void set_unused(Logs::iterator log);
  /// Returns the log in which a walk continues, or the next one, and the sequence behind which it continues.
  [[nodiscard]] std::pair<Logs::iterator, std::uint64_t> walk_from(const UserCursor& after);
  /// Erases a user's records in a log, behind `after`. Returns the last visited sequence; no value: the log's end was reached.
  [[nodiscard]] std::optional<std::uint64_t> erase_in_log(const std::string& user_id, std::uint64_t after,
                                                          std::uint64_t& looks_left, Logs::iterator log, UserErased& erased);
  void drop_records(const std::vector<std::uint64_t>& sequences, MemoryLog& log, ErasedRoom& found);
  /// Drops a log: the next use of the room finds an empty log with another epoch.
  void drop(Logs::iterator log);
  /// Drops an unused log to free memory; returns false if there is none except `except`.
  [[nodiscard]] bool drop_unused(const core::RoomKey& except);

  core::SeededRandom random_;
  std::uint64_t identity_;
  std::size_t bytes_max_, bytes_ = 0;
  MemoryKept kept_;
  std::shared_ptr<FollowTable> follows_;  ///< null: no follower yet
  bool delivers_ = true;                  ///< false: another thread does
  std::uint64_t forgotten_ = 0;           ///< how often erased_ was emptied
  std::uint64_t clock_ms_ = 0;            ///< the newest of RoomWrite::clock_ms
  std::uint64_t looked_at_ms_ = 0;        ///< by that clock, when look_after_next() last worked: once per millisecond is enough
  Logs logs_;
  Logs::iterator next_ = logs_.end();                        ///< the next one for look_after_next()
  std::uint64_t unused_count_ = 0;                           ///< of logs that ever became unused
  std::map<std::uint64_t, core::RoomKey> unused_;            ///< by when they became so
  std::map<core::RoomKey, std::uint64_t, KeyOrder> erased_;  ///< the epochs of logs that were erased and not written since
};

}  // namespace dialogue::store
