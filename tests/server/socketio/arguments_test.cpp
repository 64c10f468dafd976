// Arguments and packets: values in, values out, and what cannot be sent.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "server/socketio/limits.hpp"
#include "server/socketio/packet.hpp"

using namespace dialogue;
using namespace dialogue::socketio;

TEST_CASE("arguments of C++ values become JSON, and binary ones placeholders") {
  const Arguments all = arguments("a \"b\"", std::string("c"), 1, -2.5, true, nullptr, any_json{R"({"d":[1]})"},
                                  bytes{{1, 0, 255}}, std::vector<int>{1, 2});
  CHECK(all.joined() == R"("a \"b\"","c",1,-2.5,true,null,{"d":[1]},{"_placeholder":true,"num":0},[1,2])");
  CHECK(all.size() == 9);
  CHECK(all.is_valid());
  REQUIRE(all.attachments().size() == 1);
  CHECK(*all.attachments()[0] == std::string("\x01\x00\xff", 3));
  CHECK(all.bytes(7) == std::string_view("\x01\x00\xff", 3));
  CHECK_FALSE(all.bytes(0));
  CHECK_FALSE(all.bytes(9));
  CHECK(arguments().joined().empty());
}

TEST_CASE("arguments are read as C++ values, and another type is nothing") {
  const Arguments all = received_arguments(R"(,"text" , 7 ,{"a":[true]},false])", {});
  REQUIRE(all.size() == 4);
  CHECK(all.get<std::string>(0) == "text");
  CHECK(all.get<int>(1) == 7);
  CHECK_FALSE(all.get<int>(0));
  CHECK(all.json(2) == R"({"a":[true]})");
  CHECK(all.get<bool>(3) == false);
  CHECK(all.json(4) == "null");
  CHECK_FALSE(all.get<std::string>(4));
  CHECK(received_arguments("]", {}).empty());
  const Arguments answer = received_answer(R"([ {"_placeholder":true,"num":1},[2] ])", {"a", "b"});
  REQUIRE(answer.size() == 2);
  CHECK(answer.bytes(0) == std::string_view("b"));
  CHECK(answer.json(1) == "[2]");
}

TEST_CASE("arguments that are not JSON, not UTF-8, or have too many attachments cannot be sent") {
  CHECK_FALSE(arguments(any_json{"{"}).is_valid());
  CHECK_FALSE(arguments(any_json{"1 2"}).is_valid());
  CHECK_FALSE(arguments("\xff").is_valid());
  Arguments many;
  for (std::size_t i = 0; i < kAttachmentsMax; ++i) many.add(bytes{});
  CHECK(many.is_valid());
  CHECK_FALSE(many.add(bytes{}).is_valid());
  for (const char* reserved : {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
    CHECK_FALSE(is_event_name(reserved));
  CHECK(is_event_name("message"));
  CHECK_FALSE(is_event_name(std::string(kEventBytesMax + 1, 'x')));
}

TEST_CASE("packets encode namespace, attachments and number as Socket.IO does") {
  CHECK(*event_packet("/", "a", arguments(1)).text == R"(42["a",1])");
  CHECK(*event_packet("/x", "a", {}, 7).text == R"(42/x,7["a"])");
  const Packet binary = event_packet("/x", "a", arguments(bytes{{9}}));
  CHECK(*binary.text == R"(451-/x,["a",{"_placeholder":true,"num":0}])");
  REQUIRE(binary.attachments.size() == 1);
  CHECK(*ack_packet("/x", 7, arguments("b")).text == R"(43/x,7["b"])");
  CHECK(*ack_packet("/", 0, {}).text == "430[]");
}
