// Packets and payloads of Engine.IO, and what the query of a request asks for.
#include "server/transport/engineio/engine_packet.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "server/transport/engineio/engine_writer.hpp"

namespace dialogue::transport {
namespace {

/// "type:data" of each packet, "b:data" of bytes; "!" at the end of what is no payload.
std::vector<std::string> packets(std::string_view body) {
  std::vector<std::string> all;
  EnginePayloadReader reader(body);
  while (reader.next()) {
    const EnginePacket& packet = reader.packet();
    const std::string type = reader.binary() ? "b" : std::to_string(static_cast<int>(packet.type));
    all.push_back(type + ":" + std::string(packet.data));
  }
  if (reader.failed()) all.emplace_back("!");
  return all;
}

core::SharedBytes shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

}  // namespace

TEST_CASE("an Engine.IO payload is taken apart at its separators, bytes in base64 among text") {
  CHECK(packets("4hello") == std::vector<std::string>{"4:hello"});
  CHECK(packets("4a\x1e"
                "2\x1e"
                "bAQIDBA==\x1e"
                "4") == std::vector<std::string>{"4:a", "2:", "b:\x01\x02\x03\x04", "4:"});
}

TEST_CASE("P-32 bytes whose base64 begins like a packet are bytes") {
  CHECK(packets("b4AAA") == std::vector<std::string>{std::string("b:\xe0\x00\x00", 5)});
}

TEST_CASE("an invalid Engine.IO payload is refused at its first invalid byte") {
  CHECK(packets("") == std::vector<std::string>{"!"});
  CHECK(packets("abc") == std::vector<std::string>{"!"});
  CHECK(packets("4a\x1e") == std::vector<std::string>{"4:a", "!"});
  CHECK(packets("4a\x1e\x1e"
                "4b") == std::vector<std::string>{"4:a", "!"});
  CHECK(packets("b***") == std::vector<std::string>{"!"});
  CHECK(packets("7") == std::vector<std::string>{"!"});
}

TEST_CASE("a thousand small packets are one payload, and come out again as one") {
  EngineWriter writer;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const bool is_binary = i % 10 == 0;
    const std::string bytes = std::to_string(i);
    is_binary ? writer.push_binary(shared(bytes)) : writer.push_text(shared("4" + bytes));
    expected += (is_binary ? "b:" : "4:") + bytes + "|";
  }
  const std::string payload = writer.take_payload(1'000'000);
  CHECK(writer.empty());
  std::string taken;
  for (const std::string& each : packets(payload)) taken += each + "|";
  CHECK(taken == expected);
}

TEST_CASE("a payload has as many bytes as it may, and one packet at least") {
  EngineWriter writer;
  for (const char* text : {"4aaaaaaaaaa", "4b", "4c"}) writer.push_text(shared(text));
  writer.push_binary(shared(""));
  CHECK(writer.take_payload(4) == "4aaaaaaaaaa");
  CHECK(writer.take_payload(5) ==
        "4b\x1e"
        "4c");
  CHECK(writer.take_payload(5) == "b");
  CHECK(writer.empty());
  CHECK(writer.bytes() == 0);
}

TEST_CASE("packets that waited for a poll leave on a WebSocket in their order, each as a message") {
  EngineWriter waiting, socket;
  waiting.push_text(shared("4a"));
  waiting.push_binary(shared("\x01"));
  waiting.push_text(shared("4b"));
  waiting.move_to(socket);
  CHECK(waiting.empty());
  std::array<iovec, 16> parts;
  std::string bytes;
  for (std::size_t i = 0, count = socket.gather(parts); i < count; ++i)
    bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  CHECK(bytes == std::string("\x81\x02"
                             "4a\x82\x01\x01\x81\x02"
                             "4b"));
}

TEST_CASE("a query says version, transport and session, whatever else it says") {
  const EngineQuery query = read_engine_query("EIO=4&transport=polling&t=abc&sid=a%62c&sid=other&x");
  CHECK(query.version == "4");
  CHECK(query.transport == "polling");
  CHECK(query.sid == "abc");
  CHECK_FALSE(query.names_no_session);
  CHECK(read_engine_query("").transport.empty());
}

TEST_CASE("F-X5 a sid that can be no session's is not the same as none") {
  for (const std::string& sid : {std::string(129, 'a'), std::string(1000, 'a'), std::string("a%"), std::string("%zz")}) {
    CHECK(read_engine_query("EIO=4&sid=" + sid).names_no_session);
    CHECK(read_engine_query("sid=" + sid + "&sid=abc").names_no_session);  // the first one counts
  }
  for (const std::string& sid : {std::string(), std::string(128, 'a'), std::string("%61")})
    CHECK_FALSE(read_engine_query("sid=" + sid).names_no_session);
}

TEST_CASE("the handshake has the session's id and the limits for the client") {
  EngineLimits limits;
  limits.ping_interval_ms = 300;
  limits.ping_timeout_ms = 200;
  limits.payload_bytes_max = 1'000'000;
  CHECK(engine_open_packet("s", limits, true) ==
        R"(0{"sid":"s","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000})");
  CHECK(engine_fault_text(EngineFault::session_unknown) == R"({"code":1,"message":"Session ID unknown"})");
}

}  // namespace dialogue::transport
