// The secret in SQLite: one row with a checksum. One that is damaged is of no use to anybody, so another takes its place.
#include "server/store/checksum.hpp"
#include "server/store/sqlite_log.hpp"

namespace dialogue {

KeptSecret SqliteLog::secret(const std::string& proposed) {
  constexpr int kBytes = 0, kChecksum = 1;
  KeptSecret kept{StoreStatus::ok, proposed};
  const StoreStatus outcome = transact([&] {
    SqliteStatement find(*opened_.database, "SELECT bytes, checksum FROM secret");
    bool is_there = false;
    for (SqliteRows rows = find.query(); rows.next(); is_there = true) {
      const std::string_view bytes = rows.text(kBytes);
      if (Checksum().add(bytes).value() == rows.number(kChecksum))
        kept.secret = bytes;
      else
        warn("the secret that guests' names are signed with is damaged: guests get new names");
    }
    if (is_there && kept.secret != proposed) return Outcome::roll_back;
    SqliteStatement keep(*opened_.database, "INSERT OR REPLACE INTO secret (only_row, checksum, bytes) VALUES (1, ?, ?)");
    keep.run(Checksum().add(proposed).value(), SqliteBlob{proposed});
    return Outcome::commit;
  });
  return outcome == StoreStatus::ok ? kept : KeptSecret{outcome, {}};
}

}  // namespace dialogue
