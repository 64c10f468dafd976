// What a hostile client may try above the transport, by the ids of the reliability cases, with the exact answers.
#include <array>
#include <catch2/catch.hpp>

#include "server/core/messages/frame_text.hpp"
#include "server/core/util/seeded_random.hpp"
#include "tests/server/core/support/cluster.hpp"
#include "tests/server/core/support/referee.hpp"
#include "tests/share_of.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

/// One command that may be right or wrong in any way but keeps the form of a frame; `req` is its request's number, if it has one.
std::string random_command(SeededRandom& random, std::uint64_t req, std::uint64_t room) {
  const std::uint64_t event = random.below(6);
  const std::uint64_t some_room = random.below(4) == 0 ? random.below(20) : room;
  static const char* const kRooms[] = {"chat", "small", "game-1", "game-vip-2", "staff", "picky", "nowhere", "game-", "a..b"};
  static const char* const kOptions[] = {"{}", R"({"events":["note"]})", R"({"events":[]})", R"({"events":["nothing"]})", "[]"};
  static const char* const kPayloads[] = {kHi, "7", "{}", "null", "[[[", R"({"text":")"};
  switch (random.below(9)) {
    case 0:
    case 1:
      return frame(
          {2, req, random.below(4), random.below(3), random.below(3)},
          "\"" + std::string(kRooms[random.below(std::size(kRooms))]) + "\"," + kOptions[random.below(std::size(kOptions))]);
    case 2:
      return frame({FrameType::leave, req, some_room});
    case 3:
    case 4:
      return frame({FrameType::publish, some_room, event, random.below(4), 0}, kPayloads[random.below(std::size(kPayloads))]);
    case 5:
      return frame({random.below(2) == 0 ? FrameType::subscribe : FrameType::unsubscribe, req, some_room, event});
    case 6:
      return frame({FrameType::list, req});
    case 7:
      return "[11]";
    default: {
      static const char* const kFaults[] = {"[1,1,0,0,{}]", "[99]", "[", "{}", "[8,0]", "[36,1,1,1,1,\"x\",0,{}]", ""};
      return random.below(4) == 0 ? kFaults[random.below(std::size(kFaults))] : "[11]";
    }
  }
}

std::string unread(const char* frame) { return std::string(frame) + ": it cannot be read behind its first integers"; }

std::string deep(char open, char close, std::size_t depth) { return std::string(depth, open) + std::string(depth, close); }

}  // namespace

TEST_CASE("R-21 random sequences of commands are answered or end their own connection, and change nothing else") {
  SeededRandom random(21);
  Cluster cluster(3);
  Client watcher = cluster.connect();
  Referee watched;
  watcher.send(R"([1,1,0,0,{"identity":{"userId":"watcher"}}])"
               "\n"
               R"([2,1,0,0,0,"chat",{}])");
  const std::size_t rounds = share_of(1'000'000);
  for (std::size_t round = 0; round < rounds; ++round) {
    Client client = cluster.connect();
    Referee referee;
    if (random.below(8) != 0)
      client.send(R"([1,1,0,0,{"identity":{"userId":"u)" + std::to_string(random.below(5)) + R"("},"producer":{"id":"p"}}])");
    referee.judge(client);
    const std::size_t commands = 1 + random.below(8);
    for (std::uint64_t req = 1; req <= commands && client.close_code() == 0; ++req) {
      const std::string command = random_command(random, req, referee.any_room());
      client.send(command);
      referee.judge(client);
      CAPTURE(command);
      const bool is_request = !begins(command, {FrameType::publish}) && !begins(command, {FrameType::hello}) && command != "[11]";
      if (client.close_code() == 0) REQUIRE(referee.answers(req) == (is_request ? 1 : 0));
    }
    if (random.below(3) == 0) cluster.advance(random.below(150));
    client.vanish();
    watcher.send("[11]");
    watched.judge(watcher);
    REQUIRE(watcher.close_code() == 0);
    REQUIRE(cluster.connection_count() == 1);
  }
  cluster.advance(200);
  watched.judge(watcher);
  CHECK(cluster.greeted("late").join("chat").object.find(R"("members":[{"userId":"late"},{"userId":"watcher"}])") !=
        std::string::npos);
}

TEST_CASE("R-23 a room name is checked for length and alphabet in one place") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const std::string name =
      GENERATE(std::string(), std::string("../etc"), std::string("a b"), std::string("*"), std::string(">"), std::string("a/b"),
               std::string("a..b"), std::string("__proto__"), std::string("\\u0041\\u0007"), std::string("ch\xD0\xB0t"),
               std::string("chat\\n"), std::string("%2e"), std::string(129, 'a'), std::string(60'000, 'a'));
  ann.ask_join(4, name);
  CHECK(ann.only() == refused(4, ErrorCode::name_invalid));
  ann.ask_join(5, "\\u0063hat");  // an escape is not a disguise
  CHECK(begins(ann.only(), {FrameType::joined, 5}));
  ann.ask_join(6, "constructor");
  CHECK(ann.only() == refused(6, ErrorCode::room_unknown, "constructor"));
}

TEST_CASE("R-24 request numbers that are reused are echoed, and malformed ones end the connection") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  ann.ask_join(7, "nowhere");
  ann.ask_join(7, "a b");
  CHECK(ann.take() == Frames{refused(7, ErrorCode::room_unknown, "nowhere"), refused(7, ErrorCode::name_invalid)});
  ann.ask_join(kSafeIntegerMax, "nowhere");
  CHECK(ann.only() == refused(kSafeIntegerMax, ErrorCode::room_unknown, "nowhere"));
  ann.send(GENERATE("[8,-1]", "[8]", "[8,{}]", "[8,null]", "[8,0]", "[8,1.5]", "[8,\"7\"]", "[8,9007199254740992]", "[8,1e3]"));
  CHECK(ann.only() == bye(ErrorCode::frame_malformed));
  CHECK(ann.close_code() == 4500);
}

TEST_CASE("F-R01 a request that names itself is refused when its rest cannot be read, and the connection continues") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  const auto [text, name] = GENERATE(table<std::string, std::string>({{"[2,5,0,0,0,7,{}]", "JOIN"},
                                                                      {"[2,5,0,0,0]", "JOIN"},
                                                                      {"[2,5]", "JOIN"},
                                                                      {R"([2,5,0,0,0,"chat",{]})", "JOIN"},
                                                                      {R"([2,5,1.5,0,0,"chat",{}])", "JOIN"},
                                                                      {"[3,5]", "LEAVE"},
                                                                      {"[3,5,1,1]", "LEAVE"},
                                                                      {"[5,5,1]", "SUBSCRIBE"},
                                                                      {"[6,5,1,-1]", "UNSUBSCRIBE"},
                                                                      {"[7,5,1,1,1e300,0]", "HISTORY"},
                                                                      {R"([8,5,{"after":"\ud83d"}])", "LIST"},
                                                                      {"[8,5,1]", "LIST"},
                                                                      {"[8,5]x", "LIST"},
                                                                      {R"([10,5,{"token":"\ud83d"}])", "REFRESH"},
                                                                      {R"([12,5,"\ud83d"])", "CAN"}}));
  CAPTURE(text);
  ann.send(text);
  CHECK(ann.only() == refused(5, ErrorCode::request_invalid, unread(name.c_str())));
  ann.send("[8,6]");
  CHECK(begins(ann.only(), {FrameType::reply, 6, 0}));
}

TEST_CASE("F-R01 a publication that names itself is refused when its rest cannot be read, and its number is consumed") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  const std::string tail = GENERATE("", ",1,{}", ",{\"trace\":\"\\ud83d\"},7", ",0", ",0,", ",[],7", ",0,7");
  std::string text = frame({FrameType::publish, chat.room, kNote, 1});
  text.pop_back();
  ann.send(text + tail + (tail == ",0,7" ? "" : "]"));
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, 73, 0}));
  ann.publish(chat.room, kNote, 2, kHi);
  CHECK(begins(ann.take().front(), {FrameType::ack, chat.room, 2}));
  ann.send("[4,99,1,1,x]");
  CHECK(begins(ann.only(), {FrameType::nack, 99, 1, number(ErrorCode::not_joined), 0}));
  ann.send("[4," + std::to_string(chat.room) + ",1,x,0,7]");
  CHECK(ann.only() == bye(ErrorCode::frame_malformed));
}

TEST_CASE("R-28 JSON nested without end is refused by depth, in payloads and in the frames' own objects") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  const auto depth_refusal = [&](std::uint64_t number) {
    return frame({FrameType::nack, chat.room, number, 3, 0}, R"({"message":"is nested more than 32 levels deep","path":"$)");
  };
  ann.publish(chat.room, kNote, 1, deep('[', ']', 32));
  CHECK(ann.take().size() == 2);
  std::uint64_t number = 1;
  for (const std::string& bomb : {deep('[', ']', 33), std::string(30'000, '['), deep('[', ']', 30'000)}) {
    ann.publish(chat.room, kNote, ++number, bomb);
    const std::string expected = depth_refusal(number);
    CHECK(ann.only().rfind(expected.substr(0, expected.size() - 1), 0) == 0);
  }
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";
  ann.publish(chat.room, kNote, ++number, objects);
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, number, 3, 0}));
  const std::string object = "{\"x\":" + deep('[', ']', 20'000) + "}";
  ann.ask_join(1, "chat", object);
  CHECK(ann.only() == refused(1, ErrorCode::request_invalid, unread("JOIN")));
  ann.send(frame({FrameType::publish, chat.room, kNote, ++number}, object + ",1"));  // in ext
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, number, 73, 0}));
}

TEST_CASE("R-29 invalid UTF-8, lone surrogates, U+0000 and a BOM are refused or kept byte for byte") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  ann.take();
  std::uint64_t number = 0;
  for (const char* bad : {"\"\xFF\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xE2\x82\"", R"("\ud800")",
                          R"("\udc00\ud800")"}) {
    ann.publish(chat.room, kNote, ++number, bad);
    CHECK(begins(ann.only(), {FrameType::nack, chat.room, number, 2, 0}));
  }
  ann.publish(chat.room, kNote, ++number, "\xEF\xBB\xBF\"x\"");
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, number, 1, 0}));
  CHECK(bob.take().empty());
  const std::string kept = R"("\u0000\ud83d\ude00)"
                           "\xF0\x9F\x98\x80\xE2\x80\xA8\"";
  ann.publish(chat.room, kNote, ++number, kept);
  CHECK(bob.only() == frame({FrameType::event, chat.room, kNote, 1, kStartUnixMs}, "\"ann\",0," + kept));
  ann.take();
  ann.ask_join(1, GENERATE("ch\xFF", "ch\\u0000", "ch\\ud83d"));
  CHECK(ann.only() == refused(1, ErrorCode::request_invalid, unread("JOIN")));
  ann.ask_join(2, "small");
  CHECK(begins(ann.only(), {FrameType::joined, 2}));
}

TEST_CASE("R-30 numbers of a payload are opaque bytes, numbers of a frame are integers to 2^53-1") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  const std::string numbers = "[9007199254740993,1e999,-0,-0.0,1E+2," + std::string(400, '7') + ",0.1000]";
  ann.publish(chat.room, kNote, 1, numbers);
  CHECK(ann.take().back() == frame({FrameType::event, chat.room, kNote, 1, kStartUnixMs}, "\"ann\",0," + numbers));
  ann.publish(chat.room, kNote, 2, GENERATE("01", "+1", ".5", "1.", "NaN", "Infinity", "0x10"));
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 2, 1, 0}));
  ann.send(GENERATE("[3,1,9007199254740992]", "[3,1,18446744073709551616]", "[3,1,-0]", "[3,1,01]", "[3,1,1e1]", "[3,1,1.0]"));
  CHECK(ann.only() == refused(1, ErrorCode::request_invalid, unread("LEAVE")));
  ann.send(GENERATE("[3,9007199254740992,1]", "[3,-0,1]", "[3,01,1]", "[3,1e1,1]", "[3,1.0,1]"));
  CHECK(ann.only() == bye(ErrorCode::frame_malformed));
}

TEST_CASE("R-31 a key that is there twice in a frame's own object is an error, and __proto__ is a name like any other") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  ann.ask_join(1, "chat", R"({"events":["note"],"events":["message"]})");
  CHECK(ann.only() == refused(1, ErrorCode::request_invalid, "JOIN: events is there twice"));
  ann.ask_join(2, "chat", R"({"__proto__":1,"__proto__":2})");
  CHECK(ann.only() == refused(2, ErrorCode::request_invalid, "JOIN: __proto__ is there twice"));
  ann.ask_join(3, "chat", R"({"ev\u0065nts":[],"events":[]})");
  CHECK(ann.only() == refused(3, ErrorCode::request_invalid, "JOIN: events is there twice"));
  ann.ask_join(4, "chat", R"({"__proto__":{"events":[]},"constructor":1})");
  CHECK(begins(ann.only(), {FrameType::joined, 4}));
  ann.ask_join(5, "small", R"({"events":["__proto__"]})");
  CHECK(ann.only() == refused(5, ErrorCode::event_unknown, "__proto__"));
  const Joined small = ann.join("small");
  ann.publish(small.room, kMessage, 1, R"({"text":"a","text":"b"})");
  CHECK(begins(ann.only(), {FrameType::nack, small.room, 1, number(ErrorCode::duplicate_key), 0}));
  ann.publish(small.room, kMessage, 2, R"({"text":"a","__proto__":{}})");
  CHECK(begins(ann.only(), {FrameType::nack, small.room, 2, number(ErrorCode::property_unknown), 0}));
}

TEST_CASE("R-32 frames are split at line feeds and nowhere else") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.send(frame({FrameType::publish, chat.room, kNote, 1, 0}, "\"a\"") + "\n" +
           frame({FrameType::publish, chat.room, kNote, 2, 0}, "\"b\""));
  Frames acks;
  for (const std::string& text : ann.take())
    if (begins(text, {FrameType::ack})) acks.push_back(text);
  CHECK(acks.size() == 2);
  const std::string head = "[4," + std::to_string(chat.room) + ",3,3,0,";
  ann.send(head + "\"a");
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 3, 73, 0}));
  const std::array malformed = {std::string("[11][11]"), head + "\"a\nb\"]", std::string("[11]\r[11]")};
  ann.send(malformed.at(GENERATE(0u, 1u, 2u)));
  CHECK(ann.take().back() == bye(ErrorCode::frame_malformed));
}

TEST_CASE("R-34 an empty message, one at the limit and one over it") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  const auto message_of = [&](std::size_t bytes) {
    const std::string empty = frame({FrameType::publish, chat.room, kNote, 1, 0}, "\"\"");
    return empty.substr(0, empty.size() - 2) + std::string(bytes - empty.size(), 'x') + "\"]";
  };
  SECTION("empty") {
    ann.send("");
    CHECK(ann.only() == bye(ErrorCode::frame_malformed));
  }
  SECTION("a payload that an EVENT cannot carry any more") {
    const std::size_t payload_max = kMessageBytesMax - kEventEnvelopeBytesMax;
    ann.publish(chat.room, kNote, 1, '"' + std::string(payload_max - 2, 'x') + '"');
    const Frames frames = ann.take();
    REQUIRE(frames.size() == 2);
    CHECK(frames[1].size() <= kMessageBytesMax);
    ann.publish(chat.room, kNote, 2, '"' + std::string(payload_max - 1, 'x') + '"');
    CHECK(ann.only() == frame({FrameType::nack, chat.room, 2, number(ErrorCode::payload_too_large), 0},
                              R"({"message":"The payload is larger than 65024 bytes.","argument":"65024"})"));
  }
  SECTION("the limit is served, one byte more ends the connection") {
    ann.send(message_of(kMessageBytesMax));
    CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::payload_too_large), 0}));
    ann.send(message_of(kMessageBytesMax + 1));
    CHECK(ann.only() == bye(ErrorCode::frame_too_large, "65536"));
    CHECK(ann.close_code() == 1009);
  }
  SECTION("binary where text is due") {
    ann.violate(ErrorCode::binary_unsupported);
    CHECK(ann.close_code() == 1003);
  }
}

}  // namespace dialogue::testing
