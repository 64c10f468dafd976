// Determines which bytes of a page of a SQLite database are in use, by its file format: the page's header, the places of its
// cells and the cells. The others are free, and may still contain deleted data. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dialogue::store {

inline constexpr std::size_t kDatabaseHeadBytes = 100;  ///< before the first page's own header
inline constexpr std::size_t kWalHeadBytes = 32, kWalFrameHeadBytes = 24;

/// The layout of a database file or of a write-ahead log.
struct SqliteFileForm {
  std::size_t page_bytes = 0;
  std::size_t reserved_bytes = 0;  ///< at the end of each page; 0 of a write-ahead log, which does not say
  bool is_wal = false;
  std::uint32_t changes = 0;  ///< SQLite's change counter; 0 of a write-ahead log

  /// Reads the layout from the file's first 100 bytes; returns no value if they begin neither kind of file.
  [[nodiscard]] static std::optional<SqliteFileForm> of(std::string_view head);
};

/// Whether SQLite would read frames from a write-ahead log that begins so: bytes behind a header whose checksum matches. A
/// process that was killed at its first frame leaves only the header, and one that lost power leaves whatever it wrote.
[[nodiscard]] bool has_wal_frames(std::string_view begin);

/// Ranges, each from its first byte to the one behind its last, in ascending order; they may touch.
using ByteRanges = std::vector<std::pair<std::size_t, std::size_t>>;

/// Returns the used bytes of a b-tree's page; no value if the page is another one (of a long value, or unused) or damaged.
/// `is_first`: it is the database's first page.
[[nodiscard]] std::optional<ByteRanges> used_bytes(std::string_view page, bool is_first, std::size_t reserved_bytes = 0);

/// Whether one of the ranges contains a byte of [from, to).
[[nodiscard]] bool touches(const ByteRanges& ranges, std::size_t from, std::size_t to);

}  // namespace dialogue::store
