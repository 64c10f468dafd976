// What becomes of appends while Redis restarts, crashes, is slow or full, or ends connections: nothing acknowledged is lost,
// nothing is stored twice or out of order.
#include <mutex>

#include "server/store/factory/open_store.hpp"
#include "server/store/redis/tables/redis_keys.hpp"
#include "tests/server/store/support/cutting_proxy.hpp"
#include "tests/server/store/support/heads.hpp"
#include "tests/server/store/support/publisher.hpp"
#include "tests/server/store/support/redis_server.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

template <typename Disturb>
void publish_to_new_store(const Disturb& disturb) {
  publish_through(*open_store(RedisServer::shared().url_of_new_store()), disturb);
}

/// A store behind a proxy that can cut its connections.
struct CutWorld {
  CuttingProxy proxy{RedisServer::shared().port()};
  const std::string prefix = RedisServer::prefix_of(RedisServer::shared().url_of_new_store());
  std::unique_ptr<Store> store = open_store("redis://127.0.0.1:" + std::to_string(proxy.port()) + "?prefix=" + prefix);
  std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;

  StoreStatus append(std::uint64_t seq) { return ask_append(*store, write_of(kLobby, epoch, seq, seq)); }
};

void fill_memory() { RedisServer::shared().run({"CONFIG", "SET", "maxmemory", "1"}); }
void free_memory() { RedisServer::shared().run({"CONFIG", "SET", "maxmemory", "0"}); }

TEST_CASE("a Redis that restarts amid appends loses no acknowledged record and doubles none") {
  publish_to_new_store([] {
    RedisServer::shared().stop();
    RedisServer::shared().start();
  });
}

TEST_CASE("a Redis that is killed amid appends loses no acknowledged record and doubles none") {
  publish_to_new_store([] {
    RedisServer::shared().crash();
    RedisServer::shared().start();
  });
}

TEST_CASE("connections that Redis ends amid appends lose no acknowledged record and double none") {
  publish_to_new_store([] { RedisServer::shared().run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}); });
}

TEST_CASE("scripts that Redis forgets amid appends are sent again, without an error") {
  std::mutex mutex;
  std::vector<std::string> warnings;
  StoreOptions options;
  options.warn = [&](const std::string& text) {
    const std::lock_guard lock(mutex);
    warnings.push_back(text);
  };
  {
    const auto store = open_store(RedisServer::shared().url_of_new_store(), options);
    publish_through(*store, [] { RedisServer::shared().run({"SCRIPT", "FLUSH"}); });
  }
  CHECK(warnings.empty());
}

TEST_CASE("a write whose answer is lost is stored once, and answered as what became of it") {
  CutWorld world;
  REQUIRE(world.append(1) == StoreStatus::ok);
  for (const auto where : {CuttingProxy::Cut::behind, CuttingProxy::Cut::before}) {
    const std::uint64_t next = ask_open(*world.store, kLobby).state.head + 1;
    world.proxy.cut(where, record_at(next).payload);
    CHECK(world.append(next) == StoreStatus::ok);
  }
  CHECK(world.proxy.cuts() == 2);
  CHECK(sequences_of(*world.store, kLobby, world.epoch) == std::vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE("a write of producers whose answer is lost does not undo what another server has written since") {
  CutWorld world;
  RoomWrite write = write_of(kLobby, world.epoch, 1, 1);
  const std::string url = RedisServer::shared().url("prefix=" + world.prefix);
  const auto other = open_store(url);
  world.proxy.cut(CuttingProxy::Cut::behind, record_at(1).payload, [&] {
    RoomWrite next = write_of(kLobby, world.epoch, 2, 2);
    next.producers = {all_of(producer_of("ann\np", 2, 100))};
    CHECK(ask_append(*other, next) == StoreStatus::ok);
  });
  write.producers = {all_of(producer_of("ann\np", 1, 90))};
  CHECK(ask_append(*world.store, write) == StoreStatus::ok);
  const RoomLogState state = ask_open(*world.store, kLobby).state;
  CHECK(state.head == 2);
  REQUIRE(state.producers.size() == 1);
  CHECK(state.producers[0].expected == 3);
}

TEST_CASE("the memory of Redis is full: a write is refused, nothing of it is stored, and it succeeds when there is room") {
  CutWorld world;
  REQUIRE(world.append(1) == StoreStatus::ok);
  fill_memory();
  CHECK(world.append(2) == StoreStatus::full);
  CHECK(ask_read(*world.store, {kLobby, world.epoch}).records.size() == 1);
  TrimLog trim = trim_of(kLobby, world.epoch);
  trim.before_ms = 1;
  CHECK(ask_trim(*world.store, trim).status == StoreStatus::ok);
  free_memory();
  CHECK(world.append(2) == StoreStatus::ok);
}

TEST_CASE("a write whose answer is lost just before the memory is full is answered as what became of it") {
  CutWorld world;
  REQUIRE(world.append(1) == StoreStatus::ok);
  world.proxy.cut(CuttingProxy::Cut::behind, record_at(2).payload, fill_memory);
  CHECK(world.append(2) == StoreStatus::ok);
  free_memory();
  world.proxy.cut(CuttingProxy::Cut::before, record_at(3).payload, fill_memory);
  CHECK(world.append(3) == StoreStatus::full);
  free_memory();
  CHECK(sequences_of(*world.store, kLobby, world.epoch) == std::vector<std::uint64_t>{1, 2});
  CHECK(world.append(3) == StoreStatus::ok);
}

TEST_CASE("a Redis that does not answer for a while is waited for") {
  const auto store = open_store(RedisServer::shared().url_of_new_store());
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  RedisServer::shared().freeze();
  std::promise<StoreStatus> answer;
  store->append({write_of(kLobby, epoch, 1, 1)}, [&](const auto& statuses) { answer.set_value(statuses.at(0)); });
  RedisServer::shared().resume();
  CHECK(answer.get_future().get() == StoreStatus::ok);
}

TEST_CASE("while Redis is down what was not begun is busy, and everything works when it is back") {
  const auto store = open_store(RedisServer::shared().url_of_new_store());
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  Heads heads;
  const FollowResult follow = store->follow({kLobby, epoch, 0}, heads.wake_up());
  REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 1)) == StoreStatus::ok);
  heads.wait_for_seq(1);
  RedisServer::shared().stop();
  heads.wait_for(StoreStatus::busy);
  CHECK(ask_open(*store, kLobby).status == StoreStatus::busy);
  CHECK(ask_read(*store, {kLobby, epoch}).status == StoreStatus::busy);
  CHECK(ask_trim(*store, trim_of(kLobby, epoch)).status == StoreStatus::busy);
  CHECK(ask_erase(*store, kLobby) == StoreStatus::busy);
  CHECK(ask_append(*store, write_of(kLobby, epoch, 2, 2)) == StoreStatus::busy);
  RedisServer::shared().start();
  heads.wait_for_seq(1);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (ask_append(*store, write_of(kLobby, epoch, 2, 2)) == StoreStatus::busy && std::chrono::steady_clock::now() < end)
    continue;
  heads.wait_for_seq(2);
  CHECK(sequences_of(*store, kLobby, epoch) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a Redis that becomes a replica answers busy, and appends go on when it is a master again") {
  const auto store = open_store(RedisServer::shared().url_of_new_store());
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 1)) == StoreStatus::ok);
  RedisServer::shared().run({"REPLICAOF", "127.0.0.1", "1"});
  CHECK(ask_append(*store, write_of(kLobby, epoch, 2, 2)) == StoreStatus::busy);
  RedisServer::shared().run({"REPLICAOF", "NO", "ONE"});
  StoreStatus status = StoreStatus::busy;
  for (const auto end = std::chrono::steady_clock::now() + kPatience;
       status == StoreStatus::busy && std::chrono::steady_clock::now() < end;)
    status = ask_append(*store, write_of(kLobby, epoch, 2, 2));
  CHECK(status == StoreStatus::ok);
  CHECK(sequences_of(*store, kLobby, epoch) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a write that replicas have to have is answered when they have it, and a master's loss loses nothing then") {
  RedisServer master;
  RedisServer replica({"--replicaof", "127.0.0.1 " + std::to_string(master.port())});
  const auto store = open_store(master.url("wait_replicas=1"));
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 1)) == StoreStatus::ok);
  replica.freeze();
  std::promise<StoreStatus> answer;
  std::future<StoreStatus> answered = answer.get_future();
  store->append({write_of(kLobby, epoch, 2, 2)}, [&](const auto& statuses) { answer.set_value(statuses.at(0)); });
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (ask_read(*store, {kLobby, epoch}).head < 2 && std::chrono::steady_clock::now() < end) continue;
  CHECK(answered.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  replica.resume();
  CHECK(answered.get() == StoreStatus::ok);
  master.crash();
  replica.run({"REPLICAOF", "NO", "ONE"});
  const auto next = open_store(replica.url());
  CHECK(sequences_of(*next, kLobby, epoch) == std::vector<std::uint64_t>{1, 2});
  CHECK(ask_append(*next, write_of(kLobby, epoch, 3, 3)) == StoreStatus::ok);
}

TEST_CASE("a replica that takes over without the last events begins new epochs, and nothing is stored over them") {
  RedisServer master;
  RedisServer replica({"--replicaof", "127.0.0.1 " + std::to_string(master.port())});
  CuttingProxy address(master.port());
  std::uint64_t epoch = 0;
  const auto store = open_store("redis://127.0.0.1:" + std::to_string(address.port()));
  {
    const auto waiting = open_store(master.url("wait_replicas=1"));
    epoch = ask_open(*waiting, kLobby).state.epoch;
    REQUIRE(ask_append(*waiting, write_of(kLobby, epoch, 1, 1)) == StoreStatus::ok);
  }
  replica.run({"REPLICAOF", "NO", "ONE"});
  REQUIRE(ask_append(*store, write_of(kLobby, epoch, 2, 2)) == StoreStatus::ok);
  master.crash();
  address.lead_to(replica.port());
  StoreStatus status = StoreStatus::busy;
  for (const auto end = std::chrono::steady_clock::now() + kPatience;
       status == StoreStatus::busy && std::chrono::steady_clock::now() < end;)
    status = ask_append(*store, write_of(kLobby, epoch, 3, 3));
  CHECK(status == StoreStatus::stale);
  const RoomLogState state = ask_open(*store, kLobby).state;
  CHECK(state.head == 1);
  CHECK(state.epoch != epoch);
}

TEST_CASE("a room whose keys are no store's is damaged, and another room of the same request is not") {
  const std::string url = RedisServer::shared().url_of_new_store();
  const auto store = open_store(url);
  const RoomKey game{"", "game"};
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch, other = ask_open(*store, game).state.epoch;
  const std::string part = RedisKeys(RedisServer::prefix_of(url)).part(kLobby);
  RedisServer::shared().run({"SET", part + ":s:" + RedisKeys::name_of(kLobby), "no stream"});
  CHECK(ask_append_all(*store, {write_of(kLobby, epoch, 1, 1), write_of(game, other, 1, 1)}) ==
        std::vector{StoreStatus::damaged, StoreStatus::ok});
  CHECK(ask_open(*store, kLobby).state.head == 0);
  RedisServer::shared().run({"SET", part + ":m:" + RedisKeys::name_of(kLobby), "no hash"});
  CHECK(ask_open(*store, kLobby).status == StoreStatus::damaged);
  CHECK_THAT(store->damage(), Catch::Matchers::Contains("damage"));
}

}  // namespace
}  // namespace dialogue::testing
