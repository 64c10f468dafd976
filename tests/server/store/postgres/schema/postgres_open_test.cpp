// How a PostgreSQL store is opened, and why it is not.
#include "server/store/postgres/schema/postgres_open.hpp"

#include <thread>

#include "server/store/factory/open_store.hpp"
#include "tests/server/store/support/postgres_server.hpp"
#include "tests/server/store/support/store_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;
using Catch::Matchers::Contains;

namespace {

std::string open_refusal(const std::string& url) {
  try {
    static_cast<void>(open_store(url));
  } catch (const StoreError& error) { return error.what(); }
  return {};
}

/// What opening it warns of.
std::vector<std::string> open_warnings(const std::string& url) {
  std::vector<std::string> found;
  StoreOptions options;
  std::mutex mutex;
  options.warn = [&](const std::string& text) {
    const std::lock_guard lock(mutex);
    found.push_back(text);
  };
  static_cast<void>(open_store(url, options));
  return found;
}

TEST_CASE("a wrong password, an unknown role and an unknown database are refused by name, and no password is shown") {
  CHECK(open_refusal(PostgresServer::shared().loopback_url("postgres", "se%3Acret")).empty());
  const std::string password = open_refusal(PostgresServer::shared().loopback_url("postgres", "hunter2"));
  CHECK_THAT(password, Contains("the login is refused") && Contains("password authentication failed"));
  CHECK(password.find("hunter2") == std::string::npos);
  CHECK_THAT(open_refusal(PostgresServer::shared().loopback_url("nobody", "hunter2")), Contains("the login is refused"));
  CHECK_THAT(open_refusal(PostgresServer::shared().loopback_url("postgres", "se%3Acret", "nowhere")),
             Contains("the database does not exist"));
  CHECK_THAT(open_refusal("postgres://127.0.0.1:1/x"), Contains("the server cannot be reached"));
}

TEST_CASE("stores that start at once create the schema once") {
  const std::string url = PostgresServer::shared().url_of_new_schema();
  constexpr std::size_t kStores = 4;
  std::vector<std::string> faults(kStores);
  std::vector<std::uint64_t> epochs(kStores);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kStores; ++i)
    threads.emplace_back([&, i] {
      try {
        epochs[i] = ask_open(*open_store(url), kLobby).state.epoch;
      } catch (const std::exception& error) { faults[i] = error.what(); }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(faults == std::vector<std::string>(kStores));
  CHECK(epochs == std::vector<std::uint64_t>(kStores, epochs[0]));
}

TEST_CASE("a schema of a newer version is refused by its number, and not changed") {
  const std::string url = PostgresServer::shared().url_of_new_schema();
  static_cast<void>(open_store(url));
  PostgresServer::shared().sql("INSERT INTO " + PostgresServer::schema_of(url) + ".schema_version VALUES (99)");
  CHECK_THAT(open_refusal(url), Contains("has version 99") && Contains("newer version of Dialogue"));
  CHECK_THROWS_AS(check_store(url), StoreError);
}

TEST_CASE("a server that accepts no writes is refused") {
  const std::string url = PostgresServer::shared().url_of_new_schema();
  PostgresServer::shared().sql("ALTER ROLE postgres SET default_transaction_read_only = on");
  const std::string text = open_refusal(url);
  PostgresServer::shared().sql("BEGIN READ WRITE; ALTER ROLE postgres RESET default_transaction_read_only; COMMIT");
  CHECK_THAT(text, Contains("accepts no writes"));
  CHECK(open_refusal(url).empty());
}

TEST_CASE("a role without rights is refused by the right that it lacks") {
  const std::string url = PostgresServer::shared().url_of_new_schema(), schema = PostgresServer::schema_of(url);
  PostgresServer::shared().sql("CREATE ROLE limited LOGIN");
  std::string limited = url;
  limited.replace(limited.find("postgres@"), 8, "limited");
  CHECK_THAT(open_refusal(limited), Contains("a right is missing") && Contains("GRANT CREATE ON DATABASE"));
  static_cast<void>(open_store(url));
  PostgresServer::shared().sql("GRANT USAGE ON SCHEMA " + schema + " TO limited; GRANT SELECT ON ALL TABLES IN SCHEMA " + schema +
                               " TO limited; GRANT ALL ON ALL SEQUENCES IN SCHEMA " + schema + " TO limited");
  CHECK_THAT(open_refusal(limited), Contains("no right to DELETE on the table " + schema + ".forgotten"));
  PostgresServer::shared().sql("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + " TO limited");
  const auto store = open_store(limited);
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  CHECK(ask_append(*store, write_of(kLobby, epoch, 1, 2)) == StoreStatus::ok);
  CHECK(ask_erase(*store, kLobby) == StoreStatus::ok);
}

TEST_CASE("settings of the server that lose acknowledged events are warned of") {
  const std::string url = PostgresServer::shared().url_of_new_schema();
  CHECK(open_warnings(url).empty());
  PostgresServer::shared().sql("ALTER ROLE postgres SET synchronous_commit = off");
  const std::vector<std::string> found = open_warnings(url);
  PostgresServer::shared().sql("ALTER ROLE postgres RESET synchronous_commit");
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0], Contains("synchronous_commit is off"));
}

TEST_CASE("check finds the faults and creates nothing") {
  const std::string url = PostgresServer::shared().url_of_new_schema();
  check_store(url);
  CHECK(PostgresServer::shared().sql("SELECT count(*) FROM pg_namespace WHERE nspname = '" + PostgresServer::schema_of(url) +
                                     "'") == std::vector<std::string>{"0"});
  CHECK_THROWS_AS(check_store(PostgresServer::shared().loopback_url("postgres", "hunter2")), StoreError);
}

}  // namespace
}  // namespace dialogue::testing
