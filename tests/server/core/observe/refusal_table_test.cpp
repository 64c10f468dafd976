// The counts of refusals keep their bound, and what is new is seen.
#include "server/core/observe/refusal_table.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace dialogue::testing {

using namespace core;

TEST_CASE("a full table of refusals shows what is new, and counts what was refused least recently as other") {
  const CatalogueView catalogue;
  RefusalTable table(catalogue);
  constexpr std::size_t kRooms = 10 * kRefusalRowsMax;
  for (std::size_t i = 0; i < kRooms; ++i)
    table.add("publish", {ErrorCode::forbidden, {}, "$"}, "room-" + std::to_string(i), 1, 1000 + i);
  table.add("join", {ErrorCode::room_full, {}, {}}, "new", kNoEvent, 1);  // the clock was set back
  std::uint64_t count = 0, others = 0;
  const auto rows = table.rows();
  CHECK(rows.size() == kRefusalRowsMax + 1);
  for (const RefusalCount& row : rows) {
    count += row.count;
    if (row.path != kOtherPaths) continue;
    others += row.count;
    CHECK(row.code == ErrorCode::forbidden);
    CHECK(row.request == "publish");
    CHECK(row.room.empty());
  }
  CHECK(count == kRooms + 1);
  CHECK(others == kRooms + 1 - kRefusalRowsMax);
  const auto has_row = [&](const std::string& room) {
    return std::any_of(rows.begin(), rows.end(), [&](const RefusalCount& row) { return row.room == room; });
  };
  CHECK(has_row("new"));
  CHECK(has_row("room-" + std::to_string(kRooms - 1)));
  CHECK_FALSE(has_row("room-0"));
}

}  // namespace dialogue::testing
