// What an idle connection takes of its shard, counted on the heap without sockets, so that no member of an object that each
// connection has grows it unseen. docs/performance.md has the figure of a whole server.
#include <catch2/catch.hpp>
#include <string>

#include "server/core/connection/connection.hpp"
#include "server/core/connection/fanout.hpp"
#include "tests/heap_bytes.hpp"
#include "tests/sanitized.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

constexpr std::size_t kMembersPerRoom = 10;

/// A shard whose connections do nothing once they have joined a room.
class IdleCrowd {
 public:
  void let_in(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i, ++size_) let_one_in();
  }
  [[nodiscard]] std::size_t size() { return shard_.connection_count(); }

 private:
  void let_one_in() {
    const std::string index = std::to_string(size_), room = std::to_string(size_ / kMembersPerRoom);
    std::string message = R"([1,1,0,0,{"identity":{"userId":"u)" + index + R"("},"producer":{"id":"page-)" + index +
                          R"(","outbox":"memory"}}])" + '\n' + R"([2,1,0,0,0,"game-)" + room + R"(",{}])";
    const ConnectionId id = shard_.apply(ConnectionOpened{}, now_, actions_).opened;
    shard_.apply(MessageReceived{id, message}, now_, actions_);
    answer_store(shard_, store_, now_, actions_);
    actions_.clear();
  }

  std::unique_ptr<ShardConfig> config_ = test_config();
  Shard shard_{*config_, 0, 1, 7};
  MemoryStore store_{7};
  Actions actions_;
  Time now_{1000, kStartUnixMs};
  std::size_t size_ = 0;
};

}  // namespace

TEST_CASE("an idle connection takes at most 1,420 bytes of its shard, its places in room and indexes included", "[timed]") {
  constexpr std::size_t kCount = 2048, kBytesMax = 1420;  // as many as fill blocks and tables
  IdleCrowd crowd;
  crowd.let_in(kCount);
  const std::size_t before = heap_bytes();
  crowd.let_in(kCount);
  REQUIRE(crowd.size() == 2 * kCount);
  const std::size_t each = (heap_bytes() - before) / kCount;
  INFO(each << " bytes for each connection");
  CHECK((kSanitized || each <= kBytesMax));
}

TEST_CASE("the size of a shard's state for a connection and for a membership is constant") {
  CHECK(sizeof(Connection) <= 368);  // 64 of them lie in one block, which allocators round up: 24 KiB
  CHECK(sizeof(Member) <= 96);
  CHECK(sizeof(Membership) <= 48);
}

}  // namespace dialogue::testing
