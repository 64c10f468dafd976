// Several servers on one Redis, and a Redis that has lost what was acknowledged.
#include "server/store/redis/redis_store.hpp"

#include <filesystem>
#include <mutex>
#include <thread>

#include "server/store/factory/open_store.hpp"
#include "tests/server/store/support/heads.hpp"
#include "tests/server/store/support/redis_server.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;
using Catch::Matchers::Contains;

namespace {

/// What a store warns of.
class Warnings {
 public:
  [[nodiscard]] StoreOptions options() {
    StoreOptions options;
    options.warn = [this](const std::string& text) {
      const std::lock_guard lock(mutex_);
      all_ += text + "\n";
    };
    return options;
  }
  [[nodiscard]] std::string all() {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::string all_;
};

/// The answer when Redis is back: a connection that was tried meanwhile is tried again after a pause.
StoreStatus append_when_back(Store& store, const RoomWrite& write) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  StoreStatus status = StoreStatus::busy;
  while (status == StoreStatus::busy && std::chrono::steady_clock::now() < end) status = ask_append(store, write);
  return status;
}

/// Two rooms in different parts of a store.
const RoomKey kOther{"acme", "room"};

/// Files of a Redis as of an earlier moment.
class Snapshot {
 public:
  explicit Snapshot(RedisServer& server) : server_(server), copy_(server.directory() + "-copy") {
    server_.stop();
    std::filesystem::copy(server_.directory(), copy_, std::filesystem::copy_options::recursive);
    server_.start();
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot() { std::filesystem::remove_all(copy_); }
  void put_back() {
    server_.stop();
    std::filesystem::remove_all(server_.directory());
    std::filesystem::copy(copy_, server_.directory(), std::filesystem::copy_options::recursive);
    server_.start();
  }

 private:
  RedisServer& server_;
  const std::string copy_;
};

TEST_CASE("of two servers that append to one room of Redis at one position, one is stale and goes on from where the other is") {
  const std::string url = RedisServer::shared().url_of_new_store();
  const auto first = open_store(url), second = open_store(url);
  const std::uint64_t epoch = ask_open(*first, kLobby).state.epoch;
  REQUIRE(ask_open(*second, kLobby).state.epoch == epoch);
  CHECK(ask_append(*first, write_of(kLobby, epoch, 1, 1)) == StoreStatus::ok);
  CHECK(ask_append(*second, write_of(kLobby, epoch, 1, 1)) == StoreStatus::stale);
  CHECK(ask_open(*second, kLobby).state.head == 1);
  CHECK(ask_append(*second, write_of(kLobby, epoch, 2, 2)) == StoreStatus::ok);
}

TEST_CASE("two servers that append to the same rooms of Redis at once make contiguous logs") {
  const std::string url = RedisServer::shared().url_of_new_store();
  const std::vector<RoomKey> rooms = {{"", "a"}, {"", "b"}, {"acme", "a"}};
  constexpr std::uint64_t kEach = 60;
  const auto append_all = [&rooms](Store& store) {
    for (std::uint64_t done = 0; done < kEach;) {
      std::vector<RoomWrite> writes;
      for (const RoomKey& key : rooms) {
        const RoomLogState state = ask_open(store, key).state;
        writes.push_back(write_of(key, state.epoch, state.head + 1, state.head + 1));
      }
      const std::vector<StoreStatus> statuses = ask_append_all(store, writes);
      if (std::count(statuses.begin(), statuses.end(), StoreStatus::ok) > 0) ++done;
    }
  };
  const auto first = open_store(url), second = open_store(url);
  std::thread other([&] { append_all(*second); });
  append_all(*first);
  other.join();
  for (const RoomKey& key : rooms) {
    const RoomLogState state = ask_open(*first, key).state;
    const std::vector<std::uint64_t> stored = sequences_of(*first, key, state.epoch);
    REQUIRE(stored.size() == state.head);
    for (std::size_t i = 0; i < stored.size(); ++i) REQUIRE(stored[i] == i + 1);
  }
}

TEST_CASE("a follower whose messages are lost finds what was written by looking") {
  const std::string url = RedisServer::shared().url_of_new_store();
  const auto writer = open_store(url);
  RedisStore deaf(parse_redis_address(url), {}, false);
  const std::uint64_t epoch = ask_open(*writer, kLobby).state.epoch;
  Heads heads;
  const FollowResult follow = deaf.follow({kLobby, epoch, 0}, heads.wake_up());
  REQUIRE(ask_append(*writer, write_of(kLobby, epoch, 1, 3)) == StoreStatus::ok);
  CHECK(heads.wait_for_seq(3) == LogHead{StoreStatus::ok, epoch, 3});
}

TEST_CASE("a follower whose subscription Redis ends subscribes again, and misses nothing") {
  const std::string url = RedisServer::shared().url_of_new_store();
  const auto writer = open_store(url), follower = open_store(url);
  const std::uint64_t epoch = ask_open(*writer, kLobby).state.epoch;
  Heads heads;
  const FollowResult follow = follower->follow({kLobby, epoch, 0}, heads.wake_up());
  for (std::uint64_t seq = 1; seq <= 3; ++seq) {
    RedisServer::shared().run({"CLIENT", "KILL", "TYPE", "pubsub"});
    REQUIRE(ask_append(*writer, write_of(kLobby, epoch, seq, seq)) == StoreStatus::ok);
    heads.wait_for_seq(seq);
  }
}

TEST_CASE("two tenants with rooms of equal names in Redis have logs, groups and producers of their own") {
  const auto store = open_store(RedisServer::shared().url_of_new_store());
  const RoomKey blue{"blue", "lobby"}, red{"red", "lobby"}, shifted{"", "bluelobby"};
  const std::uint64_t in_blue = ask_open(*store, blue).state.epoch, in_red = ask_open(*store, red).state.epoch;
  CHECK(in_blue != in_red);
  CHECK(RedisKeys::name_of(blue) != RedisKeys::name_of(shifted));
  CHECK(RedisKeys::room_of(RedisKeys::name_of(blue)) == blue);
  RoomWrite write = write_of(blue, in_blue, 1, 3);
  for (LogRecord& record : write.records) record = grouped(record, "tick", 1);
  write.producers = {all_of(producer_of("ann\np", 2, 100))};
  RoomWrite other = write_of(red, in_red, 1, 3);
  other.records[0] = grouped(other.records[0], "tick", 1);
  CHECK(ask_append_all(*store, {write, other}) == std::vector(2, StoreStatus::ok));
  CHECK(sequences_of(*store, blue, in_blue) == std::vector<std::uint64_t>{3});
  CHECK(sequences_of(*store, red, in_red) == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(ask_open(*store, red).state.producers.empty());
  CHECK(ask_append(*store, write_of(red, in_blue, 4, 4)) == StoreStatus::stale);
  REQUIRE(ask_erase(*store, blue) == StoreStatus::ok);
  CHECK(ask_open(*store, red).state.head == 3);
}

TEST_CASE("an older state that is put back under a server gives the rooms that lost events another epoch, and no others") {
  RedisServer server;
  Warnings warnings;
  const auto store = open_store(server.url(), warnings.options());
  REQUIRE(RedisKeys::part_of(kLobby) != RedisKeys::part_of(kOther));
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch, other = ask_open(*store, kOther).state.epoch;
  REQUIRE(ask_append_all(*store, {write_of(kLobby, epoch, 1, 3), write_of(kOther, other, 1, 2)}) ==
          std::vector(2, StoreStatus::ok));
  Snapshot snapshot(server);
  REQUIRE(append_when_back(*store, write_of(kLobby, epoch, 4, 6)) == StoreStatus::ok);
  snapshot.put_back();
  CHECK(append_when_back(*store, write_of(kLobby, epoch, 4, 4)) == StoreStatus::stale);
  const RoomLogState state = ask_open(*store, kLobby).state;
  CHECK(state.epoch != epoch);
  CHECK(state.head == 3);
  CHECK(ask_append(*store, write_of(kLobby, state.epoch, 4, 4)) == StoreStatus::ok);
  CHECK(ask_open(*store, kOther).state.epoch == other);
  CHECK(ask_append(*store, write_of(kOther, other, 3, 3)) == StoreStatus::ok);
  CHECK_THAT(warnings.all(), Contains("lacks events that were acknowledged"));
}

TEST_CASE("a follower is woken of the new epochs of rooms whose history was lost") {
  RedisServer server;
  const auto store = open_store(server.url()), follower = open_store(server.url());
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 1)) == StoreStatus::ok);
  Snapshot snapshot(server);
  REQUIRE(append_when_back(*store, write_of(kLobby, epoch, 2, 2)) == StoreStatus::ok);
  Heads heads;
  const FollowResult follow = follower->follow({kLobby, epoch, 2}, heads.wake_up());
  snapshot.put_back();
  CHECK(append_when_back(*store, write_of(kLobby, epoch, 3, 3)) == StoreStatus::stale);
  CHECK(heads.wait_for_other_epoch(epoch).seq == 1);
}

TEST_CASE("a Redis that lost nothing by a restart keeps its epochs, for servers that run and for one that starts") {
  RedisServer server;
  const auto store = open_store(server.url());
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 2)) == StoreStatus::ok);
  server.crash();
  server.start();
  CHECK(append_when_back(*store, write_of(kLobby, epoch, 3, 3)) == StoreStatus::ok);
  CHECK(ask_open(*open_store(server.url()), kLobby).state.epoch == epoch);
}

TEST_CASE("a server that starts after a restart of a Redis that may have lost events begins new epochs") {
  RedisServer server({"--appendfsync", "everysec"});
  std::uint64_t epoch = 0;
  {
    const auto store = open_store(server.url());
    epoch = ask_open(*store, kLobby).state.epoch;
    REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 2)) == StoreStatus::ok);
  }
  CHECK(ask_open(*open_store(server.url()), kLobby).state.epoch == epoch);
  server.crash();
  server.start();
  Warnings warnings;
  const auto store = open_store(server.url(), warnings.options());
  const RoomLogState state = ask_open(*store, kLobby).state;
  CHECK(state.epoch != epoch);
  CHECK(state.head == 2);
  CHECK_THAT(warnings.all(), Contains("every room begins a new epoch") && Contains("appendfsync is everysec"));
}

TEST_CASE("a Redis that is emptied under a server has another epoch for every room") {
  RedisServer server;
  const auto store = open_store(server.url());
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 2)) == StoreStatus::ok);
  REQUIRE(ask_define(*store, {kLobby, "{}"}) == StoreStatus::ok);
  const KeptList before = ask_list(*store, {KeptKind::room});
  server.run({"FLUSHALL"});
  CHECK(ask_append(*store, write_of(kLobby, epoch, 3, 3)) == StoreStatus::stale);
  const RoomLogState state = ask_open(*store, kLobby).state;
  CHECK(state.epoch != epoch);
  CHECK(state.head == 0);
  CHECK(ask_append(*store, write_of(kLobby, state.epoch, 1, 1)) == StoreStatus::ok);
  CHECK(ask_list(*store, {KeptKind::room}).epoch != before.epoch);
  CHECK(ask_define(*store, {kLobby, "{}"}) == StoreStatus::ok);
}

TEST_CASE("a room's producers in Redis are the same before and after their changes are folded into their rows") {
  const auto store = open_store(RedisServer::shared().url_of_new_store());
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  for (std::uint64_t number = 1; number <= 100; ++number) {
    RoomWrite write = write_of(kLobby, epoch, number, number);
    const ProducerReceipt receipt{number, 1000 + number, static_cast<PayloadHash>(number * 7919), ErrorCode::ok};
    write.producers = {{"ann\np", number + 1, {receipt}, number}};
    write.producers.push_back(all_of(producer_of(std::string(2'000, 'm'), 1, number)));  // so that they are folded several times
    REQUIRE(ask_append(*store, write) == StoreStatus::ok);
  }
  const std::vector<ProducerState> found = ask_open(*store, kLobby).state.producers;
  REQUIRE(found.size() == 2);
  CHECK(found[0].expected == 101);
  CHECK(found[0].receipts.size() == kPublishInFlightMax);
  for (const ProducerReceipt& receipt : found[0].receipts) CHECK(receipt.hash == static_cast<PayloadHash>(receipt.seq * 7919));
}

TEST_CASE("more writes than one call or one round trip takes are stored, each once") {
  const auto store = open_store(RedisServer::shared().url_of_new_store());
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  std::vector<RoomWrite> writes;
  constexpr std::uint64_t kWrites = 700;
  for (std::uint64_t seq = 1; seq <= kWrites; ++seq) {
    writes.push_back(write_of(kLobby, epoch, seq, seq));
    writes.back().records[0].payload = "\"" + std::string(16 << 10, 'x') + "\"";
  }
  CHECK(ask_append_all(*store, writes) == std::vector(kWrites, StoreStatus::ok));
  CHECK(sequences_of(*store, kLobby, epoch).size() == kWrites);
}

TEST_CASE("a store that is closed leaves nothing in Redis but its rooms") {
  const std::string url = RedisServer::shared().url_of_new_store();
  {
    const auto store = open_store(url);
    const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
    REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 2)) == StoreStatus::ok);
  }
  CHECK(RedisServer::shared().run({"KEYS", RedisServer::prefix_of(url) + ":*:w:*"}).size() == 0);
  const auto store = open_store(url);
  REQUIRE(ask_erase(*store, kLobby) == StoreStatus::ok);
  CHECK(RedisServer::shared().run({"KEYS", RedisServer::prefix_of(url) + ":*:s:*"}).size() == 0);
}

}  // namespace
}  // namespace dialogue::testing
