// Ids of push streams: what is written is read back, and nothing else is read.
#include "server/transport/sse/sse_position.hpp"

#include <catch2/catch.hpp>

#include "server/core/util/seeded_random.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::transport {

using namespace core;

TEST_CASE("an id is read back as it was written, within its bound") {
  CHECK(sse_id({}).empty());
  const std::vector<SsePosition> largest(kSseRoomsMax + 1, {kSafeIntegerMax, kSafeIntegerMax});
  CHECK(sse_id(largest).size() <= kSseIdBytesMax);
  SeededRandom random(7);
  for (int i = 0; i < 1000; ++i) {
    std::vector<SsePosition> positions(1 + random.below(kSseRoomsMax));
    for (SsePosition& position : positions) position = {random.below(kSafeIntegerMax), random.below(1ULL << random.below(53))};
    const auto read = read_sse_id(sse_id(positions));
    REQUIRE(read);
    CHECK(read->positions == positions);
    CHECK_FALSE(read->ended);
  }
  CHECK(read_sse_id(sse_id(largest))->positions == largest);
}

TEST_CASE("an id with the end mark is recognized") {
  const auto read = read_sse_id("1z.2-a.0!1z");
  REQUIRE(read);
  CHECK(read->ended == 71u);
  CHECK(read->positions == std::vector<SsePosition>{{71, 2}, {10, 0}});
}

TEST_CASE("the end mark is of one request: its query and its token") {
  const std::uint64_t digest = sse_request_digest("rooms=a", "Bearer x");
  CHECK(sse_request_digest("rooms=a", "Bearer x") == digest);
  for (const auto& [query, token] : {std::pair{"rooms=b", "Bearer x"}, {"rooms=a", "Bearer y"}, {"rooms=a", ""}})
    CHECK(sse_request_digest(query, token) != digest);
  for (const std::uint64_t each : {digest, std::uint64_t{0}, ~std::uint64_t{0}})
    CHECK(read_sse_id("1.1" + sse_end_mark(each))->ended == each);
}

TEST_CASE("an invalid id is not read") {
  for (const char* id : {"1",
                         ".",
                         "1.",
                         ".1",
                         "1.1-",
                         "-1.1",
                         "1.1--1.1",
                         "1.1.1",
                         "A.1",
                         "1.01",
                         "1. 1",
                         "+1.1",
                         "-1.-1",
                         "1.1!!",
                         "1.1!",
                         "!",
                         "1.1!01",
                         "1.1!3w5e11264sgsg",
                         "1.1!A",
                         "2gosa7pa2gw.1",
                         "1.2gosa7pa2gw",
                         "zzzzzzzzzzzzzz.1",
                         "1.1\n",
                         "1,1"}) {
    INFO(id);
    CHECK_FALSE(read_sse_id(id));
  }
  std::string many;
  for (std::size_t i = 0; i < kSseRoomsMax + 2; ++i) many += i == 0 ? "1.1" : "-1.1";
  CHECK_FALSE(read_sse_id(many));
  CHECK_FALSE(read_sse_id(std::string(kSseIdBytesMax + 1, '1')));
}

}  // namespace dialogue::transport
