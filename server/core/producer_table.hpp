// What a room remembers of its producers, so that sending a publication again is always safe: the number that must come next,
// and where the last kPublishInFlightMax ones went. Nobody is forgotten to make room: when the table is full a new producer is
// refused, and only those who have been silent for long, whose events are gone, leave.
//
//   const ProducerCheck check = table.check(key, number, payload_hash(event, payload));
//   if (check.verdict == ProducerVerdict::fresh) table.record(key, {...}, now);
//   ...
//   table.keep();  // or undo(), when the log could not take them
//
// Used by its room only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/room_log_types.hpp"
#include "shared/errors.hpp"
#include "shared/limits.hpp"

namespace dialogue {

inline constexpr std::size_t kProducersPerRoomMax = 16'384;

enum class ProducerVerdict : std::uint8_t {
  fresh,      ///< the number that was due; record what becomes of it
  duplicate,  ///< was here before with the same content: answer with the receipt
  conflict,   ///< was here before with other content, or so long ago that it cannot be told
  hole,       ///< an earlier number is missing: `expected`
  unknown,    ///< not the first number of a producer that is not remembered
  refused,    ///< a new producer, and the table is full
};

struct ProducerCheck {
  ProducerVerdict verdict = ProducerVerdict::fresh;
  std::uint64_t expected = 0;
  ProducerReceipt receipt;
};

class ProducerTable {
 public:
  /// What the log's store remembered.
  void load(std::vector<ProducerState> producers);
  [[nodiscard]] ProducerCheck check(const std::string& key, std::uint64_t number, PayloadHash hash) const;
  /// Consumes the number that check() has just called fresh, until keep() or undo().
  void record(const std::string& key, const ProducerReceipt& receipt, std::uint64_t unix_ms);

  /// Every producer with numbers that are not settled, in the order of their first: nothing but those numbers.
  [[nodiscard]] std::vector<ProducerNews> news() const;
  /// What was recorded stands.
  void keep();
  /// All of it is as if it had never been.
  void undo();
  /// Forgets who was not heard since `before_ms` (Unix time) and whose newest event is before `base`. Nobody with numbers that
  /// are not settled.
  void forget(std::uint64_t before_ms, std::uint64_t base);
  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  struct Producer {
    ProducerState state;
    bool is_unsettled = false;  ///< some of its numbers are not settled
  };
  using Producers =
      std::map<std::string, Producer>;  ///< ordered: clients choose the keys, and could choose ones whose hashes collide

  /// What a number took the place of.
  struct Step {
    Producers::iterator producer;
    std::optional<ProducerReceipt> replaced;
    std::uint64_t used_ms = 0;
    std::uint64_t number = 0;  ///< that it consumed
    bool is_first = false;     ///< of its producer's that are not settled
  };

  Producers by_key_;
  std::vector<Step> steps_;  ///< not settled
};

/// Tells a number that is sent again from one that a producer has used twice. Short, since every receipt has one on the disk. Not
/// against an adversary: a collision deceives only the producer who made it, one in four billion times that he errs. What it
/// gives is kept on disks: it never changes.
[[nodiscard]] PayloadHash payload_hash(std::string_view event, std::string_view payload);

}  // namespace dialogue
