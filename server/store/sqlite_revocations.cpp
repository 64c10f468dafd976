// Revocations in SQLite: one row each, with a checksum, in the transactions of the log.
#include "server/store/checksum.hpp"
#include "server/store/sqlite_log.hpp"

namespace dialogue {
namespace {

std::uint64_t checksum_of(const KeptRevocation& revocation) {
  Checksum sum;
  sum.add(revocation.what.token_id).add(revocation.what.user_id);
  return sum.add(revocation.what.issued_before_s).add(revocation.forget_at_s).value();
}

}  // namespace

StoreStatus SqliteLog::revoke(const KeptRevocation& revocation, std::uint64_t now_s) {
  return transact([&] {
    SqliteStatement forget(*opened_.database, "DELETE FROM revocation WHERE forget_at_s <= ?");
    forget.run(now_s);
    SqliteStatement keep(
        *opened_.database,
        "INSERT INTO revocation (token, user, issued_before_s, forget_at_s, checksum) VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT DO UPDATE SET forget_at_s = ?4, checksum = ?5 WHERE forget_at_s < ?4");
    const Revocation& what = revocation.what;
    keep.run(what.token_id, what.user_id, what.issued_before_s, revocation.forget_at_s, checksum_of(revocation));
    return Outcome::commit;
  });
}

KeptRevocations SqliteLog::revocations() {
  if (has_failed_) return {StoreStatus::failed, {}};
  enum Column : int { kToken, kUser, kIssuedBefore, kForgetAt, kChecksum };
  KeptRevocations found;
  try {
    SqliteStatement all(*opened_.database, "SELECT token, user, issued_before_s, forget_at_s, checksum FROM revocation");
    for (SqliteRows rows = all.query(); rows.next();) {
      Revocation what{std::string(rows.text(kToken)), std::string(rows.text(kUser)), rows.number(kIssuedBefore)};
      KeptRevocation kept{std::move(what), rows.number(kForgetAt)};
      if (checksum_of(kept) != rows.number(kChecksum)) throw_damage("a revocation does not match its checksum");
      found.list.push_back(std::move(kept));
    }
  } catch (const SqliteError& fault) { return {store_status(fault), {}}; }
  return found;
}

}  // namespace dialogue
