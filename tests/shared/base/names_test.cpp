// The rule for names, and which room pattern matches what.
#include "shared/base/names.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace {

using namespace dialogue;

TEST_CASE("a name is 1 to 128 of the allowed bytes") {
  for (const char* good : {"message", "a", "game.move", "A-Z_0~9:@", ".hidden", "a.", "constructor"}) CHECK(is_name(good));
  for (const char* bad : {"", "a b", "a/b", "a..b", "..", "__proto__", "a\n", "caf\xc3\xa9", "a{b}", "%00", "a\\b", "a\"b"})
    CHECK_FALSE(is_name(bad));
  CHECK(is_name(std::string(128, 'x')));
  CHECK_FALSE(is_name(std::string(129, 'x')));
  CHECK_FALSE(is_name(std::string_view("a\0b", 3)));
}

TEST_CASE("a room pattern has at most one parameter, which is an identifier") {
  for (const char* good : {"chat", "game-{id}", "{room}", "a{b}c", "x.{_1}"}) CHECK(is_room_pattern(good));
  for (const char* bad :
       {"", "game-{", "game-}", "game-{}", "{1a}", "{a}{b}", "{a-b}", "a b{c}", "{a", "}{", "{a}}", "__proto__"})
    CHECK_FALSE(is_room_pattern(bad));
  CHECK_FALSE(is_room_pattern(std::string(126, 'x') + "{a}"));
}

TEST_CASE("a pattern's parameter stands for one or more bytes") {
  CHECK(matches_room_pattern("game-{id}", "game-1"));
  CHECK(matches_room_pattern("{room}", "anything"));
  CHECK(matches_room_pattern("a{x}c", "abc"));
  CHECK_FALSE(matches_room_pattern("game-{id}", "game-"));
  CHECK_FALSE(matches_room_pattern("game-{id}", "game"));
  CHECK_FALSE(matches_room_pattern("a{x}a", "aa"));
  CHECK_FALSE(matches_room_pattern("a{x}a", "a"));
  CHECK(matches_room_pattern("chat", "chat"));
  CHECK_FALSE(matches_room_pattern("chat", "chat2"));
}

TEST_CASE("the literal parts of a pattern are counted without its parameter") {
  CHECK(literal_prefix_length("game-{id}-x") == 5);
  CHECK(literal_length("game-{id}-x") == 7);
  CHECK(literal_length("chat") == 4);
}

}  // namespace
