// See postgres_open.hpp.
#include "server/store/postgres/schema/postgres_open.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "server/store/postgres/schema/postgres_schema.hpp"
#include "server/store/store_error.hpp"

namespace dialogue::store {
namespace {

constexpr int kServerVersionMin = 130'000;
constexpr std::uint64_t kRandomMax = (std::uint64_t{1} << 52) - 1;  ///< as random_seed() gives it
constexpr std::chrono::seconds kStartingServerWait{10};
constexpr std::chrono::milliseconds kStartingServerPause{100};

// One wait of a statement, for a lock, and within a transaction that its process has left. Plans by index whatever the statistics
// say: the functions are planned while the tables are still empty.
constexpr PostgresStatement kSettings{
    "dialogue_settings",
    "SELECT set_config('search_path', $1 || ', pg_temp', false), set_config('statement_timeout', $2::text, false), "
    "set_config('lock_timeout', '20000', false), set_config('idle_in_transaction_session_timeout', '20000', false), "
    "set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false), "
    "set_config('default_transaction_isolation', 'read committed', false)"};
constexpr PostgresStatement kNoteIncarnation{"dialogue_note_incarnation", "SELECT note_incarnation($1::bigint <> 0)"};
constexpr PostgresStatement kFacts{
    "dialogue_facts",
    "SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'), "
    "current_setting('synchronous_standby_names'), (SELECT count(*) FROM pg_stat_replication), pg_is_in_recovery(), "
    "current_setting('transaction_read_only'), current_database()::text, current_user::text"};
constexpr PostgresStatement kLock{"dialogue_lock", "SELECT pg_advisory_xact_lock(1147236473, hashtext($1))"};
constexpr PostgresStatement kHasSchema{"dialogue_has_schema", "SELECT count(*) FROM pg_namespace WHERE nspname = $1"};
constexpr PostgresStatement kHasVersion{"dialogue_has_version",
                                        "SELECT count(*) FROM pg_tables WHERE schemaname = $1 AND tablename = 'schema_version'"};
constexpr PostgresStatement kSchemaVersionQuery{"dialogue_version", "SELECT max(version) FROM schema_version"};
constexpr PostgresStatement kSetVersion{"dialogue_set_version", "INSERT INTO schema_version (version) VALUES ($1::bigint)"};
constexpr PostgresStatement kNameSchema{"dialogue_name_schema", "SELECT set_config('dialogue.schema', $1, true)"};
constexpr PostgresStatement kMakeStore{
    "dialogue_make_store",
    "INSERT INTO store (identity, system_identifier, timeline) "
    "SELECT coalesce(nullif($1::bigint, -1), random_seed()), system_identifier, "
    "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint FROM pg_control_system()"};
constexpr PostgresStatement kMissingRight{
    "dialogue_missing_right",
    "SELECT needed, tablename::text FROM pg_tables, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS needed "
    "WHERE schemaname = $1 AND tablename <> 'schema_version' "
    "AND NOT has_table_privilege(format('%I.%I', schemaname, tablename), needed) ORDER BY 2, 1 LIMIT 1"};

constexpr const char* kCreateSchema =
    "DO $$ BEGIN EXECUTE format('CREATE SCHEMA %I', current_setting('dialogue.schema')); END $$";
constexpr const char* kCreateVersion = "CREATE TABLE schema_version (version bigint PRIMARY KEY)";

[[noreturn]] void refuse(const PostgresAddress& address, const PostgresError& error) {
  const std::string why = std::string("PostgreSQL answers \"") + error.what() + "\".";
  const std::string& state = error.state();
  if (state == "42501")
    throw StoreError(address.shown, "a right is missing: " + why,
                     "Run as the owner of the database: GRANT CREATE ON DATABASE name TO role, or create the schema for it: "
                     "CREATE SCHEMA " +
                         address.schema + " AUTHORIZATION role.");
  if (state.starts_with("28"))
    throw StoreError(address.shown, "the login is refused: " + why, "Check the role and its password.");
  if (state == "3D000") throw StoreError(address.shown, "the database does not exist: " + why, "Create it, or correct its name.");
  throw StoreError(address.shown, "the store cannot be opened: " + why,
                   "Check that the server runs, is reachable from here and accepts writes.");
}

/// libpq gives no state for what happens before the login: the text is all there is.
[[noreturn]] void refuse_login(const PostgresAddress& address, const PostgresError& error) {
  const std::string text = error.what();
  const auto says = [&text](const char* what) { return text.find(what) != std::string::npos; };
  const std::string why = "libpq answers \"" + text + "\".";
  if (says("session is read-only") || says("is not in hot standby") || says("recovery"))
    throw StoreError(address.shown, "this server accepts no writes, as a standby does: " + why,
                     "Use the address of the primary, or list all hosts: libpq chooses the one that accepts writes.");
  if (says("password") || says("authentication") || says("pg_hba.conf") || says("role"))
    throw StoreError(address.shown, "the login is refused: " + why, "Check the role, its password and pg_hba.conf.");
  if (says("database") && says("does not exist"))
    throw StoreError(address.shown, "the database does not exist: " + why, "Create it, or correct its name.");
  throw StoreError(address.shown, "the server cannot be reached: " + why, "Check that it runs and is reachable from here.");
}

bool is_starting(const PostgresError& error) {
  const std::string text = error.what();
  return text.find("the database system is starting up") != std::string::npos;
}

/// A server that starts at the same time as this one is waited for.
std::unique_ptr<PostgresConnection> connect_at_start(const PostgresAddress& address) {
  const auto end = std::chrono::steady_clock::now() + kStartingServerWait;
  for (;;) {
    try {
      return std::make_unique<PostgresConnection>(address);
    } catch (const PostgresError& error) {
      if (!is_starting(error) || std::chrono::steady_clock::now() >= end) refuse_login(address, error);
    }
    std::this_thread::sleep_for(kStartingServerPause);
  }
}

void apply_settings(PostgresConnection& connection, const PostgresAddress& address) {
  connection.run(kSettings, PostgresParameters().add_text(address.schema).add_text(std::to_string(kStatementTimeoutMs)));
}

void check_server(PostgresConnection& connection, const PostgresAddress& address, const PostgresOptions& options) {
  if (connection.server_version() < kServerVersionMin)
    throw StoreError(address.shown, "this is PostgreSQL " + connection.parameter("server_version") + ".",
                     "Use version 13 or newer.");
  enum Column : int { kSyncCommit, kFsync, kPages, kStandbyNames, kStandbys, kRecovery, kRefusesWrites };
  const PostgresResult facts = connection.run(kFacts);
  if (facts.number(0, kRecovery) != 0 || facts.text(0, kRefusesWrites) == "on")
    throw StoreError(address.shown, "this server accepts no writes: it is a standby, or default_transaction_read_only is on.",
                     "Use the address of the primary.");
  if (!options.warn) return;
  const std::string commit = facts.text(0, kSyncCommit);
  if (commit == "off")
    options.warn("synchronous_commit is off: events are acknowledged before they are on a disk, and a crash loses them");
  if (facts.text(0, kFsync) == "off" || facts.text(0, kPages) == "off")
    options.warn("fsync or full_page_writes is off: a power failure loses acknowledged events, or the whole database");
  if (facts.number(0, kStandbys) > 0 && (facts.text(0, kStandbyNames).empty() || commit == "local"))
    options.warn(
        "the server has standbys, and commits do not wait for any (synchronous_standby_names): a failover loses acknowledged "
        "events, and every room begins a new epoch then");
}

void check_rights(PostgresConnection& connection, const PostgresAddress& address) {
  const PostgresResult missing = connection.run(kMissingRight, PostgresParameters().add_text(address.schema));
  if (missing.rows() == 0) return;
  const std::string right = missing.text(0, 0), table = address.schema + "." + missing.text(0, 1);
  throw StoreError(address.shown, "the role has no right to " + right + " on the table " + table + ".",
                   "Run: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + address.schema + " TO role.");
}

/// 0: there are no tables.
std::uint64_t version_of(PostgresConnection& connection, const PostgresAddress& address) {
  const PostgresResult found = connection.run(kHasVersion, PostgresParameters().add_text(address.schema));
  return found.number(0, 0) == 0 ? 0 : connection.run(kSchemaVersionQuery).number(0, 0);
}

void check_version(std::uint64_t version, const PostgresAddress& address) {
  const std::size_t known = postgres_migrations().size();
  if (version > known)
    throw StoreError(address.shown,
                     "the schema " + address.schema + " has version " + std::to_string(version) + ", and this program knows " +
                         std::to_string(known) + ".",
                     "Use the newer version of Dialogue that has written it.");
}

void migrate(PostgresConnection& connection, const PostgresAddress& address, const PostgresOptions& options) {
  const PostgresParameters name = PostgresParameters().add_text(address.schema);
  connection.begin();
  connection.run(kLock, name);
  if (connection.run(kHasSchema, name).number(0, 0) == 0) {
    connection.run(kNameSchema, name);
    connection.run_script(kCreateSchema);
  }
  std::uint64_t version = version_of(connection, address);
  check_version(version, address);
  const bool is_new = version == 0;
  if (is_new) connection.run_script(kCreateVersion);
  for (; version < postgres_migrations().size(); ++version) {
    connection.run_script(postgres_migrations()[version]);
    connection.run(kSetVersion, PostgresParameters().add(version + 1));
  }
  if (is_new) {
    const std::uint64_t identity = options.seed ? *options.seed & kRandomMax : ~std::uint64_t{0};
    connection.run(kMakeStore, PostgresParameters().add(identity));
  }
  connection.commit();
  if (is_new && options.note) options.note("created the schema " + address.schema + " in " + address.shown);
}

}  // namespace

void open_postgres(const PostgresAddress& address, const PostgresOptions& options) {
  const auto connection = connect_at_start(address);
  try {
    apply_settings(*connection, address);
    check_server(*connection, address, options);
    migrate(*connection, address, options);
    check_rights(*connection, address);
    const bool is_another = connection->run(kNoteIncarnation, PostgresParameters().add(std::uint64_t{0})).number(0, 0) != 0;
    if (is_another && options.warn)
      options.warn("the database was restored, copied or failed over since it was last used: every room begins a new epoch");
  } catch (const PostgresError& error) { refuse(address, error); }
}

void check_postgres(const PostgresAddress& address) {
  const auto connection = connect_at_start(address);
  try {
    apply_settings(*connection, address);
    check_server(*connection, address, {});
    const std::uint64_t version = version_of(*connection, address);
    check_version(version, address);
    if (version > 0) check_rights(*connection, address);
  } catch (const PostgresError& error) { refuse(address, error); }
}

std::unique_ptr<PostgresConnection> connect_to_store(const PostgresAddress& address) {
  auto connection = std::make_unique<PostgresConnection>(address);
  apply_settings(*connection, address);
  connection->run(kNoteIncarnation, PostgresParameters().add(std::uint64_t{0}));
  return connection;
}

}  // namespace dialogue::store
