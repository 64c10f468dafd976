// Frames that wait leave as lines, whatever the socket takes of them.
#include "server/transport/tcp/line_writer.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

namespace dialogue::test {

using namespace transport;

namespace {

void push(LineWriter& writer, std::string text, std::uint32_t frames = 1) {
  writer.push_text(std::make_shared<const std::string>(std::move(text)), frames);
}

/// All that waits, taken in pieces of at most `bytes_max` through `parts_max` parts.
std::string take(LineWriter& writer, std::size_t bytes_max, std::size_t parts_max) {
  std::string text;
  while (!writer.empty()) {
    std::vector<iovec> parts(parts_max);
    const std::size_t count = writer.gather(parts);
    REQUIRE(count > 0);
    std::string piece;
    for (std::size_t i = 0; i < count; ++i) piece.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
    piece.resize(std::min(piece.size(), bytes_max));
    writer.consumed(piece.size());
    text += piece;
  }
  return text;
}

}  // namespace

TEST_CASE("each frame is a line, however few bytes are taken at a time") {
  for (const std::size_t bytes : {1, 2, 3, 5, 100})
    for (const std::size_t parts : {2, 3, 8}) {
      LineWriter writer;
      push(writer, "[1]");
      push(writer, "[2]\n[3]", 2);
      push(writer, "[4]");
      CHECK(take(writer, bytes, parts) == "[1]\n[2]\n[3]\n[4]\n");
      CHECK(writer.bytes() == 0);
      push(writer, "[5]");
      CHECK(take(writer, bytes, parts) == "[5]\n");
    }
}

TEST_CASE("what comes while a line is half sent begins a line of its own") {
  LineWriter writer;
  push(writer, "[1]");
  std::array<iovec, 8> parts;
  CHECK(writer.gather(parts) == 2);
  writer.consumed(2);
  push(writer, "[2]");
  CHECK(take(writer, 100, 8) == "]\n[2]\n");
}

TEST_CASE("an empty writer has nothing to send") {
  LineWriter writer;
  std::array<iovec, 8> parts;
  CHECK(writer.empty());
  CHECK(writer.gather(parts) == 0);
}

}  // namespace dialogue::test
