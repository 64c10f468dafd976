// See redis_store.hpp.
#include "server/store/redis/redis_store.hpp"

#include <memory>
#include <utility>

namespace dialogue::store {
namespace {

/// Checks and creates what the connections of the store's threads find then.
RedisFollows::Settings opened(const RedisAddress& address, const RedisOptions& options, bool listens) {
  open_redis(address, options);
  return {address, options.warn, listens};
}

}  // namespace

RedisStore::RedisStore(const RedisAddress& address, const RedisOptions& options, bool listens)
    : EngineStore(
          [address] { return connect_to_store(address); }, options.warn,
          std::make_unique<RedisFollows>(opened(address, options, listens)),
          [&](EngineLogCallbacks callbacks) { return std::make_unique<RedisLog>(address, options, std::move(callbacks)); }) {}

void RedisStore::scrub(ScrubQuery query, Done<ScrubReport> done) {
  static_cast<void>(query);
  push_read<ScrubReport>(ReadKind::history, "scrub", std::move(done), [](RedisReader& reader) {
    reader.rewrite_files();
    return ScrubReport{};
  });
}

}  // namespace dialogue::store
