// Packets of Socket.IO: what is one, what is not, and the attachments that belong to them.
#include "server/transport/socketio/socketio_packet.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "server/transport/socketio/socketio_assembler.hpp"

namespace dialogue::transport {
namespace {

constexpr std::uint32_t kMost = 4;

std::optional<SocketioPacket> read(std::string_view text) { return read_socketio_packet(text, kMost); }

using Result = SocketioAssembler::Result;

}  // namespace

TEST_CASE("a Socket.IO packet has a type, a namespace, an acknowledgement's number and JSON") {
  const std::string text = R"(2/admin,456["message",1,{"a":[true]}])";
  const auto packet = read(text);
  REQUIRE(packet);
  CHECK(packet->type == SocketioType::event);
  CHECK(packet->nsp == "/admin");
  CHECK(packet->id == 456u);
  CHECK(packet->data == R"(["message",1,{"a":[true]}])");
  CHECK(read("0")->nsp == "/");
  CHECK(read("0/custom,")->nsp == "/custom");
  CHECK(read("0/custom")->nsp == "/custom");
  CHECK(read(R"(0/custom?a=b,{"token":"123"})")->nsp == "/custom");
  CHECK(read(R"(0{"token":"123"})")->data == R"({"token":"123"})");
  CHECK(read("1")->type == SocketioType::disconnect);
  CHECK(read("312[]")->id == 12u);
  CHECK(read("2[1]"));
}

TEST_CASE("an invalid Socket.IO packet of a client is refused") {
  for (const char* text : {"",
                           "abc",
                           "7",
                           "2",
                           "2{}",
                           "2[]",
                           "2[{}]",
                           "2[\"a\"",
                           "2[\"a\"]x",
                           "2abc[\"a\"]",
                           "299999999999999999999[\"a\"]",
                           "1{}",
                           "3[]",
                           "31{}",
                           "4{\"message\":\"a\"}",
                           "2[\"connect\"]",
                           "2[\"disconnect\"]",
                           "5[\"a\"]",
                           "5-[\"a\"]",
                           "50-[\"a\"]",
                           "55-[\"a\"]",
                           "51[\"a\"]",
                           "51-[\"a\",{\"_placeholder\":true,\"num\":1}]",
                           "51-[\"a\",{\"_placeholder\":true}]",
                           "51-[\"a\",[{\"b\":{\"num\":7,\"_placeholder\":true}}]]"})
    CHECK_FALSE(read(text));
  CHECK_FALSE(read("2/" + std::string(kNamespaceBytesMax, 'a') + R"(,["a"])"));
}

TEST_CASE("F-R04 a packet whose JSON is beyond bounds is one all the same, so that it can be answered") {
  const std::string deep = std::string(33, '[') + std::string(33, ']');
  for (const auto& [data, fault] :
       {std::pair(std::string(R"(["a","x\ud83d"])"), ErrorCode::json_utf8),
        std::pair(std::string(R"(["\udc00",1])"), ErrorCode::json_utf8), std::pair(deep, ErrorCode::json_depth)}) {
    for (const char* head : {"2", "27", "3/admin,7", "51-7", "61-/admin,7"}) {
      const auto packet = read(head + data);
      REQUIRE(packet);
      CHECK(packet->fault == fault);
      CHECK(packet->data.empty());
    }
    CHECK(read("2/admin,7" + data)->id == 7u);
    CHECK_FALSE(read("3" + data));  // an acknowledgement of nothing
    CHECK_FALSE(read("2{\"a\":" + data + "}"));
  }
  CHECK(read(R"(2["a"])")->fault == ErrorCode::ok);
}

TEST_CASE("F-X4 a CONNECT is one whatever its auth and its namespace are") {
  CHECK(read(R"(0{"name":"x\ud83d"})")->fault == ErrorCode::json_utf8);
  CHECK(read("0{\"a\":" + std::string(40, '[') + std::string(40, ']') + "}")->fault == ErrorCode::json_depth);
  for (const char* auth : {"[]", "\"a\"", "{", "5x"})
    CHECK(read(std::string("0/a,") + auth)->fault == ErrorCode::request_invalid);
  const std::string nsp = "/" + std::string(10'000, 'a');
  CHECK(read("0" + nsp)->nsp == nsp);
  CHECK(read("0" + nsp)->fault == ErrorCode::ok);
}

TEST_CASE("F-R04 the attachments of a packet that is of no use go with it") {
  SocketioAssembler assembler(kMost, 1000);
  CHECK(assembler.on_text(R"(51-7["a\ud83d",{"_placeholder":true,"num":0}])") == Result::incomplete);
  CHECK(assembler.on_binary("one") == Result::packet);
  CHECK(assembler.packet().fault == ErrorCode::json_utf8);
  CHECK(assembler.packet().id == 7u);
  assembler.done();
  CHECK(assembler.on_text(R"(2["a"])") == Result::packet);
}

TEST_CASE("an event is its name and the arguments after it") {
  const SocketioEvent event = read_socketio_event(R"(["mess\"age", 1 , {"a":","} ])");
  CHECK(event.name == "mess\"age");
  const auto arguments = read_socketio_arguments(event.rest, 5);
  REQUIRE(arguments.size() == 2);
  CHECK(arguments[1] == R"({"a":","})");
  CHECK(read_socketio_arguments(event.rest, 1).size() == 1);
  CHECK(read_socketio_event(R"(["a"])").rest == "]");
  CHECK(read_socketio_event("[5,1]").name.empty());
}

TEST_CASE("a packet is complete with its last attachment, and nothing else comes between") {
  SocketioAssembler assembler(kMost, 1000);
  const std::string head = R"(52-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])";
  CHECK(assembler.on_text(head) == Result::incomplete);
  CHECK(assembler.on_binary("one") == Result::incomplete);
  CHECK(assembler.on_binary("two") == Result::packet);
  CHECK(assembler.attachments() == std::vector<std::string>{"one", "two"});
  CHECK(assembler.packet().attachments == 2);
  assembler.done();
  CHECK(assembler.on_binary("three") == Result::malformed);
  CHECK(assembler.on_text(head) == Result::incomplete);
  CHECK(assembler.on_text(R"(2["message"])") == Result::malformed);
}

TEST_CASE("the number of attachments of a packet is limited, and so are their bytes") {
  SocketioAssembler assembler(kMost, 100);
  const std::string head = R"(52-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])";
  CHECK(assembler.on_text(head) == Result::incomplete);
  CHECK(assembler.on_binary(std::string(30, 'a')) == Result::malformed);
  std::string many = "55-[\"message\"";
  for (int i = 0; i < 5; ++i) many += R"(,{"_placeholder":true,"num":)" + std::to_string(i) + "}";
  CHECK_FALSE(read(many + "]"));
  CHECK(read_socketio_packet(many + "]", 5));
}

TEST_CASE("heads are written as they are read") {
  CHECK(socketio_head(SocketioType::binary_event, "/custom", 789, 2) == "452-/custom,789");
  CHECK(socketio_head(SocketioType::connect, "/") == "40");
}

}  // namespace dialogue::transport
