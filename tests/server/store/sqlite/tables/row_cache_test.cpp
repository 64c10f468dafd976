// Numbers of rows that are known: asked for once, per room, until forgotten or until there are too many.
#include "server/store/sqlite/tables/row_cache.hpp"

#include <catch2/catch.hpp>

namespace dialogue::store {

TEST_CASE("a row's number is asked for once, and belongs to its room") {
  RowCache rows;
  int asked = 0;
  const auto ask = [&asked] { return static_cast<std::uint64_t>(10 * ++asked); };
  CHECK(rows.find(1, "a") == nullptr);
  CHECK(rows.number(1, "a", ask) == 10);
  ++rows.number(1, "a", ask);
  CHECK(*rows.find(1, "a") == 11);
  CHECK(rows.number(2, "a", ask) == 20);
  CHECK(rows.number(1, "b", ask) == 30);
  rows.forget(1, "a");
  rows.forget(1, "never known");
  CHECK(rows.find(1, "a") == nullptr);
  CHECK(*rows.find(2, "a") == 20);
  rows.forget();
  CHECK(rows.find(2, "a") == nullptr);
}

TEST_CASE("R-56 the cache is bounded: one row too many, and all are read again") {
  RowCache rows;
  const auto ask = [] { return std::uint64_t{7}; };
  for (std::size_t i = 0; i < RowCache::kRowsMax; ++i) static_cast<void>(rows.number(1, std::to_string(i), ask));
  CHECK(rows.find(1, "0") != nullptr);
  CHECK(rows.number(1, "one more", ask) == 7);
  CHECK(rows.find(1, "0") == nullptr);
  CHECK(rows.find(1, "one more") != nullptr);
}

}  // namespace dialogue::store
