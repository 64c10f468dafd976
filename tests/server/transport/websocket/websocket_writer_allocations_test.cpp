// Sending costs no heap for a message: counted by replacing this program's operator new.
#include <catch2/catch.hpp>

#include <array>

#include "server/transport/websocket/websocket_writer.hpp"
#include "tests/server/allocation_count.hpp"

namespace dialogue::transport {
namespace {

/// How many allocations a turn takes in which so many texts are sent, after one that was like it.
std::size_t allocations_of_turn(std::size_t texts) {
  const auto text = std::make_shared<const std::string>("[36,1,1,1,1700000000000,\"ann\",0,{\"text\":\"hi\"}]");
  WebSocketWriter writer;
  std::array<iovec, 1024> entries;
  std::size_t before = 0;
  for (int turn = 0; turn < 2; ++turn) {
    before = testing::allocation_count;
    for (std::size_t i = 0; i < texts; ++i) writer.push_text(text);
    while (!writer.empty()) {
      std::size_t bytes = 0;
      const std::size_t count = writer.gather(entries);
      for (std::size_t i = 0; i < count; ++i) bytes += entries[i].iov_len;
      writer.consumed(bytes);
    }
  }
  return testing::allocation_count - before;
}

}  // namespace

TEST_CASE("a turn with a few texts for a connection takes no allocation, and a burst a few for all of it") {
  CHECK(allocations_of_turn(1) == 0);
  CHECK(allocations_of_turn(4) == 0);
  const std::size_t for_burst = allocations_of_turn(1000);
  CHECK(for_burst > 0);  // the counting works
  CHECK(for_burst <= 16);
}

}  // namespace dialogue::transport
