// The store in Redis: a thread that appends everything queued by one script call for each part, two that read, and one that
// follows, with connections of their own. Several servers may have one store: each append is a compare-and-set of the room's
// epoch and head, and who loses is answered `stale` (docs/decisions/329-redis.md).
//
//   RedisStore store(parse_redis_address("redis://redis.example.com"), {});  // throws StoreError
#pragma once
#include <string>

#include "server/store/engine/engine_store.hpp"
#include "server/store/redis/redis_follows.hpp"
#include "server/store/redis/redis_log.hpp"

namespace dialogue::store {

struct RedisEngine {
  using Connection = RedisConnection;
  using Error = RedisError;
  using Log = RedisLog;
  using Reader = RedisReader;
  using Follows = RedisFollows;
  [[nodiscard]] static core::StoreStatus status_of(const Error& error) { return store_status(error); }
  [[nodiscard]] static std::string damage_of(const Error& error) {
    return error.is_damage() ? std::string("Redis reports damage: ") + error.what() : std::string();
  }
};

class RedisStore final : public EngineStore<RedisEngine> {
 public:
  /// `listens` false: for tests, as if every published wake-up were lost.
  RedisStore(const RedisAddress& address, const RedisOptions& options, bool listens = true);

  /// Has Redis rewrite its append-only file without what was deleted. Whether the file has it no longer is not searched.
  void scrub(ScrubQuery query, Done<ScrubReport> done) override;
};

}  // namespace dialogue::store
