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

/// What a file of a database is cut into; nothing where `head`, its first 100 bytes, is of neither.
struct SqliteFileForm {
  std::size_t page_bytes = 0;
  std::size_t reserved_bytes = 0;  ///< at the end of each page; 0 of a write-ahead log, which does not say
  bool is_wal = false;
  std::uint32_t changes = 0;  ///< SQLite's change counter; 0 of a write-ahead log

  [[nodiscard]] static std::optional<SqliteFileForm> of(std::string_view head);
};

/// Whether SQLite would take anything from a write-ahead log that begins so: bytes behind a header whose checksum holds. A
/// process that was killed at its first frame leaves the header alone, and one that lost power leaves whatever it wrote.
[[nodiscard]] bool has_wal_frames(std::string_view begin);

/// First byte and the one behind the last, ascending by the first; they may touch.
using ByteRanges = std::vector<std::pair<std::size_t, std::size_t>>;

/// Of a page of a b-tree; nothing where it is another one (of a long value, or unused) or damaged. `is_first`: of the database.
[[nodiscard]] std::optional<ByteRanges> used_bytes(std::string_view page, bool is_first, std::size_t reserved_bytes = 0);

/// Whether one of the ranges has a byte of [from, to).
[[nodiscard]] bool touches(const ByteRanges& ranges, std::size_t from, std::size_t to);

}  // namespace dialogue::store
