// What a room's log has of a document: its updates, as their publishers' events, and now and then a snapshot: the whole document
// in records of the server's own event, which no member receives. A snapshot replaces the one before it, and updates before it
// are not needed any more. Pure; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/documents/room_documents.hpp"
#include "server/core/log/room_log_types.hpp"

namespace dialogue::core {

inline constexpr std::uint64_t kSnapshotUpdates = 500;     ///< updates before the next snapshot
inline constexpr std::size_t kSnapshotBytes = 256 * 1024;  ///< and their bytes, where the document has fewer

/// Returns the update in a payload; no value if the payload has no update.
[[nodiscard]] std::optional<std::string> update_of(std::string_view payload);
[[nodiscard]] std::string update_payload(std::string_view update);

/// The records of a snapshot, without positions.
[[nodiscard]] std::vector<LogRecord> snapshot_of(std::string_view event, const RoomDocument& from);

/// A complete snapshot.
struct DocumentSnapshot {
  std::string event, update;
  std::map<std::uint64_t, std::string> authors;
};

/// Puts snapshots together from their records, in the order of the log.
class SnapshotReader {
 public:
  /// Takes the next record and returns the snapshot that it completes, if it completes one.
  [[nodiscard]] std::optional<DocumentSnapshot> take(const LogRecord& record);

 private:
  struct Part {
    std::uint64_t next = 0, count = 0;
    std::string bytes;
  };
  std::map<std::string, Part> parts_;  ///< by event
};

}  // namespace dialogue::core
