// A room's memory of its producers, which makes repeating a publication safe: the next expected number, and the positions of
// the last kPublishInFlightMax ones. A full table evicts producers of clients that mark repetitions, the longest silent first:
// later repetitions of such a client are refused, not stored twice. Other producers are not evicted: if there are too many, a
// new one is refused. docs/decisions/236-producer-eviction.md
//
//   const ProducerCheck check = table.check(key, number, payload_hash(event, payload), now, mark);
//   if (check.verdict == ProducerVerdict::fresh && table.admit(key, now)) table.record(key, {...}, now, number);
//   ...
//   table.keep();  // or undo(), when the log could not take them
//
// Used by its room only.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/log/producer_key.hpp"
#include "server/core/log/room_log_types.hpp"
#include "server/core/util/steady_unix_clock.hpp"
#include "shared/base/errors.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::core {

/// The maximum of producers whose clients mark repetitions, of those whose clients do not, and of one caller's
/// Idempotency-Keys.
inline constexpr std::size_t kProducersPerRoomMax = 16'384;
/// The places among them that only callers of the API may take, so that clients cannot occupy all places before a backend does.
inline constexpr std::size_t kProducersOfApiMin = 2048;
/// The maximum of producers of one user in one room.
inline constexpr std::size_t kProducersPerUserMax = 1024;
/// The maximum of Idempotency-Keys of all callers in one room.
inline constexpr std::size_t kKeysPerRoomMax = 4 * kProducersPerRoomMax;

enum class ProducerVerdict : std::uint8_t {
  fresh,      ///< the number that was due; record what becomes of it
  duplicate,  ///< was here before with the same content: answer with the receipt
  conflict,   ///< seen before with other content, or too long ago to compare
  hole,       ///< an earlier number is missing: `expected`
  unknown,    ///< the producer is not remembered, and the number may have been accepted before
  refused,    ///< not admitted: the table is full of producers that must be remembered
};

struct ProducerCheck {
  ProducerVerdict verdict = ProducerVerdict::fresh;
  std::uint64_t expected = 0;
  ProducerReceipt receipt;
};

/// The origin of a producer. `application`: a caller of the API, for which kProducersOfApiMin places are reserved.
enum class ProducerOrigin : std::uint8_t { client, application };

class ProducerTable {
 public:
  /// Loads the producers that the log's store remembers, at the time `unix_ms`. `was_used`: the room has ever had a publication.
  void load(std::vector<ProducerState> producers, bool was_used = true, std::uint64_t unix_ms = 0);
  /// `now_ms`: Unix time, as in admit(), record() and forget(). Where the clock is in doubt,
  /// producers may have been forgotten too early.
  [[nodiscard]] ProducerCheck check(const std::string& key, std::uint64_t number, PayloadHash hash, std::uint64_t now_ms,
                                    SendingMark mark = {}, const ClockDoubt& doubt = {}) const;
  /// Whether there is a place for this producer; a new one may have others evicted for it.
  [[nodiscard]] bool admit(const std::string& key, std::uint64_t unix_ms, ProducerOrigin origin = ProducerOrigin::client);
  /// Returns, for a producer that admit() has just refused, in how many ms a place may be free at the earliest, if producers are
  /// kept for `age_ms`. 0: as soon as numbers that are under way are settled.
  [[nodiscard]] std::uint64_t wait_ms(const std::string& key, std::uint64_t unix_ms, std::uint64_t age_ms);
  /// Consumes the number that check() has just called fresh, until keep() or undo(). A new producer begins with `number`.
  void record(const std::string& key, const ProducerReceipt& receipt, std::uint64_t unix_ms, std::uint64_t number = 1);

  /// Returns the producers that were evicted since the last keep(), then every producer with unsettled numbers, in the order of
  /// the first such number, with these numbers only.
  [[nodiscard]] std::vector<ProducerDelta> deltas() const;
  /// Keeps everything that was recorded.
  void keep();
  /// Undoes everything that was recorded since the last keep().
  void undo();
  /// Forgets producers that were silent since `before_ms` (Unix time) and whose newest event is before `base`, and pages that
  /// were silent since `pages_before_ms`. Keeps producers with unsettled numbers.
  void forget(std::uint64_t before_ms, std::uint64_t base, std::uint64_t pages_before_ms = 0);
  /// Forgets the producers whose keys begin with `owner` (its line feed included), as if they had never been, and says how many
  /// they were. Not those with numbers that are not settled.
  std::size_t forget_owner(const std::string& owner);
  /// The time of the producer with the oldest last publication, but not before `from_ms`. The greatest number without
  /// producers.
  [[nodiscard]] std::uint64_t oldest_use(std::uint64_t from_ms) const;
  [[nodiscard]] std::size_t size() const { return by_key_.size(); }
  [[nodiscard]] bool has_pages() const { return count_of(ProducerKind::page) > 0; }

 private:
  struct Producer {
    ProducerState state;
    bool is_unsettled = false;  ///< some of its numbers are not settled
  };
  using Producers =
      std::map<std::string, Producer>;  ///< ordered: clients choose the keys, and could choose ones whose hashes collide

  /// What undo() needs to undo one number.
  struct Step {
    Producers::iterator producer;
    std::optional<ProducerReceipt> replaced;
    std::uint64_t used_ms = 0;
    std::uint64_t number = 0;  ///< that it consumed
    bool is_first = false;     ///< of its producer's that are not settled
    bool is_new = false;       ///< its producer began with it
  };

  [[nodiscard]] std::size_t& count_of(ProducerKind kind) { return counts_[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] std::size_t count_of(ProducerKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  /// Whether a producer of this kind that published at that time may have been forgotten. None was since `sure_ms`.
  [[nodiscard]] static bool may_be_forgotten(ProducerKind kind, std::uint64_t resent_s, std::uint64_t now_ms,
                                             std::uint64_t sure_ms);
  /// Counts a producer that was added (`is_in`) or removed.
  void count(const std::string& key, bool is_in);
  [[nodiscard]] static bool is_evictable(const Producers::value_type& entry);
  [[nodiscard]] bool admit_once(const std::string& key) const;
  /// Returns how many producers of a kind have keys with this prefix, and when the longest silent of them was used: `now_ms` at
  /// the latest.
  [[nodiscard]] std::pair<std::size_t, std::uint64_t> oldest_of(std::string_view prefix, ProducerKind kind,
                                                                std::uint64_t now_ms) const;
  /// Evicts the longest silent producer of a user that has too many. Returns false if none of them may be evicted.
  [[nodiscard]] bool make_room_of_user(std::string_view owner, std::uint64_t unix_ms);
  /// Evicts a part of the evictable producers, the longest silent ones. Returns false if none is evictable.
  [[nodiscard]] bool make_room(std::uint64_t unix_ms);
  void evict(Producers::iterator place, std::uint64_t unix_ms);

  Producers by_key_;
  std::array<std::size_t, 4> counts_{};                      ///< by kind
  std::map<std::string, std::size_t, std::less<>> keys_of_;  ///< Idempotency-Keys, by their owner
  std::vector<std::string> evicted_;                         ///< and the log does not know
  std::uint64_t evicted_ms_ = 0;                             ///< time of the last eviction; 0: never
  bool was_used_ = false;                                    ///< before it was loaded
  std::vector<Step> steps_;                                  ///< not settled
  /// By kind, when the longest silent one was used, so that not every refusal costs a look at all of them. It may have been used
  /// again since. 0: not known.
  std::array<std::uint64_t, 4> oldest_ms_{};
};

/// Distinguishes a repeated number from one that a producer has used twice. Short, because every receipt has one on the disk.
/// It need not resist an adversary: a collision, with a probability of one in four billion, deceives only the producer that made
/// it. The values are stored on disks, so the function never changes.
[[nodiscard]] PayloadHash payload_hash(std::string_view event, std::string_view payload, bool deletes = false);

}  // namespace dialogue::core
