// What a room remembers of its producers, so that sending a publication again is always safe: the number that must come next,
// and where the last kPublishInFlightMax ones went. At most kProducersPerRoomMax producers; the one idle for longest goes first.
//
//   const ProducerCheck check = table.check(key, number, payload_hash(event, payload));
//   if (check.verdict == ProducerVerdict::fresh) table.record(key, {...});
//
// Used by its room only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/core/room_log_types.hpp"
#include "shared/errors.hpp"
#include "shared/limits.hpp"

namespace dialogue {

inline constexpr std::size_t kProducersPerRoomMax = 4096;

enum class ProducerVerdict : std::uint8_t {
  fresh,      ///< the number that was due; record what becomes of it
  duplicate,  ///< was here before with the same content: answer with the receipt
  conflict,   ///< was here before with other content, or so long ago that it cannot be told
  hole,       ///< an earlier number is missing: `expected`
  unknown,    ///< not the first number of a producer that is not remembered
};

struct ProducerCheck {
  ProducerVerdict verdict = ProducerVerdict::fresh;
  std::uint64_t expected = 0;
  ProducerReceipt receipt;
};

class ProducerTable {
 public:
  ProducerTable() = default;
  ProducerTable(ProducerTable&&) = default;
  ProducerTable& operator=(ProducerTable&&) = default;

  [[nodiscard]] ProducerCheck check(const std::string& key, std::uint64_t number, std::uint64_t hash);
  /// Consumes the number that check() has just called fresh.
  void record(const std::string& key, const ProducerReceipt& receipt);
  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  struct Producer {
    std::string key;
    std::uint64_t expected = 1;
    std::vector<ProducerReceipt> receipts;  ///< number n at (n - 1) % kPublishInFlightMax; grows to that size
  };
  using Producers = std::list<Producer>;

  Producers producers_;  ///< most recently heard first
  std::unordered_map<std::string_view, Producers::iterator> by_key_;
};

/// Tells two publications apart. Not against an adversary: a collision deceives only the producer who made it.
[[nodiscard]] std::uint64_t payload_hash(std::uint32_t event, std::string_view payload);

}  // namespace dialogue
