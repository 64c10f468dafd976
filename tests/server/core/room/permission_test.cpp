// CAN: the answer is that of the rules by which the deed itself is judged.
#include "server/core/room/permission.hpp"

#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::string question(std::string_view right, std::string_view room, std::string_view event = {}) {
  std::string text = R"({"right":")" + std::string(right) + R"(","room":")" + std::string(room) + '"';
  if (!event.empty()) text += R"(,"event":")" + std::string(event) + '"';
  return text + '}';
}

/// What a client is answered, without the frame around it.
std::string asked(Client client, const std::string& text) {
  client.send(frame({FrameType::can, 5}, text));
  const std::string reply = client.only(), head = "[42,5,0,";
  demand(reply.starts_with(head), "an answer was due, and not " + reply);
  return reply.substr(head.size(), reply.size() - head.size() - 1);
}

std::string no(std::string_view reason) { return R"({"allowed":false,"reason":")" + std::string(reason) + "\"}"; }

const std::string kYes = R"({"allowed":true})";

/// Believes the identity, and gives it a token that says `rooms`.
Authenticator with_rooms(const std::string& rooms) {
  return [rooms, inner = development_authenticator(true)](const Credentials& credentials, const PeerFacts& peer,
                                                          std::uint64_t random) {
    AuthResult result = inner(credentials, peer, random);
    constexpr std::uint64_t kFarS = 2'000'000'000;
    TokenFacts facts{"t", 1, kFarS, R"({"sub":"ann","rooms":)" + rooms + "}", {}};
    facts.capabilities = std::get<0>(Capabilities::from_claims(facts.claims));
    std::get<Identity>(result).token = std::make_shared<const TokenFacts>(std::move(facts));
    return result;
  };
}

}  // namespace

TEST_CASE("CAN is answered by the room's rules, on whatever shard its home is") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  const Client ann = cluster.greeted("ann"), root = cluster.greeted("root");
  CHECK(asked(ann, question("join", "chat")) == kYes);
  CHECK(asked(ann, question("history", "chat")) == kYes);
  CHECK(asked(ann, question("publish", "chat", "message")) == kYes);
  CHECK(asked(ann, question("manage", "chat")) == no("manage is granted to no user"));
  CHECK(asked(ann, question("join", "staff")) == no("join needs role:admin or user:root"));
  CHECK(asked(root, question("join", "staff")) == kYes);
  CHECK(asked(ann, question("presence", "shy")) == no("presence needs role:admin"));
  CHECK(asked(ann, question("publish", "quiet", "message")) == no("publish of message needs role:admin"));
  CHECK(asked(ann, question("publish", "quiet", "note")) == kYes);
}

TEST_CASE("CAN of an event that the room or the definitions do not have is a no") {
  Cluster cluster(1);
  const Client ann = cluster.greeted("ann");
  CHECK(asked(ann, question("publish", "chat", "game.move")) == no("The room does not list the event game.move."));
  CHECK(asked(ann, question("publish", "chat", "shout")) == no("There is no event shout."));
}

TEST_CASE("CAN of an unopened room follows its pattern, and of an unknown one a join") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  const Client ann = cluster.greeted("ann");
  CHECK(asked(ann, question("publish", "game-7", "game.move")) == kYes);
  CHECK(asked(ann, question("join", "nowhere")) == no("There is no room nowhere."));
  CHECK(asked(ann, question("join", "no name")).find("The name is not valid") != std::string::npos);
  cluster.post(DeleteRoom{"chat"});
  CHECK(asked(ann, question("join", "chat")) == kYes);  // predefined: there again at once
}

TEST_CASE("CAN of a room that was made at run time follows the room's own rules") {
  Cluster cluster(3);
  const Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  for (const char* id : {"party-1", "party-2", "party-3", "party-4"}) {
    RoomDefinition definition;
    definition.id = id;
    definition.events = {"note"};
    definition.access.join = {"user:bob"};
    cluster.post(CreateRoom{std::move(definition)});
    CHECK(asked(ann, question("join", id)) == no("join needs user:bob"));
    CHECK(asked(bob, question("join", id)) == kYes);
  }
}

TEST_CASE("CAN holds to the token as well, which hides whether there is such a room") {
  Cluster cluster(1);
  cluster.identify_by(with_rooms(R"({"chat":["join","publish:note"],"quiet":["join","publish"]})"));
  Client ann = cluster.connect();
  ann.send("[1,1,0,0,{}]");
  CHECK(ann.take().size() == 2);  // WELCOME and TOKEN
  const auto withheld = [](const std::string& what) { return no(what + " is not in what the token grants for this room"); };
  CHECK(asked(ann, question("join", "chat")) == kYes);
  CHECK(asked(ann, question("publish", "chat", "note")) == kYes);
  CHECK(asked(ann, question("publish", "chat", "message")) == withheld("publish of message"));
  CHECK(asked(ann, question("history", "chat")) == withheld("history"));
  CHECK(asked(ann, question("publish", "quiet", "message")) == no("publish of message needs role:admin"));
  CHECK(asked(ann, question("join", "staff")) == withheld("join"));
  CHECK(asked(ann, question("join", "nowhere")) == withheld("join"));
  CHECK(asked(ann, question("publish", "nowhere", "note")) == withheld("publish of note"));
}

TEST_CASE("a malformed CAN is refused, and the connection continues") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  const std::string rights = "CAN: right is join, publish, history, presence or manage";
  const std::pair<std::string, std::string> faults[] = {
      {R"({"room":"chat"})", rights},
      {question("everything", "chat"), rights},
      {question("publish", "chat"), "CAN: publish needs an event"},
      {R"({"right":"join","room":7})", "CAN: room has the wrong form"},
      {R"({"right":"join","right":"join","room":"chat"})", "CAN: right is there twice"},
      {"[]", "CAN: an object is due"},
  };
  for (const auto& [text, words] : faults) {
    ann.send(frame({FrameType::can, 5}, text));
    CHECK(ann.only() == refused(5, ErrorCode::request_invalid, words));
  }
  ann.send("[12,0,{}]");
  CHECK(ann.only() == bye(ErrorCode::frame_malformed));
}

}  // namespace dialogue::testing
