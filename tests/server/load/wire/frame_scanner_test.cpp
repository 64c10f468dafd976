// The bytes are those that server/net's writer makes.
#include "server/load/wire/frame_scanner.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace dialogue;
using namespace dialogue::transport;
using namespace dialogue::load;
using Scanned = ScannedFrame::Verdict;

namespace {

std::string frame_of(Opcode opcode, std::string_view payload, bool is_final = true) {
  std::string bytes;
  append_frame(bytes, opcode, payload, is_final);
  return bytes;
}

}  // namespace

TEST_CASE("payloads of every form of length are found whole") {
  for (const std::size_t size : {0, 1, 125, 126, 65'535, 65'536, 200'000}) {
    const std::string payload(size, 'p'), bytes = frame_of(Opcode::text, payload);
    std::string_view rest = bytes;
    const ScannedFrame frame = take_frame(rest);
    REQUIRE(frame.verdict == Scanned::frame);
    CHECK(frame.payload == payload);
    CHECK(frame.is_final);
    CHECK(rest.empty());
  }
}

TEST_CASE("until a frame is whole more is needed, and nothing is used up") {
  const std::string bytes = frame_of(Opcode::binary, std::string(300, 'b'));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::string_view part = std::string_view(bytes).substr(0, size);
    CHECK(take_frame(part).verdict == Scanned::need_more);
    CHECK(part.size() == size);
  }
}

TEST_CASE("consecutive frames are read one by one, with their kind") {
  const std::string bytes =
      frame_of(Opcode::text, "a", false) + frame_of(Opcode::ping, "p") + frame_of(Opcode::continuation, "b");
  std::string_view rest = bytes;
  const ScannedFrame first = take_frame(rest), second = take_frame(rest), third = take_frame(rest);
  CHECK_FALSE(first.is_final);
  CHECK(second.opcode == Opcode::ping);
  CHECK(third.opcode == Opcode::continuation);
  CHECK(third.payload == "b");
}

TEST_CASE("a reserved bit, a masked frame and a length without measure are violations") {
  for (const std::string& bytes :
       {std::string("\xc1\x01x"), std::string("\x81\x81mask!"), std::string("\x81\x7f\x00\x00\x00\x01\x00\x00\x00\x00", 10)}) {
    std::string_view rest = bytes;
    CHECK(take_frame(rest).verdict == Scanned::violation);
  }
}
