// See sqlite_clock.hpp. One row with a checksum; where it does not match, nothing is known of earlier starts.
#include "server/store/sqlite/tables/sqlite_clock.hpp"

#include <sqlite3.h>

#include <optional>
#include <string>

#include "server/store/checksum.hpp"

namespace dialogue::store {
namespace {

std::uint64_t checksum_of(const KnownClock& clock) {
  return Checksum().add(clock.boot).add(clock.since_boot_ms).add(clock.offset_ms).value();
}

std::optional<KnownClock> kept_clock(SqliteDatabase& database) {
  enum Column : int { kBoot, kSinceBoot, kOffset, kSum };
  SqliteStatement find(database, "SELECT boot, since_boot_ms, offset_ms, checksum FROM clock");
  SqliteRows rows = find.query();
  if (!rows.next()) return std::nullopt;
  KnownClock clock{std::string(rows.text(kBoot)), rows.number(kSinceBoot), rows.number(kOffset)};
  if (checksum_of(clock) != rows.number(kSum)) return std::nullopt;
  return clock;
}

}  // namespace

std::uint64_t update_known_clock(SqliteDatabase& database, const BootClock& now, bool is_new) {
  if (now.boot.empty()) return 0;
  const std::optional<KnownClock> kept = kept_clock(database);
  KnownClock known = known_clock(kept, now);
  if (is_new) known.since_boot_ms = 0;
  try {
    if (known != kept)
      SqliteStatement(database,
                      "INSERT OR REPLACE INTO clock (only_row, boot, since_boot_ms, offset_ms, checksum) VALUES (1, ?, ?, ?, ?)")
          .run(known.boot, known.since_boot_ms, known.offset_ms, checksum_of(known));
  } catch (const SqliteError& fault) {
    if (fault.code() != SQLITE_FULL) throw;  // a server on a full disk still serves what is there
    return 0;
  }
  return known_since_ms(known, now);
}

}  // namespace dialogue::store
