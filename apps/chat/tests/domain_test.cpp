// The rules of names, texts, passwords, roles, sessions and the throttle of logins.
#include <catch2/catch.hpp>

#include "apps/chat/domain/accounts.hpp"
#include "apps/chat/domain/login_throttle.hpp"
#include "apps/chat/domain/roles.hpp"
#include "apps/chat/domain/rotation.hpp"
#include "apps/chat/domain/text.hpp"

using namespace chat;

namespace {

bool is_refused(const TextResult& result) { return std::holds_alternative<std::string_view>(result); }
std::string kept(const TextResult& result) { return std::get<std::string>(result); }

}  // namespace

TEST_CASE("a user name has 3 to 32 ASCII letters, digits and underscores, and begins with a letter") {
  for (const auto* name : {"ann", "Ann_1", "a23", "abcdefghijklmnopqrstuvwxyz_12345"}) CHECK_FALSE(fault_in_user_name(name));
  for (const auto* name : {"", "an", "1ann", "_ann", "an n", "ann!", "abcdefghijklmnopqrstuvwxyz_123456", "\xd0\xb0nn",
                           "ann\xe2\x80\xae", "__proto__", "System", "an\xcc\x81n"})
    CHECK(fault_in_user_name(name)->path == "name");
  CHECK(fault_in_user_name(std::string("an\0n", 4)));
}

TEST_CASE("names that look alike have one skeleton") {
  CHECK(skeleton_of_user_name("Ivan") == skeleton_of_user_name("lvan"));
  CHECK(skeleton_of_user_name("b0b") == skeleton_of_user_name("bob"));
  CHECK(skeleton_of_user_name("modern") == skeleton_of_user_name("rnodern"));
  CHECK(skeleton_of_user_name("wood") == skeleton_of_user_name("vvood"));
  CHECK(skeleton_of_user_name("ann") != skeleton_of_user_name("bob"));
  CHECK(key_of_user_name("AnN") == "ann");
}

TEST_CASE("a line of text is trimmed, composed and single-spaced") {
  CHECK(kept(one_line("  Gar  den ", 64)) == "Gar den");
  CHECK(kept(one_line("e\xcc\x81", 1)) == "\xc3\xa9");
  CHECK(kept(one_line("", 10, true)).empty());
  CHECK(kept(one_line("\xe4\xb8\x8a\xe6\xb5\xb7", 2)) == "\xe4\xb8\x8a\xe6\xb5\xb7");
}

TEST_CASE("a line of text cannot hide itself, or move what stands around it") {
  CHECK(is_refused(one_line("", 10)));
  CHECK(is_refused(one_line("   ", 10)));
  CHECK(is_refused(one_line("\xe2\x80\x8b\xe2\x80\x8b", 10)));  // zero-width spaces
  CHECK(is_refused(one_line("\xe3\x85\xa4", 10)));              // a letter that is drawn as nothing
  CHECK(is_refused(one_line("a\nb", 10)));
  CHECK(
      is_refused(one_line("a\xe2\x80\xae"
                          "b",
                          10)));                    // right-to-left override
  CHECK(is_refused(one_line("a\xc0\xaf", 10)));     // overlong form
  CHECK(is_refused(one_line("\xed\xa0\x80", 10)));  // half of a surrogate pair
  CHECK(is_refused(one_line(std::string(11, 'x'), 10)));
  std::string tower = "a";
  for (int i = 0; i < 1000; ++i) tower += "\xcc\x81";
  CHECK(is_refused(one_line(tower, 10'000)));
}

TEST_CASE("a password has 10 to 1,024 bytes, is not the name, and not one character over and over") {
  CHECK_FALSE(fault_in_password("correct horse", "ann"));
  CHECK(fault_in_password("short", "ann")->path == "password");
  CHECK(fault_in_password("aaaaaaaaaaaa", "ann"));
  CHECK(fault_in_password("Annabel_Lee_1", "annabel_lee_1"));
  CHECK(fault_in_password(std::string(1025, 'x') + "abcdef", "ann"));
  CHECK(fault_in_password("\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5", "ann"));
  CHECK(compatible("\xef\xbd\x81") == "a");  // a full-width a is the a of another keyboard
}

TEST_CASE("moderators remove members, owners everybody, and only owners give roles") {
  CHECK(may_remove(Role::owner, Role::owner));
  CHECK(may_remove(Role::moderator, Role::member));
  CHECK_FALSE(may_remove(Role::moderator, Role::moderator));
  CHECK_FALSE(may_remove(Role::moderator, Role::owner));
  CHECK_FALSE(may_remove(Role::member, Role::member));
  CHECK(may_give_roles(Role::owner));
  CHECK_FALSE(may_give_roles(Role::moderator));
  CHECK(role_of("owner") == Role::owner);
  CHECK_FALSE(role_of("king"));
}

TEST_CASE("the last owner neither leaves nor gets another role") {
  CHECK(loses_last_owner(1, Role::owner, std::nullopt));
  CHECK(loses_last_owner(1, Role::owner, Role::moderator));
  CHECK_FALSE(loses_last_owner(1, Role::owner, Role::owner));
  CHECK_FALSE(loses_last_owner(2, Role::owner, std::nullopt));
  CHECK_FALSE(loses_last_owner(1, Role::member, std::nullopt));
}

TEST_CASE("the newest refresh token rotates, the one before repeats for a minute, and an older one is a copy") {
  const SessionState session{.generation = 5, .rotated_s = 1000, .created_s = 500, .has_ended = false};
  CHECK(judge(session, 5, 1000) == Rotation::rotate);
  CHECK(judge(session, 4, 1060) == Rotation::repeat);
  CHECK(judge(session, 4, 1061) == Rotation::reuse);
  CHECK(judge(session, 3, 1000) == Rotation::reuse);
  CHECK(judge(session, 6, 1000) == Rotation::ended);
}

TEST_CASE("a session ends when it was unused for 30 days, is 180 days old, or was ended") {
  SessionState session{.generation = 1, .rotated_s = 0, .created_s = 0, .has_ended = false};
  CHECK(judge(session, 1, kSessionIdleS - 1) == Rotation::rotate);
  CHECK(judge(session, 1, kSessionIdleS) == Rotation::ended);
  session.rotated_s = kSessionLifeS - 1;
  CHECK(judge(session, 1, kSessionLifeS - 1) == Rotation::rotate);
  CHECK(judge(session, 1, kSessionLifeS) == Rotation::ended);
  session.has_ended = true;
  CHECK(judge(session, 1, 1) == Rotation::ended);
}

TEST_CASE("wrong passwords slow down one account from one address, and a right one forgets them") {
  LoginThrottle throttle;
  for (std::uint32_t i = 0; i + 1 < LoginThrottle::kFreeFailures; ++i) throttle.failed("ann", "1.1.1.1", 100);
  CHECK(throttle.wait_s("ann", "1.1.1.1", 100) == 0);
  throttle.failed("ann", "1.1.1.1", 100);
  CHECK(throttle.wait_s("ann", "1.1.1.1", 100) == 1);
  throttle.failed("ann", "1.1.1.1", 101);
  CHECK(throttle.wait_s("ann", "1.1.1.1", 101) == 2);
  CHECK(throttle.wait_s("ann", "2.2.2.2", 101) == 0);
  CHECK(throttle.wait_s("bob", "1.1.1.1", 101) == 0);
  for (int i = 0; i < 50; ++i) throttle.failed("ann", "1.1.1.1", 200);
  CHECK(throttle.wait_s("ann", "1.1.1.1", 200) == LoginThrottle::kWaitMaxS);
  CHECK(throttle.wait_s("ann", "1.1.1.1", 200 + LoginThrottle::kForgetS) == 0);
  throttle.succeeded("ann", "1.1.1.1");
  CHECK(throttle.wait_s("ann", "1.1.1.1", 200) == 0);
}

TEST_CASE("the table of wrong passwords has a bound: the oldest entry goes") {
  LoginThrottle throttle;
  for (std::size_t i = 0; i < LoginThrottle::kEntriesMax + 10; ++i) throttle.failed(std::to_string(i), "1.1.1.1", 100);
  CHECK(throttle.size() == LoginThrottle::kEntriesMax);
}
