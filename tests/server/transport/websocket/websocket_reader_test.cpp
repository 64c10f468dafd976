// The reader against RFC 6455, section by section, without a socket.
#include "server/transport/websocket/websocket_reader.hpp"

#include <catch2/catch.hpp>

#include "tests/server/transport/websocket/websocket_events.hpp"

using namespace dialogue;
using namespace dialogue::transport;
using namespace dialogue::test;
using Kind = WebSocketEvent::Kind;

namespace {

struct ServerReader : WebSocketReader {
  explicit ServerReader(const WebSocketLimits& limits) : WebSocketReader(Role::server, limits) {}
};

const WebSocketLimits kDefaults;

std::vector<Seen> read(std::string bytes, std::size_t chunk = SIZE_MAX, const WebSocketLimits& limits = kDefaults) {
  ServerReader reader(limits);
  return read_all(reader, std::move(bytes), chunk);
}

Seen text(std::string payload) { return {Kind::text, std::move(payload)}; }
Seen failure(std::uint16_t code) { return {Kind::failure, {}, code}; }

std::string raw(std::initializer_list<int> bytes) {
  std::string out;
  for (const int byte : bytes) out.push_back(static_cast<char>(byte));
  return out;
}

}  // namespace

TEST_CASE("RFC 6455 5.7: the masked example reads as Hello") {
  CHECK(read(raw({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58})) == std::vector{text("Hello")});
}

TEST_CASE("RFC 6455 5.7: a client reads the unmasked and the fragmented example") {
  WebSocketReader reader(WebSocketReader::Role::client, kDefaults);
  CHECK(read_all(reader, raw({0x81, 0x05, 'H', 'e', 'l', 'l', 'o'})) == std::vector{text("Hello")});
  CHECK(read_all(reader, raw({0x01, 0x03, 'H', 'e', 'l', 0x80, 0x02, 'l', 'o'})) == std::vector{text("Hello")});
}

TEST_CASE("RFC 6455 5.1: R-01 a server refuses unmasked frames and a client refuses masked ones") {
  CHECK(read(raw({0x81, 0x05, 'H', 'e', 'l', 'l', 'o'})) == std::vector{failure(1002)});
  WebSocketReader client(WebSocketReader::Role::client, kDefaults);
  CHECK(read_all(client, client_frame(Opcode::text, "Hello")) == std::vector{failure(1002)});
}

TEST_CASE("RFC 6455 5.2: R-01 reserved bits and reserved opcodes fail with 1002 from the first two bytes") {
  for (const int bit : {0x40, 0x20, 0x10}) CHECK(read(raw({0x81 | bit, 0x80})) == std::vector{failure(1002)});
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    CHECK(read(raw({0x80 | opcode, 0x80})) == std::vector{failure(1002)});
}

TEST_CASE("RFC 6455 5.2: lengths at each boundary are read, in any chunking") {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 65535u, 65536u}) {
    std::string payload(size, 'x');
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>('a' + i % 23);
    const std::string frame = client_frame(Opcode::text, payload);
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{4096}, frame.size()})
      CHECK(read(frame, chunk) == std::vector{text(payload)});
  }
}

TEST_CASE("RFC 6455 5.2: a length that is not in its shortest form fails with 1002") {
  CHECK(read(raw({0x81, 0x80 | 126, 0, 125, 0, 0, 0, 0})) == std::vector{failure(1002)});
  CHECK(read(client_head(Opcode::text, 65535)) == std::vector{failure(1002)});
}

TEST_CASE("RFC 6455 5.2: R-03 absurd lengths are refused from the header alone") {
  CHECK(read(client_head(Opcode::text, std::uint64_t{1} << 63)) == std::vector{failure(1002)});
  for (const std::uint64_t size :
       {(std::uint64_t{1} << 63) - 1, (std::uint64_t{1} << 32) + 5, std::uint64_t{kMessageBytesMax} + 1})
    CHECK(read(client_head(Opcode::text, size)) == std::vector{failure(1009)});
}

TEST_CASE("RFC 6455 5.3: the mask continues across chunks of any size") {
  const std::string payload = "0123456789abcdefghijklmnopqrstuvwxyz";
  for (std::size_t chunk = 1; chunk < 44; ++chunk)
    CHECK(read(client_frame(Opcode::text, payload), chunk) == std::vector{text(payload)});
}

TEST_CASE("RFC 6455 5.4: fragments are put together, control frames may stand between them") {
  const std::string bytes = client_frame(Opcode::text, "one ", false) + client_frame(Opcode::ping, "p") +
                            client_frame(Opcode::continuation, "", false) + client_frame(Opcode::continuation, "two");
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{3}, SIZE_MAX})
    CHECK(read(bytes, chunk) == std::vector{Seen{Kind::ping, "p"}, text("one two")});
}

TEST_CASE("RFC 6455 5.4: R-01 an orphan continuation and a message inside a message fail with 1002") {
  CHECK(read(client_frame(Opcode::continuation, "x")) == std::vector{failure(1002)});
  CHECK(read(client_frame(Opcode::text, "x", false) + client_frame(Opcode::text, "y")) == std::vector{failure(1002)});
}

TEST_CASE("RFC 6455 5.4: R-04 the limit holds for the sum of the fragments, as soon as a header passes it") {
  WebSocketLimits limits;
  limits.message_bytes_max = 10;
  const std::string begun = client_frame(Opcode::text, "123456", false);
  CHECK(read(begun + client_frame(Opcode::continuation, "7890"), SIZE_MAX, limits) == std::vector{text("1234567890")});
  CHECK(read(begun + client_frame(Opcode::continuation, "78901").substr(0, 6), SIZE_MAX, limits) == std::vector{failure(1009)});
}

TEST_CASE("RFC 6455 5.4: R-05 more fragments than the limit fail with 1008, even empty ones") {
  std::string bytes = client_frame(Opcode::text, "", false);
  for (std::uint32_t i = 1; i < kDefaults.fragments_max; ++i) bytes += client_frame(Opcode::continuation, "", false);
  CHECK(read(bytes).empty());
  CHECK(read(bytes + client_frame(Opcode::continuation, "", false)) == std::vector{failure(1008)});
}

TEST_CASE("RFC 6455 5.5: R-01 fragmented and long control frames fail with 1002") {
  CHECK(read(client_frame(Opcode::ping, "x", false)) == std::vector{failure(1002)});
  CHECK(read(client_frame(Opcode::close, "", false)) == std::vector{failure(1002)});
  CHECK(read(client_frame(Opcode::ping, std::string(126, 'x'))) == std::vector{failure(1002)});
}

TEST_CASE("RFC 6455 5.5.1: close frames carry nothing, or a permitted code and a UTF-8 reason") {
  const auto close = [](std::string payload) { return read(client_frame(Opcode::close, payload)); };
  CHECK(close("") == std::vector{Seen{Kind::close, "", close_code::kNoStatus}});
  CHECK(close(close_payload(1000, "bye")) == std::vector{Seen{Kind::close, "bye", 1000}});
  CHECK(close(close_payload(4999, "")) == std::vector{Seen{Kind::close, "", 4999}});
  CHECK(close("\x03") == std::vector{failure(1002)});
  CHECK(close(close_payload(1000, "\xff")) == std::vector{failure(1007)});
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    const std::string payload = raw({code >> 8, code & 0xff});
    CHECK(close(payload) == std::vector{failure(1002)});
  }
}

TEST_CASE("RFC 6455 5.5.1: R-15 nothing is handed on after a Close") {
  CHECK(read(client_frame(Opcode::close, "") + client_frame(Opcode::text, "late") + client_frame(Opcode::close, "")) ==
        std::vector{Seen{Kind::close, "", close_code::kNoStatus}});
  CHECK(read(client_frame(Opcode::text, "half", false) + client_frame(Opcode::close, "") +
             client_frame(Opcode::continuation, "late")) == std::vector{Seen{Kind::close, "", close_code::kNoStatus}});
}

TEST_CASE("RFC 6455 5.5.2: R-13 more control frames in a second than the limit fail with 1008") {
  ServerReader reader(kDefaults);
  std::string pings;
  for (std::uint32_t i = 0; i < kDefaults.control_frames_per_second_max; ++i) pings += client_frame(Opcode::ping, "");
  CHECK(read_all(reader, pings, SIZE_MAX, 5000).size() == kDefaults.control_frames_per_second_max);
  CHECK(read_all(reader, pings, SIZE_MAX, 6000).size() == kDefaults.control_frames_per_second_max);
  CHECK(read_all(reader, client_frame(Opcode::pong, ""), SIZE_MAX, 6999) == std::vector{failure(1008)});
}

TEST_CASE("RFC 6455 5.6: R-34 binary frames fail with 1003 from the header, empty texts are delivered") {
  CHECK(read(client_frame(Opcode::binary, "x").substr(0, 2)) == std::vector{failure(1003)});
  CHECK(read(client_frame(Opcode::text, "")) == std::vector{text("")});
}

TEST_CASE("RFC 6455 8.1: R-02 text that is not UTF-8 fails with 1007 wherever it is cut") {
  const std::vector<std::string> invalid = {
      "\x80",         "\xc0\xaf",     "\xc1\xbf",         "\xe0\x80\xaf",     "\xe0\x9f\xbf",
      "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
      "\xff",         "ok\xc3",       "ok\xe2\x82",       "ok\xf0\x9f\x98",   "\xc3(",
      "\xe2(\xa1",    "\xe2\x82(",    "12345678\x80",     "\xf0(\x8c\xbc"};
  for (const std::string& payload : invalid) {
    CHECK(read(client_frame(Opcode::text, payload)) == std::vector{failure(1007)});
    for (std::size_t cut = 0; cut <= payload.size(); ++cut) {
      const std::string fragments = client_frame(Opcode::text, payload.substr(0, cut), false) +
                                    client_frame(Opcode::continuation, payload.substr(cut), false) +
                                    client_frame(Opcode::continuation, "");
      CHECK(read(fragments) == std::vector{failure(1007)});
    }
  }
}

TEST_CASE("RFC 6455 8.1: R-02 characters split over fragments are whole again") {
  const std::string payload = "a\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf";
  for (std::size_t cut = 0; cut <= payload.size(); ++cut)
    CHECK(read(client_frame(Opcode::text, payload.substr(0, cut), false) +
               client_frame(Opcode::continuation, payload.substr(cut))) == std::vector{text(payload)});
}

TEST_CASE("R-05 a message that has begun has a deadline, a finished one has none") {
  ServerReader reader(kDefaults);
  CHECK_FALSE(reader.deadline_ms());
  const std::string frame = client_frame(Opcode::text, "hello");
  CHECK(read_all(reader, frame.substr(0, 1), 1, 1000).empty());
  CHECK(reader.deadline_ms() == 1000 + kDefaults.message_timeout_ms);
  CHECK(read_all(reader, frame.substr(1, 8), 1, 2000).empty());
  CHECK(reader.deadline_ms() == 1000 + kDefaults.message_timeout_ms);
  CHECK(read_all(reader, frame.substr(9), 1, 3000) == std::vector{text("hello")});
  CHECK_FALSE(reader.deadline_ms());

  CHECK(read_all(reader, client_frame(Opcode::text, "h", false), 1, 4000).empty());
  CHECK(read_all(reader, client_frame(Opcode::ping, ""), 1, 5000).size() == 1);
  CHECK(reader.deadline_ms() == 4000 + kDefaults.message_timeout_ms);
}

TEST_CASE("A message that lies whole in the input is handed out in place") {
  ServerReader reader(kDefaults);
  std::string bytes = client_frame(Opcode::text, "hello") + client_frame(Opcode::text, "again");
  std::span<char> input(bytes);
  const auto event = reader.next(input, 0);
  CHECK(event.payload.data() == bytes.data() + 6);
  CHECK(input.size() == 11);
}
