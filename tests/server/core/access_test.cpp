// Grants: who may do what, and what a denial says.
#include "server/core/access.hpp"

#include <catch2/catch.hpp>

namespace dialogue {
namespace {

const Identity kAnn{"ann", "", "", ""};
const Identity kAdmin{"boss", "", R"({"role":"admin"})", "admin"};

}  // namespace

TEST_CASE("without a rule anybody may do anything but manage") {
  const Access open;
  for (const Right right : {Right::join, Right::publish, Right::history, Right::presence})
    CHECK_FALSE(missing_grant(open, right, kAnn));
  CHECK(missing_grant(open, Right::manage, kAdmin) == "manage is granted to nobody");
}

TEST_CASE("a grant names everybody, a role or a user") {
  Access access;
  access.join = {"role:admin", "user:ann"};
  CHECK_FALSE(missing_grant(access, Right::join, kAnn));
  CHECK_FALSE(missing_grant(access, Right::join, kAdmin));
  CHECK(missing_grant(access, Right::join, {"bob", "", "", ""}) == "join needs role:admin or user:ann");
  access.join = {"*"};
  CHECK_FALSE(missing_grant(access, Right::join, {"bob", "", "", ""}));
  access.manage = {"role:admin"};
  CHECK_FALSE(missing_grant(access, Right::manage, kAdmin));
}

TEST_CASE("an empty list grants nobody, and an unknown kind of grant nothing") {
  Access access;
  access.history = Grants{};
  CHECK(missing_grant(access, Right::history, kAdmin) == "history is granted to nobody");
  access.history = {"ann", "group:ann", "role:"};
  CHECK(missing_grant(access, Right::history, kAnn));
}

TEST_CASE("publishing an event needs the room's grant and the event's own") {
  Access access;
  access.publish = {"user:ann", "role:admin"};
  access.publish_event["notice"] = {"role:admin"};
  CHECK_FALSE(missing_publish_grant(access, "message", kAnn));
  CHECK(missing_publish_grant(access, "notice", kAnn) == "publish of notice needs role:admin");
  CHECK_FALSE(missing_publish_grant(access, "notice", kAdmin));
  access.publish_event["open"] = {"*"};
  CHECK(missing_publish_grant(access, "open", {"bob", "", "", ""}) == "publish needs user:ann or role:admin");
}

}  // namespace dialogue
