// Addresses of Redis stores, and that no text shows a password.
#include "server/store/redis/connection/redis_address.hpp"

#include <catch2/catch.hpp>

#include "server/store/factory/open_store.hpp"

namespace dialogue::testing {

using namespace store;
using Catch::Matchers::Contains;

namespace {

std::string redis_refusal(const std::string& url) {
  try {
    static_cast<void>(parse_redis_address(url));
  } catch (const StoreError& error) { return error.what(); }
  return {};
}

TEST_CASE("an address of Redis has defaults for all but its host") {
  const RedisAddress plain = parse_redis_address("redis://redis.example.com");
  CHECK(plain.host == "redis.example.com");
  CHECK(plain.port == 6379);
  CHECK(plain.database == 0);
  CHECK(plain.prefix == "dialogue");
  CHECK_FALSE(plain.is_secure);
  CHECK_FALSE(plain.may_forget);
  const RedisAddress full = parse_redis_address("rediss://ann:a%40b:c@[::1]:7000/3?prefix=chat:1&durability=memory");
  CHECK(full.host == "::1");
  CHECK(full.port == 7000);
  CHECK(full.user == "ann");
  CHECK(full.password == "a@b:c");
  CHECK(full.database == 3);
  CHECK(full.prefix == "chat:1");
  CHECK(full.is_secure);
  CHECK(full.may_forget);
  CHECK(full.shown == "rediss://***@[::1]:7000/3?***");
  CHECK(parse_redis_address("redis://:secret@h/").password == "secret");
}

TEST_CASE("an invalid address of Redis is refused with the reason, which does not show the password") {
  CHECK_THAT(redis_refusal("redis://"), Contains("its host is missing"));
  CHECK_THAT(redis_refusal("redis://h:0"), Contains("its port is not a number from 1 to 65535"));
  CHECK_THAT(redis_refusal("redis://h:65536"), Contains("its port"));
  CHECK_THAT(redis_refusal("redis://[::1"), Contains("a bracket of its host is missing"));
  CHECK_THAT(redis_refusal("redis://h/one"), Contains("its database is not a number"));
  CHECK_THAT(redis_refusal("redis://h?prefix={a}"), Contains("the prefix is not a name"));
  CHECK_THAT(redis_refusal("redis://h?durability=none"), Contains("durability is neither disk nor memory"));
  CHECK(parse_redis_address("redis://h?wait_replicas=2").wait_replicas == 2);
  CHECK_THAT(redis_refusal("redis://h?wait_replicas=17"), Contains("wait_replicas is not a number from 0 to 16"));
  CHECK_THAT(redis_refusal("redis://h?timeout=1"), Contains("it has an unknown option"));
  const std::string text = redis_refusal("redis://ann:hunter2%@h");
  CHECK_THAT(text, Contains("two hexadecimal digits"));
  CHECK(text.find("hunter2") == std::string::npos);
}

}  // namespace
}  // namespace dialogue::testing
