// What is recorded: bounded, without what is private, and at no cost to what is decided.
#include "server/replay/recorder.hpp"

#include <catch2/catch.hpp>

#include "server/replay/format/masking.hpp"
#include "server/replay/format/recording_file.hpp"
#include "server/replay/format/recording_values.hpp"
#include "tests/server/core/recording_kit.hpp"
#include "tests/server/core/support/cluster.hpp"
#include "tests/shared/support/whole_room.hpp"

namespace dialogue::testing {

using namespace core;
using namespace replay;

namespace {

/// Somebody with a token joins and publishes.
std::string talk(bool keeps_payloads) {
  Cluster cluster(1);
  cluster.identify_by([](const Credentials&, const PeerFacts&, std::uint64_t) -> AuthResult {
    TokenFacts facts{"t", 0, kStartUnixMs, R"({"email":"ann@private.example","rooms":{"*":"*"}})", {}};
    facts.capabilities = std::get<0>(Capabilities::from_claims(facts.claims));
    return Identity{"ann", {}, {}, {}, std::make_shared<const TokenFacts>(std::move(facts)), nullptr};
  });
  cluster.record(recording_options(keeps_payloads));
  Client ann = cluster.connect();
  ann.send(R"([1,1,0,0,{"\u0074oken":"hush-hush","producer":{"id":"p"}}])");
  ann.take();
  const Joined chat = ann.join("chat", R"({"token":"hush-hush"})");
  ann.publish(chat.room, kMessage, 1, R"({"text":"secret 918"})");
  ann.send(R"([10,1,{"token":"hush-hush"}])");
  ann.send("{\"token\":\"hush-hush\"}");
  cluster.post(ServerPublish{"chat", "message", R"({"text":"secret 918"})", "system"});
  return cluster.recording();
}

}  // namespace

TEST_CASE("a recording has no payload by default") {
  CHECK(talk(false).find("secret") == std::string::npos);
  CHECK(talk(false).find("918") == std::string::npos);
  CHECK(talk(true).find("secret 918") != std::string::npos);
}

TEST_CASE("a recording never has a token, however it was written") {
  for (const bool keeps_payloads : {false, true}) CHECK(talk(keeps_payloads).find("hush") == std::string::npos);
}

TEST_CASE("F-N08 a recording has no claim of a token that its replay does not need") {
  for (const bool keeps_payloads : {false, true}) {
    CHECK(talk(keeps_payloads).find("private") == std::string::npos);
    CHECK(talk(keeps_payloads).find("rooms") != std::string::npos);
  }
}

TEST_CASE("masking keeps the form of JSON, its keys and its lengths") {
  CHECK(masked(R"({"text":"hi \"you\"","n":-20.5e3,"list":["a",true,null]})") ==
        R"({"text":"xxxxxxxxxx","n":-11.1e1,"list":["x",true,null]})");
  CHECK(masked("\"never ended") == "\"xxxxxxxxxxx");
  CHECK(masked("\"\\") == "\"x");
}

TEST_CASE("masking a message keeps each frame's head and everything outside payloads") {
  CHECK(masked_message("[4,1,2,3,0,{\"text\":\"hi\"}]\n[2,1,0,0,0,\"chat\",{}]", true) ==
        "[4,1,2,3,0,{\"text\":\"xx\"}]\n[2,1,0,0,0,\"chat\",{}]");
  CHECK(masked_message("[4,1,2,3,0,42]", true) == "[4,1,2,3,0,11]");
  CHECK(masked_message("[4,1,2,3,0,42]", false) == "[4,1,2,3,0,42]");
  CHECK(masked_message("[99,42,\"hi\"]", true) == "[99,11,\"xx\"]");
  CHECK(masked_message("not a frame", false) == "xxxxxxxxxxx");
  // F-R01: what names itself and cannot be read gets the same answer.
  CHECK(masked_message(R"([2,7,0,0,0,"a\ud83d",{}])", false) == "[2,7," + std::string(19, 'x'));
  CHECK(masked_message("[8,7]secret", false) == "[8,7]xxxxxx");
  CHECK(masked_message("[4,7,1,2,secret", false) == "[4,7,1,2,xxxxxx");
  CHECK(masked_message("[1,1,0,0,{\"token\":[\"a\",{\"b\":7}],\"resume\":\"r\"}]", false) ==
        "[1,1,0,0,{\"token\":[\"x\",{\"b\":1}],\"resume\":\"r\"}]");
}

TEST_CASE("a recording is bounded, and has the number of its discarded inputs") {
  constexpr std::size_t kBytesMax = 4'000;
  RecordingOptions options = recording_options(true);
  options.bytes_max = kBytesMax;
  Cluster cluster(2);
  cluster.record(options);
  constexpr int kTurns = 1'000;
  for (int i = 0; i < kTurns; ++i) cluster.advance(1);
  const std::string text = cluster.recording();
  const RecordingFile file = read_recording(text);
  REQUIRE(file.fault.empty());
  for (const RecordedShard& shard : file.shards) {
    std::size_t bytes = 0, inputs = 0;
    for (const RecordedLine& line : shard.lines) {
      bytes += line.text.size() + 1;
      if (line.name == "tick") ++inputs;
    }
    CHECK(shard.dropped > 0);
    CHECK(bytes <= kBytesMax + kBytesMax / 10);
    CHECK(shard.lines.back().text.starts_with("[\"checked\"," + std::to_string(shard.dropped + inputs) + ","));
  }
}

TEST_CASE("a recorder changes nothing of what is decided") {
  Frames frames[2];
  for (const bool records : {false, true}) {
    Cluster cluster(3);
    if (records) cluster.record(recording_options(false));
    Client ann = cluster.producer("ann"), bob = cluster.producer("bob");
    const Joined chat = ann.join("chat");
    static_cast<void>(bob.join("chat"));
    ann.publish(chat.room, kMessage, 1, R"({"text":"hi"})");
    ann.publish(chat.room, kMessage, 2, R"({"texts":"hi"})");
    for (const std::string& text : bob.take()) frames[records ? 1 : 0].push_back(text);
    for (const std::string& text : ann.take()) frames[records ? 1 : 0].push_back(text);
  }
  CHECK(frames[0].size() > 2);
  CHECK(frames[0] == frames[1]);
}

TEST_CASE("a recorded room keeps what a replay cannot take from the catalogue or the hooks") {
  RoomDefinition room = whole_room();
  LineWriter written("room");
  write_room(written, room);
  const std::string text = written.take();
  LineReader line(text);
  const RoomDefinition read = read_room(line);
  line.end();
  CHECK(line.is_well());
  room.states->schema = 0;
  room.middleware.clear();
  CHECK(members(read) == members(room));
}

TEST_CASE("a recorded peer keeps its transport and whether a proxy forwarded it") {
  for (const TransportRow& row : kTransports)
    for (const bool forwarded : {false, true}) {
      PeerFacts peer;
      peer.address = "192.0.2.1";
      peer.origin_trusted = true;
      peer.forwarded = forwarded;
      peer.transport = row.kind;
      LineWriter written("connected");
      write_peer(written, peer);
      const std::string text = written.take();
      LineReader line(text);
      const PeerFacts read = read_peer(line);
      line.end();
      CHECK(line.is_well());
      CHECK(read.address == peer.address);
      CHECK(read.origin_trusted);
      CHECK_FALSE(read.loopback_peer);
      CHECK(read.forwarded == forwarded);
      CHECK(read.transport == row.kind);
    }
  LineReader unknown(R"(["connected","",0,0,0,0,99])");
  static_cast<void>(read_peer(unknown));
  CHECK_FALSE(unknown.is_well());
}

}  // namespace dialogue::testing
