// The receipt of one drain: the sessions that the ending server asked to reconnect, and those that did, on the next server with
// the same store. The first half is written to a file when a server ends, the second by the next one. Values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace dialogue {

/// The maximum of sessions that are recorded one by one. Further ones are only counted.
inline constexpr std::size_t kDrainSessionsMax = 200'000;
inline constexpr std::size_t kDrainFileBytesMax = 16 * 1024 * 1024;

struct DrainReceipt {
  std::uint64_t begun_unix_ms = 0;                         ///< 0: there was no drain
  std::uint64_t took_ms = 0, pause_ms = 0, spread_ms = 0;  ///< as in host::DrainOutcome
  std::uint64_t notified = 0;                              ///< sessions that received BYE with a reconnect time
  std::uint64_t resumable = 0;                             ///< of those, whose client can resume
  std::uint64_t cut = 0;                                   ///< sockets that were open at the deadline: their BYE may be lost
  std::uint64_t resumed = 0;                               ///< resumable sessions that have reconnected
  std::uint64_t rooms = 0;                                 ///< that the resumed have joined
  std::uint64_t lost = 0;                                  ///< of these joins, those that events are missing for
  std::uint64_t repeated = 0;                              ///< publications that came twice; each is in the log once
  std::uint64_t gap_ms_max = 0;                            ///< the longest time from a session's BYE to its return
  bool is_complete = false;                                ///< all are back, or the time for it is over
};

/// When each session received BYE, in ms after the drain began, by the fingerprint of its secret.
using DrainedSessions = std::unordered_map<std::uint64_t, std::uint32_t>;

/// Returns the first 64 bits of a secret's SHA-256: the drain file must not contain what a session can be resumed with.
[[nodiscard]] std::uint64_t fingerprint_of_secret(std::string_view secret);

/// Returns the receipt as the response of GET /api/v1/drain.
[[nodiscard]] std::string receipt_json(const DrainReceipt& receipt);

/// Returns the receipt as the fields of a log line, whose names have underscores.
[[nodiscard]] std::string receipt_fields(const DrainReceipt& receipt, std::string_view message);

/// Returns the text of the drain file: the receipt, and the sessions that have not reconnected.
[[nodiscard]] std::string drain_file_text(const DrainReceipt& receipt, const DrainedSessions& sessions);
/// Reads a text of drain_file_text(). Returns false for any other text: then no drain is known.
[[nodiscard]] bool read_drain_file(std::string_view text, DrainReceipt& receipt, DrainedSessions& sessions);

}  // namespace dialogue
