// A server's state besides logs: a small section of entries by kind and key, each with the version of the change that made it.
// Revocations, rooms' definitions, devices and the secret are entries. A removed entry stays for a while as a tombstone, so that
// a reader with an older version receives the removal. Plain values and pure functions.
//
//   store.put_kept({{kept_change(revocation)}, now_s}, done);
//   store.list_kept({KeptKind::revocation}, [](KeptList list) { for (const KeptEntry& each : list.entries) ... });
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/access/revocation.hpp"
#include "server/core/log/room_log_types.hpp"
#include "server/store/user_data.hpp"

namespace dialogue::store {

/// Stored as numbers: one flipped bit makes none of them another.
enum class KeptKind : std::uint8_t {
  secret = 1,        ///< the key that guests' names are signed with; its key is empty
  revocation = 2,    ///< of tokens: see kept_change(KeptRevocation)
  room = 4,          ///< the definition of a room that was made at run time; its key is room_entry_key()
  notice = 8,        ///< what was erased in a room, until its members were notified: see kept_change(ErasedRoom)
  copying = 16,      ///< the store is being copied into, and incomplete; its key is empty, its value says from where
  push_device = 32,  ///< a device that notifications are sent to; its key is the hash of its endpoint (server/push)
  push_job = 64,     ///< a slot with a notification on its way, or empty; or an Idempotency-Key of one (server/push)
  mark = 128,        ///< how far a user has read a room; its key is a hash of both (server/heads)
};

struct KeptKindRow {
  KeptKind kind;
  std::string_view damage;  ///< what a check of the store reports of a damaged entry
};
/// The kinds that a copy of a store has, and a check reads: all but `copying`.
inline constexpr std::array kKeptKinds = {
    KeptKindRow{KeptKind::secret, "the key that signs guests' names is damaged"},
    KeptKindRow{KeptKind::revocation, "a revocation is damaged"},
    KeptKindRow{KeptKind::room, "the definition of a room is damaged"},
    KeptKindRow{KeptKind::notice, "a pending notification of an erasure is damaged"},
    KeptKindRow{KeptKind::push_device, "a device that notifications are sent to is damaged"},
    KeptKindRow{KeptKind::push_job, "a notification on its way is damaged"},
    KeptKindRow{KeptKind::mark, "the mark of a user in a room is damaged"},
};

/// The maximum of tombstones, the newest; a reader with a version before the oldest gets the whole list.
inline constexpr std::size_t kTombstonesMax = 1024;

struct KeptEntry {
  KeptKind kind = KeptKind::secret;
  std::string key, value;       ///< `value` is empty if the entry is removed or damaged
  std::uint64_t version = 0;    ///< of the change that made it what it is; rises with every change of the section
  std::uint64_t expires_s = 0;  ///< Unix time from which on it may be forgotten, without a tombstone; 0: never
  bool is_removed = false;      ///< a tombstone
  bool is_damaged = false;      ///< it is there and cannot be read
  friend bool operator==(const KeptEntry&, const KeptEntry&) = default;
};

struct KeptChange {
  KeptKind kind = KeptKind::secret;
  std::string key;
  std::optional<std::string> value;  ///< nothing: the entry is removed
  /// As in KeptEntry. Of an entry that is replaced, the later of both ends stays: a change never shortens its life.
  std::uint64_t expires_s = 0;
  /// The version that the entry must have for the change to happen; 0: there must be none. Nothing: whatever is there.
  std::optional<std::uint64_t> expected_version = std::nullopt;
};

/// All of its changes happen, with one version, or none does.
struct KeptWrite {
  std::vector<KeptChange> changes;
  std::uint64_t now_s = 0;  ///< entries that have expired by this Unix time are forgotten; 0: none
};

/// Selects the entries of one kind that changed after a version, tombstones included; or the whole list without tombstones, if
/// `epoch` is not the store's own, or if removals since `after` may be forgotten.
struct KeptQuery {
  KeptKind kind = KeptKind::secret;
  std::uint64_t epoch = 0, after = 0;  ///< those of an earlier answer; 0: all
};

struct KeptList {
  core::StoreStatus status = core::StoreStatus::ok;
  std::uint64_t epoch = 0;    ///< versions of different epochs have nothing to do with each other
  std::uint64_t version = 0;  ///< the newest of the whole section: where to follow from
  bool is_whole = true;       ///< entries that are not in it do not exist; false: it has changes only
  std::vector<KeptEntry> entries{};
  bool is_kept = true;  ///< false: this store keeps no such section, and its contents end with the process
};

[[nodiscard]] std::string room_entry_key(const core::RoomKey& key);

/// Returns the rooms, among stored definitions, that are named after the user, without the user's own room.
[[nodiscard]] std::vector<std::string> rooms_defined_for(const std::vector<KeptEntry>& rooms, const std::string& user_id);

[[nodiscard]] KeptChange kept_change(const core::KeptRevocation& revocation);
[[nodiscard]] KeptChange kept_change(const core::KeptRoom& room);

/// Returns the change that stores a notice of erased sequences in one room; each step of an erasure has its own.
[[nodiscard]] KeptChange kept_change(const ErasedRoom& erased);
/// Its room, epoch, sequences and notice. Nothing when the entry is damaged or none of kept_change().
[[nodiscard]] std::optional<ErasedRoom> notice_of(const KeptEntry& entry);

/// Nothing when the entry is damaged or its key is none of kept_change().
[[nodiscard]] std::optional<core::KeptRevocation> revocation_of(const KeptEntry& entry);
/// Returns how many of the entries revoke tokens of this user.
[[nodiscard]] std::uint64_t revocations_of(const std::vector<KeptEntry>& entries, std::string_view user_id);
/// The definition of a damaged entry is empty.
[[nodiscard]] core::KeptRoom room_of(const KeptEntry& entry);

/// Which of both ends of an entry's life is later; 0: never.
[[nodiscard]] constexpr std::uint64_t later_end(std::uint64_t a_s, std::uint64_t b_s) {
  if (a_s == 0 || b_s == 0) return 0;
  return a_s > b_s ? a_s : b_s;
}

}  // namespace dialogue::store
