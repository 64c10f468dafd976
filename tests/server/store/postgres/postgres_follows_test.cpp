// PostgreSQL with NATS as its bus: servers wake each other by it, and without it they find what was written a little later.
#include "server/store/postgres/postgres_store.hpp"
#include "tests/server/store/support/heads.hpp"
#include "tests/server/store/support/nats_server.hpp"
#include "tests/server/store/support/postgres_server.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

PostgresOptions with_bus(const NatsServer& server) {
  PostgresOptions options;
  options.bus = parse_nats_address(server.url());
  return options;
}

void wait_for_bus(const Store& store, const std::function<bool(const BusState&)>& is_it) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!is_it(store.bus())) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the bus did not change");
    std::this_thread::yield();
  }
}
const auto kIsConnected = [](const BusState& bus) { return bus.is_connected; };
const auto kIsAway = [](const BusState& bus) { return !bus.is_connected && !bus.fault.empty(); };

}  // namespace

TEST_CASE("servers with a bus wake each other by it, and the database notifies nobody") {
  const PostgresAddress address = parse_postgres_address(PostgresServer::shared().url_of_new_schema());
  PostgresStore ann(address, with_bus(NatsServer::shared())), bob(address, with_bus(NatsServer::shared()));
  wait_for_bus(ann, kIsConnected);
  wait_for_bus(bob, kIsConnected);
  CHECK(ann.bus().address == NatsServer::shared().url());
  const std::uint64_t epoch = ask_open(ann, kLobby).state.epoch;
  Heads heads, kept;
  const FollowResult follow = bob.follow({kLobby, epoch, 0}, heads.wake_up()), follow_kept = bob.follow({}, kept.wake_up());
  for (std::uint64_t seq = 1; seq <= 20; ++seq) {
    CAPTURE(seq, epoch, ask_open(ann, kLobby).state.epoch, ask_open(ann, kLobby).state.head);
    REQUIRE(ask_append(ann, write_of(kLobby, epoch, seq, seq)) == StoreStatus::ok);
    CHECK(heads.wait_for_seq(seq) == LogHead{StoreStatus::ok, epoch, seq});
  }
  REQUIRE(ask_define(ann, {{"", "made"}, "{}"}) == StoreStatus::ok);
  kept.wait_for_seq(1);
  wait_for_bus(bob, [](const BusState& bus) { return bus.received > 0; });
  wait_for_bus(ann, [](const BusState& bus) { return bus.sent > 0; });
}

TEST_CASE("a bus that is lost delays wake-ups, loses none, and carries them again when it is back") {
  NatsServer server;
  const PostgresAddress address = parse_postgres_address(PostgresServer::shared().url_of_new_schema());
  PostgresStore ann(address, with_bus(server)), bob(address, with_bus(server));
  wait_for_bus(bob, kIsConnected);
  const std::uint64_t epoch = ask_open(ann, kLobby).state.epoch;
  Heads heads;
  const FollowResult follow = bob.follow({kLobby, epoch, 0}, heads.wake_up());
  server.stop();
  wait_for_bus(ann, kIsAway);
  wait_for_bus(bob, kIsAway);
  REQUIRE(ask_append(ann, write_of(kLobby, epoch, 1, 3)) == StoreStatus::ok);
  CHECK(heads.wait_for_seq(3) == LogHead{StoreStatus::ok, epoch, 3});
  server.start();
  wait_for_bus(ann, kIsConnected);
  wait_for_bus(bob, kIsConnected);
  const std::uint64_t received = bob.bus().received;
  REQUIRE(ask_append(ann, write_of(kLobby, epoch, 4, 4)) == StoreStatus::ok);
  wait_for_bus(bob, [received](const BusState& bus) { return bus.received > received; });
  heads.wait_for_seq(4);
}

TEST_CASE("a store whose bus was never there works, and finds what others write") {
  NatsServer server;
  server.stop();
  const PostgresAddress address = parse_postgres_address(PostgresServer::shared().url_of_new_schema());
  PostgresStore ann(address, with_bus(server)), bob(address, with_bus(server));
  const std::uint64_t epoch = ask_open(ann, kLobby).state.epoch;
  Heads heads;
  const FollowResult follow = bob.follow({kLobby, epoch, 0}, heads.wake_up());
  REQUIRE(ask_append(ann, write_of(kLobby, epoch, 1, 1)) == StoreStatus::ok);
  heads.wait_for_seq(1);
  wait_for_bus(ann, kIsAway);
}

}  // namespace dialogue::testing
