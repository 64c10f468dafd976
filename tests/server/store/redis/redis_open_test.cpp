// How a Redis store is opened, and why it is not.
#include "server/store/redis/redis_open.hpp"

#include <cstdlib>
#include <mutex>
#include <thread>

#include "server/store/factory/open_store.hpp"
#include "server/store/redis/tables/redis_keys.hpp"
#include "tests/server/net/free_port.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/store/support/redis_server.hpp"
#include "tests/server/store/support/store_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;
using Catch::Matchers::Contains;

namespace {

std::string refused(const std::string& url) {
  try {
    static_cast<void>(open_store(url));
  } catch (const StoreError& error) { return error.what(); }
  return {};
}

/// What opening it warns of.
std::string warned(const std::string& url) {
  std::string found;
  std::mutex mutex;
  StoreOptions options;
  options.warn = [&](const std::string& text) {
    const std::lock_guard lock(mutex);
    found += text + "\n";
  };
  static_cast<void>(open_store(url, options));
  return found;
}

/// A setting of the shared Redis, until the end of the object.
class Setting {
 public:
  Setting(std::string name, const std::string& value) : name_(std::move(name)) {
    before_ = RedisServer::shared().run({"CONFIG", "GET", name_})[1].text();
    RedisServer::shared().run({"CONFIG", "SET", name_, value});
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;
  ~Setting() { RedisServer::shared().run({"CONFIG", "SET", name_, before_}); }

 private:
  std::string name_, before_;
};

TEST_CASE("a Redis that would evict rooms is refused by its policy") {
  const std::string url = RedisServer::shared().url_of_new_store();
  const Setting policy("maxmemory-policy", "allkeys-lru");
  CHECK_THAT(refused(url), Contains("maxmemory-policy is allkeys-lru") && Contains("noeviction"));
  CHECK_THROWS_AS(check_store(url), StoreError);
}

TEST_CASE("a Redis that keeps nothing over a restart is refused, unless the address accepts that") {
  const std::string url = RedisServer::shared().url_of_new_store();
  {
    const Setting log("appendonly", "no");
    CHECK_THAT(refused(url), Contains("appendonly is no, and save is empty") && Contains("durability=memory"));
    CHECK(warned(url + "&durability=memory").empty());
    const Setting snapshots("save", "3600 1");
    CHECK_THAT(warned(url), Contains("a crash of Redis loses what came since its last snapshot"));
  }
  CHECK(warned(url).empty());
}

TEST_CASE("a Redis that may lose the last acknowledged events in a crash is warned of") {
  const std::string url = RedisServer::shared().url_of_new_store();
  {
    const Setting sync("appendfsync", "everysec");
    CHECK_THAT(warned(url), Contains("appendfsync is everysec") && Contains("last second"));
  }
  const Setting sync("appendfsync", "no");
  CHECK_THAT(warned(url), Contains("appendfsync is no"));
}

TEST_CASE("a replica and a Redis in cluster mode are refused") {
  RedisServer::shared().run({"REPLICAOF", "127.0.0.1", "1"});
  const std::string replica = refused(RedisServer::shared().url_of_new_store());
  RedisServer::shared().run({"REPLICAOF", "NO", "ONE"});
  CHECK_THAT(replica, Contains("is a replica") && Contains("Use the address of the master"));
  const RedisServer cluster({"--cluster-enabled", "yes", "--cluster-port", std::to_string(test::free_port())});
  CHECK_THAT(refused(cluster.url()), Contains("cluster mode"));
}

TEST_CASE("a master with replicas that no write waits for is warned of") {
  const RedisServer replica({"--replicaof", "127.0.0.1 " + std::to_string(RedisServer::shared().port())});
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (RedisServer::shared().run({"INFO", "replication"}).text().find("state=online") == std::string::npos &&
         std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  CHECK_THAT(warned(RedisServer::shared().url_of_new_store()), Contains("a failover may lose acknowledged events"));
}

TEST_CASE("a Redis that cannot be reached, a missing and a wrong password are refused by name, and no password is shown") {
  CHECK_THAT(refused("redis://127.0.0.1:1"), Contains("the server cannot be reached") && Contains("refused"));
  CHECK_THAT(refused("redis://no-such-host.invalid"), Contains("the host is not found"));
  const RedisServer server({"--requirepass", "se:cret"});
  const std::string place = "127.0.0.1:" + std::to_string(server.port());
  CHECK_THAT(refused("redis://" + place), Contains("a password is needed") && Contains("REDISCLI_AUTH"));
  const std::string wrong = refused("redis://default:hunter2@" + place);
  CHECK_THAT(wrong, Contains("the login is refused"));
  CHECK(wrong.find("hunter2") == std::string::npos);
  CHECK(refused("redis://:se%3Acret@" + place).empty());
}

TEST_CASE("a user without a right is refused by the command that it lacks, and one with the rights of the guide is served") {
  const std::string url = RedisServer::shared().url_of_new_store(), prefix = RedisServer::prefix_of(url);
  const std::string own = "redis://limited:pw@" + url.substr(url.find("//") + 2);
  RedisServer::Arguments rules{"ACL", "SETUSER", "limited", "reset", "on", ">pw", "~" + prefix + ":*", "+@read", "+@connection"};
  rules.insert(rules.end(), {"+info", "+@scripting"});
  RedisServer::shared().run(rules);
  CHECK_THAT(refused(own), Contains("a right is missing") && Contains("+@write"));
  rules.insert(rules.end(), {"+@write", "+@pubsub", "+config|get"});
  RedisServer::shared().run(rules);
  CHECK_THAT(refused(own), Contains("a right is missing") && Contains("&" + prefix + ":*"));
  rules.push_back("&" + prefix + ":*");
  RedisServer::shared().run(rules);
  CHECK(warned(own).empty());
  const auto store = open_store(own);
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  CHECK(ask_append(*store, write_of(kLobby, epoch, 1, 2)) == StoreStatus::ok);
  CHECK(ask_erase(*store, kLobby) == StoreStatus::ok);
}

TEST_CASE("a store of a newer version in Redis is refused by its number") {
  const std::string url = RedisServer::shared().url_of_new_store();
  static_cast<void>(open_store(url));
  RedisServer::shared().run({"HSET", RedisKeys(RedisServer::prefix_of(url)).store(), "version", "99"});
  CHECK_THAT(refused(url), Contains("has version 99") && Contains("newer version of Dialogue"));
  CHECK_THROWS_AS(check_store(url), StoreError);
}

TEST_CASE("stores that start at once on one Redis are one store") {
  const std::string url = RedisServer::shared().url_of_new_store();
  constexpr std::size_t kStores = 4;
  std::vector<std::uint64_t> epochs(kStores);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kStores; ++i)
    threads.emplace_back([&, i] { epochs[i] = ask_open(*open_store(url), kLobby).state.epoch; });
  for (std::thread& thread : threads) thread.join();
  CHECK(epochs == std::vector<std::uint64_t>(kStores, epochs[0]));
}

TEST_CASE("check finds the faults of a Redis and creates nothing") {
  const std::string url = RedisServer::shared().url_of_new_store();
  check_store(url);
  CHECK(RedisServer::shared().run({"KEYS", RedisServer::prefix_of(url) + ":*"}).size() == 0);
  CHECK_THROWS_AS(check_store("redis://127.0.0.1:1"), StoreError);
}

TEST_CASE("a Redis behind TLS is spoken to if its certificate is trusted and names its host, else refused") {
  const test::TemporaryDirectory directory;
  const std::string key = directory.path() + "/key.pem", certificate = directory.path() + "/certificate.pem";
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=redis"
      " -addext subjectAltName=IP:127.0.0.1 -keyout " +
      key + " -out " + certificate + " 2>/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  const int port = test::free_port();
  RedisServer server({"--tls-port", std::to_string(port), "--tls-cert-file", certificate, "--tls-key-file", key,
                      "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no"});
  const std::string place = ":" + std::to_string(port);
  CHECK_THAT(refused("rediss://127.0.0.1" + place), Contains("TLS: self-signed certificate"));
  CHECK_THAT(refused("redis://127.0.0.1" + place), Contains("the server cannot be reached"));
  ::setenv("SSL_CERT_FILE", certificate.c_str(), 1);
  CHECK_THAT(refused("rediss://localhost" + place), Contains("TLS: hostname mismatch"));
  {
    const auto store = open_store("rediss://127.0.0.1" + place);
    const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
    RoomWrite write = write_of(kLobby, epoch, 1, 3);
    write.records[1].payload = "\"" + std::string(600'000, 'x') + "\"";
    CHECK(ask_append(*store, write) == StoreStatus::ok);
    ReadRange range{kLobby, epoch};
    range.bytes_max = 1 << 20;
    const LogPage page = ask_read(*store, range);
    REQUIRE(page.records.size() == 3);
    CHECK(page.records[1].payload == write.records[1].payload);
    server.run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    CHECK(ask_append(*store, write_of(kLobby, epoch, 4, 4)) == StoreStatus::ok);
  }
  ::unsetenv("SSL_CERT_FILE");
}

}  // namespace
}  // namespace dialogue::testing
