// What a stranger's text may do to a terminal: nothing.
#include <catch2/catch.hpp>

#include "shared/base/printable.hpp"

using namespace dialogue;

TEST_CASE("controls of both sets and of the direction of text become question marks") {
  CHECK(printable("a\x1b[2Jb\x7f") == "a?[2Jb?");
  CHECK(printable("a\xC2\x9B"
                  "2Jb\xC2\x80") == "a?2Jb?");
  CHECK(printable("\xD8\x9C|\xE2\x80\x8E|\xE2\x80\x8F|\xE2\x80\xAA|\xE2\x80\xAE|\xE2\x81\xA6|\xE2\x81\xA9") == "?|?|?|?|?|?|?");
}

TEST_CASE("invisible characters become a question mark, and the joiners of words and emoji stay") {
  for (const std::string unseen :
       {"\xC2\xAD", "\xE2\x80\x8B", "\xE2\x81\xA0", "\xE2\x81\xA4", "\xEF\xBB\xBF", "\xF3\xA0\x80\x81", "\xF3\xA0\x81\xBF"})
    CHECK(printable("a" + unseen + "b") == "a?b");
  for (const std::string seen : {"\xE2\x80\x8C", "\xE2\x80\x8D", "\xEF\xBC\x81", "\xF3\xA0\x84\x80", "\xF3\xA0\x81", "\xEF\xBB"})
    CHECK(printable(seen) == seen);
}

TEST_CASE("all other text stays as it is, also where it is cut") {
  for (const std::string text : {"", "Zoë – “grüß” 日本 👋", "\xC2\xA0\xC3\x9B",
                                 "\xE2\x80\xA7\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xAA", "\xC2", "\xE2\x80", "\xE2", "\xD8", "\x9B"})
    CHECK(printable(text) == text);
}

TEST_CASE("JSON stays the same value, and its white space stays") {
  CHECK(printable_json("{\"a\":\t\"\xC2\x9B\xE2\x80\xAE\"}\n") == "{\"a\":\t\"\\u009b\\u202e\"}\n");
  CHECK(printable_json("\"\xEF\xBB\xBF\xF3\xA0\x81\x81\"") == R"("\ufeff\udb40\udc41")");
  CHECK(printable_json("\"\x1b\x7f\"") == R"("\u001b\u007f")");
}
