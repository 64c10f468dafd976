// See redis_open.hpp.
#include "server/store/redis/redis_open.hpp"

#include <chrono>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "server/store/redis/scripts/redis_scripts.hpp"
#include "server/store/redis/tables/redis_keys.hpp"
#include "server/store/store_error.hpp"

namespace dialogue::store {
namespace {

constexpr int kVersionMin = 7;
constexpr std::uint64_t kStoreVersion = 1;  ///< of the keys and what is in them
constexpr std::chrono::seconds kLoadingWait{10};
constexpr std::chrono::milliseconds kLoadingPause{100};

std::string random_text() {
  std::random_device device;
  return std::to_string((std::uint64_t{device()} << 32) | device());
}

[[noreturn]] void refuse(const RedisAddress& address, const RedisError& error) {
  const std::string why = std::string("Redis answers \"") + error.what() + "\".";
  if (error.code() == "NOAUTH")
    throw StoreError(address.shown, "a password is needed: " + why, "Set REDISCLI_AUTH, or put user and password into the URL.");
  if (error.code() == "WRONGPASS")
    throw StoreError(address.shown, "the login is refused: " + why, "Check the user and its password.");
  if (error.code() == "NOPERM" || error.is_damage())
    throw StoreError(address.shown, "a right is missing, or keys are not a store's: " + why,
                     "Give the user these rights: ~" + address.prefix + ":* &" + address.prefix +
                         ":* +@read +@write +@scripting +@connection +@pubsub +info +config|get, with wait_replicas +wait, too.");
  if (error.code() == "OOM")
    throw StoreError(address.shown, "the memory is full: " + why, "Raise maxmemory, or delete other data.");
  if (error.is_connection_lost())
    throw StoreError(address.shown, std::string("the server cannot be reached: ") + error.what() + ".",
                     "Check that Redis runs and is reachable from here.");
  throw StoreError(address.shown, "the store cannot be opened: " + why, "Check that Redis accepts writes.");
}

std::string info_value(std::string_view info, std::string_view name) {
  for (std::size_t at = info.find(name); at != std::string_view::npos; at = info.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at != 0 && info[at - 1] != '\n') || end >= info.size() || info[end] != ':') continue;
    return std::string(info.substr(end + 1, info.find('\r', end) - end - 1));
  }
  return {};
}

/// Returns a setting of Redis; no value if Redis does not reveal it.
std::optional<std::string> setting(RedisConnection& connection, const char* name) {
  try {
    const RedisAnswer answer = connection.run({"CONFIG", "GET", name});
    if (answer.size() == 2) return answer[1].text();
  } catch (const RedisError& error) {
    if (error.is_connection_lost()) throw;
  }
  return std::nullopt;
}

void warn(const RedisOptions& options, const std::string& text) {
  if (options.warn) options.warn(text);
}

void check_kind(const RedisAddress& address, RedisConnection& connection) {
  const std::string server = connection.run({"INFO", "server"}).text(), version = info_value(server, "redis_version");
  if (std::atoi(version.c_str()) < kVersionMin)
    throw StoreError(address.shown, "this is Redis " + version + ".", "Use version 7 or newer.");
  if (info_value(server, "redis_mode") == "cluster")
    throw StoreError(address.shown, "this Redis is in cluster mode (cluster-enabled yes).",
                     "Use a Redis that is not a cluster: cluster mode is not supported.");
  if (redis_info(connection, "replication", "role") != "master")
    throw StoreError(address.shown, "this Redis is a replica, which accepts no writes.", "Use the address of the master.");
  const std::string policy = redis_info(connection, "memory", "maxmemory_policy");
  if (policy != "noeviction")
    throw StoreError(address.shown, "maxmemory-policy is " + policy + ": Redis would delete rooms when its memory is full.",
                     "Set it: CONFIG SET maxmemory-policy noeviction, and in redis.conf.");
}

/// Whether each acknowledged write is on a disk.
bool check_durability(const RedisAddress& address, RedisConnection& connection, const RedisOptions& options) {
  const bool has_log = redis_info(connection, "persistence", "aof_enabled") == "1";
  const std::optional<std::string> sync = setting(connection, "appendfsync"), snapshots = setting(connection, "save");
  if (!has_log && snapshots && snapshots->empty() && !address.may_forget)
    throw StoreError(address.shown, "this Redis keeps nothing over a restart: appendonly is no, and save is empty.",
                     "Set appendonly yes, or add durability=memory to the URL if rooms may be lost.");
  if (!has_log && !address.may_forget)
    warn(options, "appendonly is no: a crash of Redis loses what came since its last snapshot, and rooms begin new epochs then");
  if (has_log && (!sync || *sync == "everysec"))
    warn(options,
         "appendfsync is everysec: a crash of Redis' machine may lose the acknowledged events of the last second or two");
  if (has_log && sync && *sync == "no")
    warn(options, "appendfsync is no: a crash of Redis' machine may lose acknowledged events of the last half a minute");
  if (address.wait_replicas == 0 && redis_info(connection, "replication", "connected_slaves") != "0" &&
      setting(connection, "min-replicas-to-write") == "0")
    warn(options, "there are replicas, and no write waits for one: a failover may lose acknowledged events of the last moments");
  return has_log && sync == "always";
}

void check_version(const RedisAddress& address, RedisConnection& connection) {
  const RedisAnswer version = connection.run({"HGET", RedisKeys(address.prefix).store(), "version"});
  if (!version.is_nil() && version.number() > kStoreVersion)
    throw StoreError(
        address.shown,
        "the store has version " + version.text() + ", and this program knows " + std::to_string(kStoreVersion) + ".",
        "Use the newer version of Dialogue that has written it.");
}

/// A server that starts at the same time as this one is waited for.
std::unique_ptr<RedisConnection> connect_at_start(const RedisAddress& address) {
  const auto end = std::chrono::steady_clock::now() + kLoadingWait;
  for (;;) {
    try {
      auto connection = std::make_unique<RedisConnection>(address);
      if (redis_info(*connection, "persistence", "loading") != "1" || std::chrono::steady_clock::now() >= end) return connection;
    } catch (const RedisError& error) {
      if (error.code() != "LOADING" || std::chrono::steady_clock::now() >= end) refuse(address, error);
    }
    std::this_thread::sleep_for(kLoadingPause);
  }
}

RedisConnection::Command command_of(std::string_view name, const std::vector<std::string>& arguments) {
  RedisConnection::Command command{name};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

std::vector<std::string> identity_keys(const RedisKeys& keys) {
  std::vector<std::string> found{keys.kept() + ":id"};
  for (std::size_t part = 0; part < kRedisParts; ++part) found.push_back(keys.part(part) + ":id");
  return found;
}

void set_all(RedisConnection& connection, const std::vector<std::string>& names, const std::string& value, bool only_missing) {
  std::vector<RedisConnection::Command> commands;
  for (const std::string& name : names) {
    commands.push_back({"SET", name, value});
    if (only_missing) commands.back().emplace_back("NX");
  }
  for (const RedisAnswer& each : connection.run_all(commands)) connection.check(each);
}

/// Sets the identity of parts that lack one; writes nothing if each has one.
void add_identities(RedisConnection& connection, const std::string& seed) {
  const std::vector<std::string> names = identity_keys(RedisKeys(connection.prefix()));
  const RedisAnswer there = connection.run(command_of("MGET", names));
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (there[i].is_nil()) missing.push_back(names[i]);
  set_all(connection, missing, seed, true);
}

/// Notes the run of Redis. After a restart of Redis, earlier writers cannot detect whether it lacks records, so it may lack some.
void note_run(RedisConnection& connection, bool keeps_all, const RedisOptions& options) {
  const std::string store = RedisKeys(connection.prefix()).store(), run = redis_info(connection, "server", "run_id");
  const RedisAnswer known = connection.run({"HGET", store, kRedisRunField});
  if (!known.is_nil() && known.bytes() != run && !keeps_all) {
    set_all(connection, identity_keys(RedisKeys(connection.prefix())), random_text(), false);
    warn(options,
         "Redis was restarted since a server last used it, and may have lost acknowledged events: every room begins a new epoch");
  }
  connection.run({"HSET", store, kRedisRunField, run, "version", std::to_string(kStoreVersion)});
}

}  // namespace

std::string redis_info(RedisConnection& connection, const char* section, std::string_view name) {
  return info_value(connection.run({"INFO", section}).bytes(), name);
}

void open_redis(const RedisAddress& address, const RedisOptions& options) {
  const auto connection = connect_at_start(address);
  try {
    check_kind(address, *connection);
    const bool keeps_all = check_durability(address, *connection, options);
    check_version(address, *connection);
    connection->run(RedisCall{&redis_scripts().probe, {RedisKeys(address.prefix).kept()}, {}});
    add_identities(*connection, options.seed ? std::to_string(*options.seed) : random_text());
    note_run(*connection, keeps_all, options);
  } catch (const RedisError& error) { refuse(address, error); }
}

void check_redis(const RedisAddress& address) {
  const auto connection = connect_at_start(address);
  try {
    check_kind(address, *connection);
    static_cast<void>(check_durability(address, *connection, {}));
    check_version(address, *connection);
  } catch (const RedisError& error) { refuse(address, error); }
}

std::unique_ptr<RedisConnection> connect_to_store(const RedisAddress& address) {
  auto connection = std::make_unique<RedisConnection>(address);
  add_identities(*connection, random_text());
  return connection;
}

}  // namespace dialogue::store
