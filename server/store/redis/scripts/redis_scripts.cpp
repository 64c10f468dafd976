// See redis_scripts.hpp. A script with a shebang is refused before it begins where memory is full, unless it allows that.
#include "server/store/redis/scripts/redis_scripts.hpp"

#include <string>

namespace dialogue::store {
namespace {

constexpr const char* kProbe = R"lua(
local P = KEYS[1] .. ':probe:'
redis.call('GET', P .. 's') redis.call('SET', P .. 's', '1', 'EX', 60) redis.call('INCR', P .. 's')
redis.call('HSET', P .. 'h', 'a', '1') redis.call('HGET', P .. 'h', 'a') redis.call('HMGET', P .. 'h', 'a')
redis.call('HDEL', P .. 'h', 'b') redis.call('HGETALL', P .. 'h') redis.call('HKEYS', P .. 'h') redis.call('HLEN', P .. 'h')
redis.call('ZADD', P .. 'z', 0, 'a') redis.call('ZRANGE', P .. 'z', 0, 0) redis.call('ZRANGEBYLEX', P .. 'z', '-', '+')
redis.call('ZRANGEBYSCORE', P .. 'z', '-inf', '+inf') redis.call('ZLEXCOUNT', P .. 'z', '-', '+')
redis.call('ZCOUNT', P .. 'z', '-inf', '+inf') redis.call('ZCARD', P .. 'z') redis.call('ZREM', P .. 'z', 'a')
redis.call('RPUSH', P .. 'l', 'a') redis.call('LLEN', P .. 'l') redis.call('LRANGE', P .. 'l', 0, 0)
redis.call('LTRIM', P .. 'l', 1, -1)
redis.call('XADD', P .. 'x', '1-0', 'a', 'b') redis.call('XRANGE', P .. 'x', '-', '+') redis.call('XLEN', P .. 'x')
redis.call('XREVRANGE', P .. 'x', '+', '-') redis.call('XTRIM', P .. 'x', 'MINID', '=', '1-0') redis.call('XDEL', P .. 'x', '1-0')
redis.call('TYPE', P .. 'x') redis.call('EXISTS', P .. 'x')
redis.call('UNLINK', P .. 's', P .. 'h', P .. 'z', P .. 'l', P .. 'x')
redis.call('PUBLISH', KEYS[1] .. ':c', '')
return redis.status_reply('OK')
)lua";

RedisScript reading(const char* body) {
  return RedisScript(std::string("#!lua flags=no-writes\n") + redis_lua::kRooms + redis_lua::kReading + body);
}

/// With more memory than before at its end.
RedisScript adding(const std::string& body) {
  return RedisScript(std::string("#!lua\n") + redis_lua::kRooms + redis_lua::kWriting + body);
}

RedisScript removing(const std::string& body) {
  return RedisScript(std::string("#!lua flags=allow-oom\n") + redis_lua::kRooms + redis_lua::kWriting + body);
}

}  // namespace

const RedisScripts& redis_scripts() {
  static const RedisScripts kScripts{
      .open = reading(redis_lua::kOpen),
      .read = reading(redis_lua::kRead),
      .heads = reading(redis_lua::kHeads),
      .rooms_after = reading(redis_lua::kRoomsAfter),
      .list_kept = reading(redis_lua::kListKept),
      .producers_of_news = reading(redis_lua::kProducersOfNews),
      .old_producers = reading(redis_lua::kOldProducers),
      .user_in_room = reading(redis_lua::kUserInRoom),
      .records = reading(redis_lua::kRecords),
      .others = reading(redis_lua::kOthers),
      .append = adding(redis_lua::kAppend),
      .put_room = adding(redis_lua::kPutRoom),
      .fold = removing(redis_lua::kFold),
      .trim = removing(redis_lua::kTrim),
      .erase = removing(std::string(redis_lua::kKept) + redis_lua::kErase),
      .put_kept = adding(std::string(redis_lua::kKept) + redis_lua::kPutKept),
      .purge_kept = removing(std::string(redis_lua::kKept) + redis_lua::kPurgeKept),
      .erase_records = removing(std::string(redis_lua::kKept) + redis_lua::kEraseRecords),
      .forget = removing(std::string(redis_lua::kKept) + redis_lua::kForget),
      .end_empty = removing(redis_lua::kEndEmpty),
      .settle = removing("return note('N')"),
      .probe = RedisScript(std::string("#!lua\n") + kProbe),
  };
  return kScripts;
}

}  // namespace dialogue::store
