// Grants and tokens: who may do what, and what a denial says.
#include "server/core/access/access.hpp"

#include <catch2/catch.hpp>

namespace dialogue::core {
namespace {

const Identity kAnn{"ann", "", "", ""};
const Identity kBob{"bob", "", "", ""};
const Identity kAdmin{"boss", "", R"({"role":"admin"})", "admin"};

/// A room "chat" with these rules.
RoomDefinition room_with(const Access& access, const std::string& id = "chat") {
  RoomDefinition room;
  room.id = id;
  room.access = access;
  return room;
}

std::optional<std::string> missing(const Access& access, Right right, const Identity& identity) {
  return missing_right(room_with(access), "chat", right, identity);
}

std::optional<std::string> missing_publish(const Access& access, std::string_view event, const Identity& identity) {
  return missing_publish_right(room_with(access), "chat", event, identity);
}

/// Ann with a token that says `rooms`.
Identity ann_with_rooms(const std::string& rooms) {
  TokenFacts facts;
  facts.claims = R"({"sub":"ann","rooms":)" + rooms + "}";
  facts.capabilities = std::get<0>(Capabilities::from_claims(facts.claims));
  Identity ann = kAnn;
  ann.token = std::make_shared<const TokenFacts>(std::move(facts));
  return ann;
}

}  // namespace

TEST_CASE("without a rule anybody may do anything but manage") {
  const Access open;
  for (const Right right : {Right::join, Right::publish, Right::history, Right::presence})
    CHECK_FALSE(missing(open, right, kAnn));
  CHECK(missing(open, Right::manage, kAdmin) == "manage is granted to no user");
}

TEST_CASE("a grant names all users, a role or a user") {
  Access access;
  access.join = {"role:admin", "user:ann"};
  CHECK_FALSE(missing(access, Right::join, kAnn));
  CHECK_FALSE(missing(access, Right::join, kAdmin));
  CHECK(missing(access, Right::join, kBob) == "join needs role:admin or user:ann");
  access.join = {"*"};
  CHECK_FALSE(missing(access, Right::join, kBob));
  access.manage = {"role:admin"};
  CHECK_FALSE(missing(access, Right::manage, kAdmin));
}

TEST_CASE("F-S4 a token for this room is valid if its issuer has no realm") {
  Access access;
  access.join = {"token"};
  Identity ann = kAnn;
  for (const bool is_of_realm : {false, true}) {
    TokenFacts facts = *ann_with_rooms(R"({"chat":["join"]})").token;
    facts.is_of_realm = is_of_realm;
    ann.room_token = std::make_shared<const TokenFacts>(std::move(facts));
    CHECK(missing(access, Right::join, ann).has_value() == is_of_realm);
  }
}

TEST_CASE("an empty list grants nothing, and neither does an unknown kind of grant") {
  Access access;
  access.history = Grants{};
  CHECK(missing(access, Right::history, kAdmin) == "history is granted to no user");
  access.history = {"ann", "group:ann", "role:"};
  CHECK(missing(access, Right::history, kAnn));
}

TEST_CASE("publishing an event needs the room's grant and the event's own") {
  Access access;
  access.publish = {"user:ann", "role:admin"};
  access.publish_event["notice"] = {"role:admin"};
  CHECK_FALSE(missing_publish(access, "message", kAnn));
  CHECK(missing_publish(access, "notice", kAnn) == "publish of notice needs role:admin");
  CHECK_FALSE(missing_publish(access, "notice", kAdmin));
  access.publish_event["open"] = {"*"};
  CHECK(missing_publish(access, "open", kBob) == "publish needs user:ann or role:admin");
}

TEST_CASE("the parameter of a room's pattern is literal in a grant") {
  Access access;
  access.join = {"user:{id}", "role:desk-{id}-lead"};
  const RoomDefinition inbox = room_with(access, "inbox-{id}");
  CHECK_FALSE(missing_right(inbox, "inbox-ann", Right::join, kAnn));
  CHECK(missing_right(inbox, "inbox-ann", Right::join, kBob) == "join needs user:{id} or role:desk-{id}-lead");
  CHECK(missing_right(inbox, "inbox-anne", Right::join, kAnn));
  CHECK_FALSE(missing_right(inbox, "inbox-7", Right::join, {"cleo", "", "", "desk-7-lead"}));
  CHECK(missing_right(inbox, "inbox-7", Right::join, {"cleo", "", "", "desk-77-lead"}));
}

TEST_CASE("R-47 a token's rooms narrow what definitions grant, and definitions what a token grants") {
  const Identity ann = ann_with_rooms(R"({"chat":["join","publish:message","presence"],"hall":"*","staff":["join","manage"]})");
  const Access open;
  const auto lacks = [&](const std::string& id, Right right) { return missing_right(room_with(open, id), id, right, ann); };
  CHECK_FALSE(lacks("chat", Right::join));
  CHECK_FALSE(lacks("chat", Right::presence));
  CHECK(lacks("chat", Right::history) == "history is not in what the token grants for this room");
  CHECK(lacks("other", Right::join) == "join is not in what the token grants for this room");
  CHECK_FALSE(missing_publish(open, "message", ann));
  CHECK(missing_publish(open, "notice", ann) == "publish of notice is not in what the token grants for this room");
  for (const Right right : {Right::join, Right::publish, Right::history, Right::presence}) CHECK_FALSE(lacks("hall", right));
  CHECK(lacks("hall", Right::manage));
  CHECK_FALSE(lacks("staff", Right::manage));

  Access closed;
  closed.join = {"role:admin"};
  closed.manage = Grants{};
  CHECK(missing(closed, Right::join, ann) == "join needs role:admin");
  CHECK(missing_right(room_with(closed, "staff"), "staff", Right::manage, ann) == "manage is granted to no user");
}

}  // namespace dialogue::core
