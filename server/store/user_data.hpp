// A store's data of one user: the records that the user published, the producers under whose numbers, and the rooms that are
// the user's own. It is read and erased in steps of bounded size; the caller passes each answer's `next` to the following step.
// And single records that are to be erased. Plain values and pure functions; server/store/erasure/user_erasure.hpp makes the
// steps.
//
// An erased record leaves a hole, as one that was replaced within its group does: the sequences of the others stay, and a member
// that catches up gets a SKIP.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/access/identity.hpp"
#include "server/core/log/room_log_types.hpp"
#include "server/core/util/whole_word.hpp"

namespace dialogue::store {

inline constexpr std::size_t kUserRecordsPerStepMax = 256;    ///< that a step erases or returns
inline constexpr std::size_t kUserBytesPerStepMax = 1 << 20;  ///< of payloads that a step returns, beyond its first record
inline constexpr std::size_t kRecordsPerStepMax = 4096;       ///< visited by a step, for all authors
inline constexpr std::size_t kRoomsPerUserStepMax = 64;
/// The pause after each step, as a multiple of its duration, if others publish: less than 1 % of them meet a step.
inline constexpr int kErasurePauseFactor = 149;
inline constexpr std::chrono::milliseconds kErasurePauseMax{1000};
/// The minimum length of a user id that is searched for in names and files: a shorter one is in them by chance.
inline constexpr std::size_t kSearchedIdBytesMin = 3;
inline constexpr std::size_t kSamplesPerStepMax = 8;  ///< payloads that an erasing step returns, so that files can be searched

/// The position of a walk through a store's records, which goes by rooms, then by sequences.
struct UserCursor {
  core::RoomKey room{};
  std::uint64_t seq = std::numeric_limits<std::uint64_t>::max();  ///< of that room; the greatest number: all of it
  friend bool operator==(const UserCursor&, const UserCursor&) = default;
};

struct UserQuery {
  std::string user_id;
  UserCursor after{};  ///< by default from the beginning
  /// For an erasure: notices that this step removes, since members were notified; and how many records the caller itself has
  /// appended since the previous step.
  std::vector<std::string> notified{};
  std::uint64_t own_records = 0;
  std::vector<std::string> whole_rooms{};  ///< for an erasure: rooms that are erased like the user's own
};

struct UserRecord {
  core::RoomKey room;
  std::uint64_t epoch = 0;
  core::LogRecord record;
};

struct UserPage {
  core::StoreStatus status = core::StoreStatus::ok;
  std::vector<UserRecord> records{};
  std::optional<UserCursor> next{};  ///< nothing: that was the last step
  bool is_supported = true;          ///< false: this store cannot search by user
};

/// What was erased in one room.
struct ErasedRoom {
  core::RoomKey room;
  std::uint64_t epoch = 0;
  std::vector<core::SeqRange> sequences{};  ///< ascending, apart from each other
  std::uint64_t records = 0, producers = 0;
  bool is_whole = false;  ///< the room was the user's own: its log is gone, and its next epoch is a new one
  /// The key of what is kept about it (KeptKind::notice) until members were notified. Empty: nothing, as of a log in memory.
  std::string notice{};
};

/// A room whose name has the user's id as a word, such as "inbox-ann".
struct NamedRoom {
  std::string room;
  bool has_others = false;  ///< its log has events that others published
};

struct UserErased {
  core::StoreStatus status = core::StoreStatus::ok;
  std::vector<ErasedRoom> rooms{};     ///< those with any data
  std::vector<NamedRoom> named{};      ///< of the rooms that this step has ended with; not the user's own
  std::vector<std::string> samples{};  ///< some of the payloads
  std::optional<UserCursor> next{};    ///< nothing: that was the last step
  std::uint64_t revocations_kept = 0;  ///< of the user's tokens, in force until they expire; said by the last step
  bool is_supported = true;            ///< false: this store cannot erase by user
  std::chrono::microseconds took{};    ///< how long others' records could not be written
  bool others_published = false;       ///< since the step before

  /// Until the next step.
  [[nodiscard]] std::chrono::microseconds pause() const {
    if (!others_published) return {};
    return std::min<std::chrono::microseconds>(kErasurePauseFactor * took, kErasurePauseMax);
  }
};

/// What is left in the files of a store after an erasure.
struct ScrubQuery {
  std::string user_id;
  std::vector<std::string> samples{};  ///< of payloads that were erased
};

struct ScrubbedFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::uint64_t user_hits = 0;     ///< how often the user's id stands in it
  std::uint64_t payload_hits = 0;  ///< how often a piece of a sample does
  /// How many of both no row of the database explains. Of a file that is not a database: all.
  std::uint64_t left = 0;
};

/// Whether nothing of the user is left in these files.
[[nodiscard]] inline bool has_nothing_left(const std::vector<ScrubbedFile>& files) {
  return std::all_of(files.begin(), files.end(), [](const ScrubbedFile& file) { return file.left == 0; });
}

/// A larger database is not rewritten: its writer would be busy for too long.
inline constexpr std::uint64_t kRewrittenBytesMax = 64ULL << 20;

/// Whether the database at `path`, one of the files, has free bytes that rewriting it would remove.
[[nodiscard]] inline bool is_rewriting_useful(const std::vector<ScrubbedFile>& files, const std::string& path) {
  return std::any_of(files.begin(), files.end(), [&path](const ScrubbedFile& file) {
    return file.path == path && file.left > 0 && file.bytes <= kRewrittenBytesMax;
  });
}

struct ScrubReport {
  core::StoreStatus status = core::StoreStatus::ok;
  std::vector<ScrubbedFile> files{};   ///< none: the store has no files
  std::uint64_t mentions = 0;          ///< how often others' records, rooms and producers have the user's id
  std::uint64_t in_revocations = 0;    ///< how often revocations do, which are kept until they expire
  std::uint64_t pieces = 0;            ///< of samples that were searched for
  std::uint64_t pieces_of_others = 0;  ///< not searched for, since others published the same text
  bool is_log_empty = true;            ///< the write-ahead log was emptied
  bool is_id_searched = true;          ///< false: it is too short to be distinguished from other bytes
  bool was_rewritten = false;          ///< the database was rewritten, since pages still had old bytes

  /// Whether nothing of the user is left in the files and the write-ahead log.
  [[nodiscard]] bool is_clean() const { return status == core::StoreStatus::ok && is_log_empty && has_nothing_left(files); }
};

/// The room that is named for its user: "user:ann".
[[nodiscard]] inline std::string own_room_of(std::string_view user_id) { return "user:" + std::string(user_id); }

[[nodiscard]] inline bool is_room_of(const core::RoomKey& key, std::string_view user_id) {
  return key.room == own_room_of(user_id);
}

/// Whether an erasure deletes the whole room.
[[nodiscard]] inline bool is_erased_whole(const core::RoomKey& key, const UserQuery& query) {
  return is_room_of(key, query.user_id) ||
         std::find(query.whole_rooms.begin(), query.whole_rooms.end(), key.room) != query.whole_rooms.end();
}

/// Whether a record counts as one that others published: not what an erasure publishes.
[[nodiscard]] inline bool is_of_others(std::string_view from, std::string_view event) {
  return from != core::kSystemUserId || event != core::kErasedEvent;
}

[[nodiscard]] inline bool is_named_after(std::string_view room, std::string_view user_id) {
  return user_id.size() >= kSearchedIdBytesMin && core::is_room_naming(room, user_id);
}

/// What keys of this user's producers begin with: of clients and of HTTP callers (producer_key.hpp).
[[nodiscard]] inline std::pair<std::string, std::string> producer_prefixes(std::string_view user_id) {
  std::string of_clients(user_id);
  of_clients += '\n';
  std::string of_callers = "\nuser:" + of_clients;
  return {std::move(of_clients), std::move(of_callers)};
}

/// Appends a sequence above all others.
inline void add_sequence(std::vector<core::SeqRange>& ranges, std::uint64_t seq) {
  if (!ranges.empty() && ranges.back().last + 1 == seq)
    ranges.back().last = seq;
  else
    ranges.push_back({seq, seq});
}

/// Single records of a room that are to be erased.
struct RecordErasure {
  core::RoomKey room;
  std::vector<core::SeqRange> sequences{};  ///< ascending and apart; at most kUserRecordsPerStepMax sequences in all
};

/// Those of the sequences that a log has. `find(after, count)` returns the sequences of its records after `after`, ascending, at
/// most `count`.
template <typename Find>
[[nodiscard]] std::vector<std::uint64_t> sequences_kept(const RecordErasure& what, const Find& find) {
  std::vector<std::uint64_t> kept;
  for (const core::SeqRange& range : what.sequences)
    for (const std::uint64_t seq : find(range.first - 1, range.last - range.first + 1))
      if (seq <= range.last) kept.push_back(seq);
  return kept;
}

}  // namespace dialogue::store
