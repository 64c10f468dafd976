// The blocks of an event stream, in pieces of any size.
#include <catch2/catch.hpp>

#include "server/doctor/wire/event_blocks.hpp"

namespace dialogue::doctor {
namespace {

constexpr std::string_view kStream =
    ":   \nretry: 3000\n\nevent: dialogue.open\ndata: {\"a\":1}\n\n: heartbeat\n\nid: 3\ndata: [44,5]\n\n";

TEST_CASE("comments and ids are ignored, and each block with data arrives once") {
  EventBlocks blocks;
  const auto first = blocks.next(kStream);
  REQUIRE(first);
  CHECK(first->type == "dialogue.open");
  CHECK(first->data == "{\"a\":1}");
  const auto second = blocks.next(kStream);
  REQUIRE(second);
  CHECK(second->type.empty());
  CHECK(second->data == "[44,5]");
  CHECK_FALSE(blocks.next(kStream));
}

TEST_CASE("a stream that comes byte by byte has the same blocks") {
  EventBlocks blocks;
  std::string seen;
  for (std::size_t size = 0; size <= kStream.size(); ++size)
    while (const auto block = blocks.next(kStream.substr(0, size))) seen += block->data + ";";
  CHECK(seen == "{\"a\":1};[44,5];");
}

}  // namespace
}  // namespace dialogue::doctor
