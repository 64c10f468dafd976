// The writer's bytes are read back by the client's side of our reader, which the reader's own tests hold to the RFC.
#include "server/transport/websocket/websocket_writer.hpp"

#include <catch2/catch.hpp>

#include "tests/server/transport/websocket/websocket_events.hpp"

using namespace dialogue;
using namespace dialogue::core;
using namespace dialogue::transport;
using namespace dialogue::test;
using Kind = WebSocketEvent::Kind;

namespace {

SharedBytes bytes(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

/// What one gathered send of at most `size_max` bytes would take.
std::string take(WebSocketWriter& writer, std::size_t size_max = SIZE_MAX, std::size_t entries_max = 1024) {
  std::vector<iovec> entries(entries_max);
  const std::size_t count = writer.gather(entries);
  std::string sent;
  for (std::size_t i = 0; i < count; ++i) sent.append(static_cast<const char*>(entries[i].iov_base), entries[i].iov_len);
  sent.resize(std::min(sent.size(), size_max));
  writer.consumed(sent.size());
  return sent;
}

std::vector<Seen> decode(const std::string& wire) {
  WebSocketLimits limits;
  limits.message_bytes_max = 1 << 24;
  WebSocketReader reader(WebSocketReader::Role::client, limits);
  return read_all(reader, wire);
}

std::string take_all(WebSocketWriter& writer, std::size_t step = SIZE_MAX) {
  std::string wire;
  while (!writer.empty()) wire += take(writer, step);
  return wire;
}

}  // namespace

TEST_CASE("Texts that wait together become one message, separated by LF") {
  WebSocketWriter writer;
  writer.push_text(bytes("[1]"));
  writer.push_text(bytes("[2]"));
  CHECK(decode(take_all(writer)) == std::vector{Seen{Kind::text, "[1]\n[2]"}});
  CHECK(writer.bytes() == 0);
}

TEST_CASE("The answer to the handshake goes before all frames, as it is") {
  WebSocketWriter writer;
  writer.push_answer("HTTP/1.1 101");
  writer.push_text(bytes("[1]"));
  writer.push_pong("x");
  writer.push_text(bytes("[2]"));
  const std::string wire = take_all(writer, 5);
  REQUIRE(wire.starts_with("HTTP/1.1 101"));
  CHECK(decode(wire.substr(12)) == std::vector{Seen{Kind::text, "[1]"}, Seen{Kind::pong, "x"}, Seen{Kind::text, "[2]"}});
  CHECK(writer.bytes() == 0);
}

TEST_CASE("A message holds at most 16 frames, and 16 KiB when it holds more than one") {
  WebSocketWriter writer;
  for (int i = 0; i < 17; ++i) writer.push_text(bytes("x"));
  auto messages = decode(take_all(writer));
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].payload.size() == 31);
  CHECK(messages[1].payload == "x");

  writer.push_text(bytes(std::string(40'000, 'a')));
  writer.push_text(bytes(std::string(kBatchBytesMax - 2, 'b')));
  writer.push_text(bytes("c"));
  writer.push_text(bytes("d"));
  messages = decode(take_all(writer));
  REQUIRE(messages.size() == 3);
  CHECK(messages[0].payload.size() == 40'000);
  CHECK(messages[1].payload.size() == kBatchBytesMax);
  CHECK(messages[2].payload == "d");
}

TEST_CASE("A text of several frames counts as that number of frames") {
  WebSocketWriter writer;
  writer.push_text(bytes("1\n2\n3\n4\n5\n6\n7\n8\n9\n10"), 10);
  writer.push_text(bytes("11\n12\n13\n14\n15"), 5);
  writer.push_text(bytes("16"));
  writer.push_text(bytes("17"));
  const auto messages = decode(take_all(writer));
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].payload == "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16");
  CHECK(messages[1].payload == "17");
}

TEST_CASE("Control frames keep their place between texts") {
  WebSocketWriter writer;
  writer.push_text(bytes("before"));
  writer.push_control(Opcode::ping, "p");
  writer.push_text(bytes("after"));
  writer.push_control(Opcode::close, close_payload(1000, ""));
  CHECK(decode(take_all(writer)) ==
        std::vector{Seen{Kind::text, "before"}, Seen{Kind::ping, "p"}, Seen{Kind::text, "after"}, Seen{Kind::close, "", 1000}});
}

TEST_CASE("Any number of bytes taken at once gives the same stream") {
  std::string whole;
  for (const std::size_t step : {SIZE_MAX, std::size_t{1}, std::size_t{3}, std::size_t{64}}) {
    WebSocketWriter writer;
    for (int i = 0; i < 40; ++i) {
      writer.push_text(bytes("frame " + std::to_string(i)));
      if (i % 7 == 0) writer.push_control(Opcode::ping, "");
    }
    const std::string wire = take_all(writer, step);
    if (whole.empty()) whole = wire;
    CHECK(wire == whole);
  }
}

TEST_CASE("A text that comes after part of a message was sent starts a message of its own") {
  WebSocketWriter writer;
  writer.push_text(bytes("first"));
  std::string wire = take(writer, 3);
  writer.push_text(bytes("second"));
  wire += take_all(writer);
  CHECK(decode(wire) == std::vector{Seen{Kind::text, "first"}, Seen{Kind::text, "second"}});
}

TEST_CASE("R-13 only the newest unsent pong is kept") {
  WebSocketWriter writer;
  for (int i = 0; i < 1000; ++i) writer.push_pong(std::to_string(i));
  CHECK(writer.bytes() < 200);
  CHECK(decode(take_all(writer)) == std::vector{Seen{Kind::pong, "999"}});

  writer.push_pong("begun");
  std::string wire = take(writer, 1);
  for (int i = 0; i < 10; ++i) writer.push_pong("next");
  wire += take_all(writer);
  CHECK(decode(wire) == std::vector{Seen{Kind::pong, "begun"}, Seen{Kind::pong, "next"}});
}

TEST_CASE("What waits is counted, tiny frames with what they cost") {
  WebSocketWriter writer;
  writer.push_text(bytes(std::string(1000, 'x')));
  CHECK(writer.bytes() >= 1000);
  const std::size_t one = writer.bytes();
  writer.push_text(bytes(""));
  CHECK(writer.bytes() > one);
  (void)take(writer, 500);
  CHECK(writer.bytes() > 1000);  // until the last byte of a frame is gone, the frame is held
  (void)take_all(writer);
  CHECK(writer.bytes() == 0);
}

TEST_CASE("A few entries are gathered at a time when there is room for few") {
  WebSocketWriter writer;
  for (int i = 0; i < 10; ++i) writer.push_text(bytes("x"));
  std::string wire;
  while (!writer.empty()) wire += take(writer, SIZE_MAX, 4);
  std::string joined;
  for (const Seen& message : decode(wire)) joined += message.payload + '\n';
  CHECK(joined == "x\nx\nx\nx\nx\nx\nx\nx\nx\nx\n");
}
