// What becomes of appends while the server restarts, crashes, or ends their connection: nothing acknowledged is lost, nothing is
// stored twice or out of order.
#include "server/store/factory/open_store.hpp"
#include "tests/server/store/support/heads.hpp"
#include "tests/server/store/support/postgres_server.hpp"
#include "tests/server/store/support/publisher.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

/// publish_through() on a new schema.
template <typename Disturb>
void publish_to_new_schema(const Disturb& disturb) {
  publish_through(*open_store(PostgresServer::shared().url_of_new_schema()), disturb);
}

TEST_CASE("a server that restarts amid appends loses no acknowledged record and doubles none") {
  publish_to_new_schema([] {
    PostgresServer::shared().stop();
    PostgresServer::shared().start();
  });
}

TEST_CASE("a server that crashes amid appends loses no acknowledged record and doubles none") {
  publish_to_new_schema([] {
    PostgresServer::shared().crash();
    PostgresServer::shared().start();
  });
}

TEST_CASE("connections that the server ends amid appends lose no acknowledged record and double none") {
  publish_to_new_schema([] {
    PostgresServer::shared().sql(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'dialogue'");
  });
}

TEST_CASE("while the server is down what was not begun is busy, and everything works when it is back") {
  const std::string url = PostgresServer::shared().url_of_new_schema();
  const auto store = open_store(url);
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  Heads heads;
  const FollowResult follow = store->follow({kLobby, epoch, 0}, heads.wake_up());
  REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 1)) == StoreStatus::ok);
  heads.wait_for_seq(1);
  PostgresServer::shared().stop();
  heads.wait_for(StoreStatus::busy);
  CHECK(ask_open(*store, kLobby).status == StoreStatus::busy);
  CHECK(ask_read(*store, {kLobby, epoch}).status == StoreStatus::busy);
  CHECK(ask_trim(*store, trim_of(kLobby, epoch)).status == StoreStatus::busy);
  CHECK(ask_erase(*store, kLobby) == StoreStatus::busy);
  CHECK(ask_append(*store, write_of(kLobby, epoch, 2, 2)) == StoreStatus::busy);
  PostgresServer::shared().start();
  heads.wait_for_seq(1);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (ask_append(*store, write_of(kLobby, epoch, 2, 2)) == StoreStatus::busy && std::chrono::steady_clock::now() < end)
    continue;
  heads.wait_for_seq(2);
  // Reads have a connection of their own, which may not have noticed yet.
  while (ask_read(*store, {kLobby, epoch}).status == StoreStatus::busy && std::chrono::steady_clock::now() < end) continue;
  CHECK(sequences_of(*store, kLobby, epoch) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a server that accepts no writes any more answers busy, and appends go on when it does") {
  const auto store = open_store(PostgresServer::shared().url_of_new_schema());
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 1)) == StoreStatus::ok);
  const auto end_sessions = [] {
    PostgresServer::shared().sql(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'dialogue'");
  };
  PostgresServer::shared().sql("ALTER ROLE postgres SET default_transaction_read_only = on");
  end_sessions();
  const auto answer = std::make_shared<std::promise<StoreStatus>>();
  store->append({write_of(kLobby, epoch, 2, 2)}, [answer](const auto& statuses) { answer->set_value(statuses.at(0)); });
  PostgresServer::shared().sql("BEGIN READ WRITE; ALTER ROLE postgres RESET default_transaction_read_only; COMMIT");
  end_sessions();
  StoreStatus status = answer->get_future().get();
  while (status == StoreStatus::busy) status = ask_append(*store, write_of(kLobby, epoch, 2, 2));
  CHECK(status == StoreStatus::ok);
  CHECK(sequences_of(*store, kLobby, epoch) == std::vector<std::uint64_t>{1, 2});
}

}  // namespace
}  // namespace dialogue::testing
