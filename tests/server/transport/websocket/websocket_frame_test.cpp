// Masking, heads and Close payloads as bytes.
#include "server/transport/websocket/websocket_frame.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace dialogue::transport;

TEST_CASE("A mask applied twice gives the bytes back, for every length and split") {
  const MaskingKey key = {1, 2, 4, 8};
  for (std::size_t size = 0; size < 40; ++size) {
    std::string plain(size, '\0');
    for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<char>('A' + i);
    std::string naive = plain;
    for (std::size_t i = 0; i < size; ++i) naive[i] = static_cast<char>(naive[i] ^ key[i % 4]);
    for (std::size_t split = 0; split <= size; ++split) {
      std::string masked = plain;
      MaskingKey turning = key;
      apply_mask(std::span(masked).first(split), turning);
      apply_mask(std::span(masked).subspan(split), turning);
      REQUIRE(masked == naive);
    }
  }
}

TEST_CASE("A close payload holds the code in network order and a reason cut between characters") {
  CHECK(close_payload(close_code::kNoStatus, "unused").empty());
  CHECK(close_payload(1000, "bye") == std::string("\x03\xe8") + "bye");
  std::string reason(122, 'x');
  reason += "\xe2\x82\xac";  // would end at byte 125
  CHECK(close_payload(1000, reason).size() == 2 + 122);
  CHECK(close_payload(1000, std::string(200, 'x')).size() == kControlPayloadBytesMax);
}

TEST_CASE("F-X1 a peer that closes with 1000, 1001 or no code ends in order, with any other it does not") {
  for (const int code : {1000, 1001, 1005}) CHECK(is_orderly_close(static_cast<std::uint16_t>(code)));
  for (const int code : {0, 999, 1002, 1003, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 3000, 4000, 4999})
    CHECK_FALSE(is_orderly_close(static_cast<std::uint16_t>(code)));
}

TEST_CASE("Frame heads use the shortest form of the length") {
  std::string frame;
  append_frame(frame, Opcode::text, std::string(125, 'x'));
  CHECK(frame.size() == 2 + 125);
  frame.clear();
  append_frame(frame, Opcode::text, std::string(126, 'x'));
  CHECK(frame.size() == 4 + 126);
  frame.clear();
  append_frame(frame, Opcode::text, std::string(65536, 'x'));
  CHECK(frame.size() == 10 + 65536);
}
