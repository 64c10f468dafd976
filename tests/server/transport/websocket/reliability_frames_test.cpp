// Hostile WebSocket frames against a whole server, while an honest client is served: the transport cases of reliability.md.
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "tests/server/support/test_server.hpp"

using namespace dialogue;
using namespace dialogue::host;
using namespace dialogue::net;
using namespace dialogue::transport;
using namespace dialogue::test;
using Kind = WebSocketEvent::Kind;

namespace {

/// The server's answer to an attack: the code of its Close, and that it then closed.
std::uint16_t close_code_after(TestClient& client, std::string_view bytes) {
  client.send(bytes);
  const std::uint16_t code = client.next_close();
  CHECK(client.next().kind == Kind::need_more);
  return code;
}

std::uint16_t close_code_after(std::uint16_t port, std::string_view bytes, std::string_view fields = "") {
  TestClient client(port);
  client.upgrade(fields);
  return close_code_after(client, bytes);
}

/// An attack from inside: a greeted member of the room.
std::uint16_t close_code_in_room(std::uint16_t port, std::string_view bytes) {
  HonestClient member(port, "mallory");
  return close_code_after(member.client(), bytes);
}

std::string publish_text(const HonestClient& member, std::string_view payload) {
  return "[4," + member.room() + ",1,1,0," + std::string(payload) + "]";
}

/// No event but the honest client's own came to it.
void require_undisturbed(HonestClient& honest) {
  honest.require_served();
  for (const std::string& frame : honest.others)
    if (frame.starts_with("[36,")) CHECK(frame.find("round trip") != std::string::npos);
}

}  // namespace

TEST_CASE("R-01 frames that break RFC 6455 end the connection with 1002 and are never handed on") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  const std::string event = publish_text(honest, "\"smuggled\"");
  std::string unmasked, reserved_bit = client_frame(Opcode::text, event);
  append_frame(unmasked, Opcode::text, event);
  reserved_bit[0] = static_cast<char>(reserved_bit[0] | 0x20);
  std::vector<std::string> attacks = {unmasked,
                                      reserved_bit,
                                      client_frame(Opcode::continuation, event),
                                      client_frame(Opcode::text, event, false) + client_frame(Opcode::text, event),
                                      client_frame(Opcode::ping, "x", false),
                                      client_frame(Opcode::ping, std::string(126, 'x')),
                                      client_frame(Opcode::close, "x"),
                                      client_frame(Opcode::close, close_payload(5000, ""))};
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    attacks.push_back(client_frame(static_cast<Opcode>(opcode), event));
  for (const std::string& attack : attacks) {
    CHECK(close_code_after(server.port(), attack) == 1002);
    CHECK(close_code_in_room(server.port(), attack) == 1002);
    require_undisturbed(honest);
  }
}

TEST_CASE("R-02 text that is not UTF-8 ends the connection with 1007 and is not delivered") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  for (const std::string bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2\x82"}) {
    const std::string event = publish_text(honest, "\"" + std::string(bad) + "\"");
    CHECK(close_code_in_room(server.port(), client_frame(Opcode::text, event)) == 1007);
    const std::size_t cut = event.find(bad) + 1;
    CHECK(close_code_in_room(server.port(), client_frame(Opcode::text, event.substr(0, cut), false) +
                                                client_frame(Opcode::continuation, event.substr(cut))) == 1007);
  }
  const std::string cut_off = publish_text(honest, "\"x\"") + "\xe2\x82";
  CHECK(close_code_in_room(server.port(), client_frame(Opcode::text, cut_off, false) + client_frame(Opcode::continuation, "")) ==
        1007);
  require_undisturbed(honest);
}

TEST_CASE("R-03 absurd lengths are refused from the header alone, without memory", "[timed]") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  const std::vector<std::pair<std::uint64_t, std::uint16_t>> lengths = {{std::uint64_t{1} << 63, 1002},
                                                                        {(std::uint64_t{1} << 63) - 1, 1009},
                                                                        {(std::uint64_t{1} << 32) + 5, 1009},
                                                                        {kMessageBytesMax + 1, 1009}};
  const auto attack = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto [length, code] = lengths[i % lengths.size()];
      REQUIRE(close_code_after(server.port(), client_head(Opcode::text, length)) == code);
    }
    server.await_connections(1);
  };
  attack(20);
  const std::size_t before = resident_bytes();
  attack(figure(1000));
  const std::size_t after = resident_bytes();
  CHECK((kSanitized || after <= before + 100'000));
  honest.require_served();
}

TEST_CASE("R-04 a message over the limit is refused with 1009 as soon as the sum passes it") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  TestClient whole(server.port());
  whole.upgrade();
  whole.send(client_frame(Opcode::text, std::string(kMessageBytesMax + 1, 'x')).substr(0, 14));
  CHECK(whole.next_frame().starts_with("[45,42,"));
  CHECK(whole.next_close() == 1009);

  TestClient endless(server.port());
  endless.upgrade();
  const std::string kilobyte(1024, 'x');
  std::string sent = client_frame(Opcode::text, kilobyte, false);
  for (int i = 1; i < 64; ++i) sent += client_frame(Opcode::continuation, kilobyte, false);
  endless.send(sent);  // exactly the limit: allowed, and unfinished
  honest.require_served();
  CHECK(endless.silent());
  endless.send(client_frame(Opcode::continuation, "x", false).substr(0, 6));
  CHECK(endless.next_frame().starts_with("[45,42,"));
  CHECK(endless.next_close() == 1009);
}

TEST_CASE("R-05 empty and 1-byte fragments without end are cut at their number, memory stays flat", "[timed]") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  const std::size_t before = heap_bytes();
  for (const std::string_view payload : {"", "x"}) {
    TestClient client(server.port());
    client.upgrade();
    client.send(client_frame(Opcode::text, payload, false));
    for (std::size_t i = 0; i < 20'000; ++i)
      if (!client.send(client_frame(Opcode::continuation, payload, false))) break;
    CHECK(client.next_close() == 1008);
  }
  CHECK((kSanitized || heap_bytes() < before + 200'000));
  honest.require_served();
}

TEST_CASE("R-05 half a frame, half a header and half a message, then silence: each is cut at its deadline") {
  TestServer server([](ServerConfig& config) { config.websocket.message_timeout_ms = is_full_run() ? 30'000 : 300; });
  HonestClient honest(server.port(), "ann");
  const std::string frame = client_frame(Opcode::text, "hello");
  std::vector<std::unique_ptr<TestClient>> clients;
  for (const std::string& part : {frame.substr(0, 1), frame.substr(0, 8), client_frame(Opcode::text, "hello", false)}) {
    clients.push_back(std::make_unique<TestClient>(server.port()));
    clients.back()->upgrade();
    clients.back()->send(client_frame(Opcode::text, hello("slow")) + part);
    REQUIRE(clients.back()->next_frame().starts_with("[33,"));
  }
  honest.require_served();
  for (const auto& client : clients) {
    REQUIRE(client->wait_readable(kPatienceMs));
    CHECK(client->next_close() == 1008);
  }
  honest.require_served();
}

TEST_CASE("R-06 compression is not granted, and a compressed frame ends the connection with 1002", "[timed]") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  const std::string offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
  TestClient client(server.port());
  client.send(upgrade_request(offer));
  const HttpReply reply = client.reply();
  CHECK(reply.status == 101);
  CHECK(reply.field("Sec-WebSocket-Extensions").empty());

  std::string bomb = client_frame(Opcode::text, std::string(60'000, '\0'));
  bomb[0] = static_cast<char>(bomb[0] | 0x40);
  const std::size_t before = resident_bytes();
  for (std::size_t i = 0; i < figure(1000); ++i) REQUIRE(close_code_after(server.port(), bomb, offer) == 1002);
  CHECK((kSanitized || resident_bytes() <= before + 1'000'000));
  honest.require_served();
}

TEST_CASE("R-07 an idle connection that asked for compression holds no compressor and at most 2 KiB", "[timed]") {
  const std::size_t count = figure(9'000);  // of 10000; two descriptors each, in one process
  TestServer server([&](ServerConfig& config) {
    config.shard.limits.connections_max = 2 * count + 10;
    config.shard.limits.connections_per_user = count;
    config.log = {};  // what a test keeps of it would be counted too
  });
  HonestClient honest(server.port(), "ann");
  std::vector<Descriptor> idle;
  idle.reserve(count);
  const auto connect = [&] {
    TestClient client(server.port());
    client.upgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n");
    client.send_text(hello("idle"));
    REQUIRE(client.next_frame().starts_with("[33,"));
    idle.emplace_back(::dup(client.descriptor()));
  };
  for (std::size_t i = 0; i < count / 10 + 1; ++i) connect();
  honest.require_served();
  const std::size_t before = heap_bytes(), begun = idle.size();
  while (idle.size() < count) connect();
  honest.require_served();
  const double each = static_cast<double>(heap_bytes() - before) / static_cast<double>(idle.size() - begun);
  WARN("an idle connection holds " << each << " bytes of heap");
  CHECK((kSanitized || each <= 2048));
}

TEST_CASE("R-13 floods of pings and pongs end with 1008") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  for (const Opcode opcode : {Opcode::ping, Opcode::pong}) {
    TestClient client(server.port());
    client.upgrade();
    std::string flood;
    for (int i = 0; i < 51; ++i) flood += client_frame(opcode, "flood");
    for (int i = 0; i < 100 && client.send(flood); ++i) continue;
    CHECK(client.next_frame().starts_with("[45,55,"));
    CHECK(client.next_close() == 1008);
  }
  honest.require_served();
}

TEST_CASE("R-13 a peer that pings and does not read costs one pong at a time", "[timed]") {
  TestServer server([](ServerConfig& config) {
    config.websocket.control_frames_per_second_max = 1'000'000'000;
    config.websocket.closing_timeout_ms = 100;
    config.shard.limits.hello_timeout_ms = 1000;
  });
  HonestClient honest(server.port(), "ann");
  TestClient deaf(server.port());
  const int small = 4096;
  (void)::setsockopt(deaf.descriptor(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  deaf.upgrade();
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += client_frame(Opcode::ping, std::string(kControlPayloadBytesMax, 'p'));
  const std::size_t before = heap_bytes();
  for (std::size_t i = 0; i < figure(10'000) && deaf.send(flood); ++i) {
    CHECK((kSanitized || heap_bytes() < before + 1'000'000));
    if (i % 16 == 0) honest.require_served();
  }
  honest.require_served();
}

TEST_CASE("R-13 1-byte frames at line rate end at the first, as they are not frames of the protocol") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  TestClient client(server.port());
  client.upgrade();
  client.send_text(hello("flood"));
  REQUIRE(client.next_frame().starts_with("[33,"));
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += client_frame(Opcode::text, "x");
  for (std::size_t i = 0; i < figure(1000) && client.send(flood); ++i) continue;
  CHECK(client.next_close() == 4500);
  honest.require_served();
}

TEST_CASE("R-15 when both sides close, or data follows a Close, one Close is answered and nothing is delivered", "[timed]") {
  TestServer server([](ServerConfig& config) { config.websocket.closing_timeout_ms = is_full_run() ? 5000 : 500; });
  HonestClient honest(server.port(), "ann");
  const std::string late = client_frame(Opcode::text, publish_text(honest, "\"late\""));
  const std::string close = client_frame(Opcode::close, close_payload(1000, "bye"));
  const auto one_close = [](TestClient& client, std::uint16_t code) {
    CHECK(client.next() == Seen{Kind::close, "", code});
    CHECK(client.next().kind == Kind::need_more);
  };
  {
    HonestClient member(server.port(), "data after Close");
    member.client().send(close + late + close + late);
    one_close(member.client(), 1000);
  }
  {
    HonestClient member(server.port(), "Close inside fragments");
    member.client().send(client_frame(Opcode::text, "[4,", false) + close + client_frame(Opcode::continuation, "late"));
    one_close(member.client(), 1000);
  }
  {
    HonestClient member(server.port(), "Close without a code");
    member.client().send(client_frame(Opcode::close, ""));
    CHECK(member.client().next().close_code == close_code::kNoStatus);
  }
  {
    HonestClient member(server.port(), "both close");
    member.client().send(client_frame(Opcode::text, "nonsense") + close + late);
    CHECK(member.client().next_frame().starts_with("[45,40,"));
    CHECK(member.client().next().close_code == 4500);
    CHECK(member.client().next().kind == Kind::need_more);
  }
  {
    HonestClient member(server.port(), "never answers the Close");
    member.client().send_text("nonsense");
    CHECK(member.client().next_close() == 4500);
    member.client().send(late);
    CHECK(member.client().next().kind == Kind::need_more);  // the server ends it alone
  }
  require_undisturbed(honest);
}

TEST_CASE("R-34 bodies of 0 bytes, the limit and one more; binary where text is due") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  TestClient empty(server.port());
  empty.upgrade();
  empty.send_text("");
  CHECK(empty.next_frame().starts_with("[45,40,"));
  CHECK(empty.next_close() == 4500);

  const std::string prefix = publish_text(honest, "\"");  // ends with `"]`
  const std::string head = prefix.substr(0, prefix.size() - 1);
  const std::string largest = head + std::string(kMessageBytesMax - head.size() - 2, 'x') + "\"]";
  REQUIRE(largest.size() == kMessageBytesMax);
  HonestClient member(server.port(), "bob");
  member.client().send_text(largest);
  CHECK(member.client().next_frame().starts_with("[3"));  // an answer: ACK or NACK, and the connection stays
  member.require_served();
  CHECK(close_code_in_room(server.port(), client_frame(Opcode::text, largest + " ")) == 1009);

  TestClient binary(server.port());
  binary.upgrade();
  binary.send(client_frame(Opcode::binary, hello("bob")));
  CHECK(binary.next_frame().starts_with("[45,48,"));
  CHECK(binary.next_close() == 1003);
  honest.require_served();
}
