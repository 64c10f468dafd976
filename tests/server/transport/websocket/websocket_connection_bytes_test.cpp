// What an idle WebSocket takes beside its shard's part: the object, and nothing that its opening has needed.
#include <catch2/catch.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "server/transport/websocket/websocket_connection.hpp"
#include "tests/heap_bytes.hpp"
#include "tests/sanitized.hpp"

namespace dialogue::transport {
namespace {

using testing::heap_bytes;
using testing::kSanitized;

void send_all(WebSocketWriter& writer) {
  std::array<iovec, 64> parts;
  while (!writer.empty()) {
    const std::size_t count = writer.gather(parts);
    for (std::size_t i = 0; i < count; ++i) writer.consumed(parts[i].iov_len);
  }
}

}  // namespace

TEST_CASE("the object of a WebSocket keeps its size: with its count of owners, five cache lines") {
  constexpr std::size_t kOwnersBytes = 16;
  CHECK(sizeof(WebSocketConnection) + kOwnersBytes <= 320);
}

TEST_CASE("a queue whose opening has been sent holds nothing, until something else is sent", "[timed]") {
  const auto text = std::make_shared<const std::string>("[33,1,0,0,30000,1700000000000,0,{}]");
  std::vector<WebSocketWriter> writers(1000);
  const std::size_t before = heap_bytes();
  for (WebSocketWriter& writer : writers) {
    writer.push_answer("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    writer.push_text(text);
    writer.push_text(text);
    send_all(writer);
  }
  CHECK((kSanitized || (heap_bytes() - before) / writers.size() < 8));
}

}  // namespace dialogue::transport
