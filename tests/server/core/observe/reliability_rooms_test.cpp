// What is counted of rooms does not grow with their number: fixed rings and tables, and nothing by room.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/sanitized.hpp"
#include "tests/server/core/support/cluster.hpp"
#include "tests/share_of.hpp"

namespace dialogue::testing {
namespace {

constexpr std::uint64_t kRoomsInAll = 1'000'000;
constexpr std::uint64_t kParts = 10;
constexpr std::size_t kGrowthMax = 4 * 1024 * 1024;  // pages that the allocator keeps for the next room

std::size_t memory_of_process() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// Somebody comes, joins these rooms one after the other, publishes in each, and goes.
void pass_through(Cluster& cluster, std::uint64_t first, std::uint64_t count) {
  Client visitor = cluster.greeted("visitor");
  for (std::uint64_t i = first; i < first + count; ++i) {
    const Joined room = visitor.join("game-" + std::to_string(i));
    visitor.publish(room.room, kMove, 0, "[1,2]");
    visitor.send(frame({FrameType::leave, 5, room.room}));
    static_cast<void>(visitor.take());
  }
  visitor.vanish();
}

}  // namespace

TEST_CASE("R-116 a million rooms that come and go leave nothing behind, in the logs or in what is counted", "[timed]") {
  Cluster cluster(1);
  const std::uint64_t part = share_of(kRoomsInAll) / kParts;
  const auto forget = [&] {
    for (std::uint64_t ms = 0; ms < 2 * cluster.config().limits.memory_log_kept_ms; ms += kPingReplyTimeoutMs)
      cluster.advance(kPingReplyTimeoutMs);
  };
  std::uint64_t next = 0;
  const auto round = [&] {
    pass_through(cluster, next, part);
    next += part;
    forget();
  };
  round();
  round();  // what the allocator keeps is there
  const std::size_t before = memory_of_process();
  while (next < kParts * part) round();
  CHECK(cluster.memory_bytes() == 0);
  if (!kSanitized) CHECK(memory_of_process() < before + kGrowthMax);
}

}  // namespace dialogue::testing
