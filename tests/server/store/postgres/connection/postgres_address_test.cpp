// Addresses of PostgreSQL stores, and that no text shows a password.
#include "server/store/postgres/connection/postgres_address.hpp"

#include <catch2/catch.hpp>

#include "server/store/factory/open_store.hpp"

namespace dialogue::testing {

using namespace store;
using Catch::Matchers::Contains;

namespace {

std::string parse_refusal(const std::string& url) {
  try {
    static_cast<void>(parse_postgres_address(url));
  } catch (const StoreError& error) { return error.what(); }
  return {};
}

TEST_CASE("an address is libpq's, and its schema is ours") {
  const PostgresAddress plain = parse_postgres_address("postgres://ann@db:5433/chat?sslmode=require");
  CHECK(plain.url == "postgres://ann@db:5433/chat?sslmode=require");
  CHECK(plain.schema == "dialogue");
  CHECK(parse_postgres_address("postgres://db/chat?schema=blue&sslmode=require").url == "postgres://db/chat?sslmode=require");
  CHECK(parse_postgres_address("postgres://db/chat?sslmode=require&schema=blue").url == "postgres://db/chat?sslmode=require");
  const PostgresAddress alone = parse_postgres_address("postgresql://db/chat?schema=blue_2");
  CHECK(alone.url == "postgresql://db/chat");
  CHECK(alone.schema == "blue_2");
}

TEST_CASE("a schema that is no plain name, and an option that libpq does not know, are refused") {
  for (const std::string name : {"", "Blue", "2", "a-b", "a\"b", "pg_x", "a%20b"})
    CHECK_THAT(parse_refusal("postgres://db/chat?schema=" + name), Contains("the schema is not a name"));
  CHECK_THAT(parse_refusal("postgres://db/chat?colour=blue"), Contains("not a URL of PostgreSQL") && Contains("colour"));
}

TEST_CASE("no text of a refusal shows a password") {
  for (const std::string url : {"postgres://ann:hunter2@db/chat?colour=blue", "postgres://ann:hunter2@[db/chat",
                                "postgres://ann:hunter2@db/chat?password=hunter2&x=1"}) {
    CAPTURE(url);
    CHECK_FALSE(parse_refusal(url).empty());
    CHECK(parse_refusal(url).find("hunter2") == std::string::npos);
  }
  const PostgresAddress address = parse_postgres_address("postgres://ann:hunter2@db/chat");
  CHECK(address.shown == "postgres://***@db/chat");
  CHECK(without_secrets("password \"hunter2\" of " + address.url, address) == "password \"***\" of postgres://***@db/chat");
}

}  // namespace
}  // namespace dialogue::testing
