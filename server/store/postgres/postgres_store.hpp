// The store on PostgreSQL: a thread that commits everything queued as one batch, two that read, and one that listens and
// notifies, with a connection each. Several servers may have one database: each append is a compare-and-set of the room's epoch
// and head under its row's lock, and who loses is answered `stale` (docs/decisions/328-postgresql.md).
//
//   PostgresStore store(parse_postgres_address("postgres://dialogue@db/dialogue"), {});  // throws StoreError
#pragma once
#include <string>

#include "server/store/engine/engine_store.hpp"
#include "server/store/postgres/postgres_follows.hpp"
#include "server/store/postgres/postgres_log.hpp"

namespace dialogue::store {

struct PostgresEngine {
  using Connection = PostgresConnection;
  using Error = PostgresError;
  using Log = PostgresLog;
  using Reader = PostgresReader;
  using Follows = PostgresFollows;
  [[nodiscard]] static core::StoreStatus status_of(const Error& error) { return store_status(error); }
  [[nodiscard]] static std::string damage_of(const Error& error) {
    return error.is_damage() ? std::string("PostgreSQL reports damage: ") + error.what() : std::string();
  }
};

class PostgresStore final : public EngineStore<PostgresEngine> {
 public:
  /// `notifies` false: for tests, as if every notification were lost.
  PostgresStore(const PostgresAddress& address, const PostgresOptions& options, bool notifies = true);

  [[nodiscard]] BusState bus() const override { return follows().bus(); }
  /// Vacuums the tables, so that they no longer have the rows that were deleted. The files of the server are out of reach.
  void scrub(ScrubQuery query, Done<ScrubReport> done) override;

 private:
  const PostgresAddress address_;
};

}  // namespace dialogue::store
