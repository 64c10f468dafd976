// Patterns: what matches, what is refused, and that no pattern can be made slow. Matching is compared with std::regex, which has
// the same syntax for what both know.
#include "shared/pattern/pattern.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <regex>

#include "shared/json/json_reader.hpp"
#include "shared/pattern/pattern_compiler.hpp"

namespace {

using namespace dialogue;

/// Compiles, lays the program out as the catalogue does, and looks for it in `text`.
bool finds(std::string_view pattern, std::string_view text) {
  const CompiledPattern compiled = compile_pattern(pattern);
  if (!compiled.fault.empty()) FAIL(pattern << ": " << compiled.fault);
  std::vector<std::uint32_t> words = {static_cast<std::uint32_t>(compiled.instructions.size()),
                                      static_cast<std::uint32_t>(compiled.class_words.size())};
  words.insert(words.end(), compiled.instructions.begin(), compiled.instructions.end());
  words.insert(words.end(), compiled.class_words.begin(), compiled.class_words.end());
  std::vector<std::uint8_t> bytes;
  for (const std::uint32_t word : words)
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
  std::string json;
  append_json_string(json, text);
  JsonCursor cursor{json.data(), json.data() + json.size()};
  JsonString string;
  REQUIRE(scan_string(cursor, string) == ErrorCode::ok);
  return pattern_matches(PatternProgram(Words{bytes.data()}), string);
}

TEST_CASE("a pattern is found anywhere unless it is anchored") {
  CHECK(finds("b", "abc"));
  CHECK(finds("", ""));
  CHECK(finds("", "abc"));
  CHECK(finds("^a", "abc"));
  CHECK_FALSE(finds("^b", "abc"));
  CHECK(finds("c$", "abc"));
  CHECK_FALSE(finds("b$", "abc"));
  CHECK(finds("^$", ""));
  CHECK_FALSE(finds("^$", "a"));
  CHECK(finds("^a|c$", "xxc"));
  CHECK(finds("a^|b", "b"));
  CHECK_FALSE(finds("a^b", "ab"));
  CHECK_FALSE(finds("^abc$", "abc\n"));
}

TEST_CASE("classes, escapes and the dot stand for characters, not bytes") {
  CHECK(finds("^.$", "\xf0\x9f\x98\x80"));
  CHECK(finds("^[\xc3\xa9-\xc3\xbf]$", "\xc3\xaa"));
  CHECK(finds("^\\u{1F600}$", "\xf0\x9f\x98\x80"));
  CHECK(finds("^\\u00e9\\x41\\/$",
              "\xc3\xa9"
              "A/"));
  CHECK_FALSE(finds("^.$", "\n"));
  CHECK_FALSE(finds("^.$", "\xe2\x80\xa8"));
  CHECK(finds("^[^a]$", "\n"));
  CHECK(finds("^\\d\\w\\s\\D\\W\\S$", "5_ x-y"));
  CHECK(finds("^\\s$", "\xef\xbb\xbf"));
  CHECK_FALSE(finds("\\d", "\xd9\xa1"));  // digits of other scripts are none, as in ECMA-262
  CHECK(finds("^[a\\-z]$", "-"));
  CHECK(finds("^[a-]$", "-"));
  CHECK(finds("^[-a]$", "-"));
  CHECK(finds("^[\\]]$", "]"));
  CHECK(finds("^[.*+?^$(){}|]+$", "^$.*+?(){}|"));
  CHECK_FALSE(finds("[]", "a"));
  CHECK(finds("[^]", "\n"));
  CHECK(finds("^[\\d\\s]$", " "));
}

TEST_CASE("repetitions and groups") {
  CHECK(finds("^a{2}$", "aa"));
  CHECK_FALSE(finds("^a{2}$", "aaa"));
  CHECK(finds("^a{2,}$", "aaaaa"));
  CHECK_FALSE(finds("^a{2,3}$", "aaaa"));
  CHECK(finds("^a{0,2}b$", "b"));
  CHECK(finds("^(?:ab|cd)+e?$", "abcdab"));
  CHECK(finds("^(a|b|c)*?d$", "abcabcd"));
  CHECK(finds("^(a*)*$", "aaaa"));
  CHECK(finds("^(a|)+$", "aaa"));
  CHECK(finds("^((a?){3}){2}$", "aaaaaa"));
  CHECK(finds("^(){1000}a{0}$", ""));
  CHECK_FALSE(finds("^((a?){3}){2}$", "aaaaaaa"));
}

TEST_CASE("what is outside the subset is refused with its place") {
  const std::pair<const char*, std::size_t> cases[] = {
      {"(?=a)", 2},  {"(?!a)", 2},   {"(?<n>a)", 2}, {"a\\1", 2},    {"\\b", 1},          {"\\p{L}", 1},
      {"\\cA", 1},   {"*a", 0},      {"a**", 2},     {"a{2}{3}", 4}, {"a{", 2},           {"a{x}", 2},
      {"a{3,2}", 6}, {"(a", 2},      {"a)", 1},      {"[a", 2},      {"[z-a]", 4},        {"[\\d-z]", 5},
      {"a]", 1},     {"a}", 1},      {"\\", 1},      {"\\uD800", 6}, {"\\u{110000}", 10}, {"\\x4", 3},
      {"^*", 2},     {"a{1001}", 5}, {"\\_", 1},     {"x{2,1}", 6},  {"\\u{}", 3},
  };
  for (const auto& [pattern, offset] : cases) {
    INFO(pattern);
    const CompiledPattern compiled = compile_pattern(pattern);
    CHECK_FALSE(compiled.fault.empty());
    CHECK(compiled.fault_offset == offset);
  }
  CHECK_FALSE(compile_pattern("\xff").fault.empty());
}

TEST_CASE("a pattern that needs too many steps is refused") {
  CHECK(compile_pattern("^[a-z]{120}$").fault.empty());
  CHECK_FALSE(compile_pattern("^[a-z]{300}$").fault.empty());
  CHECK_FALSE(compile_pattern("((((a{10}){10}){10}){10}){10}").fault.empty());
  CHECK_FALSE(compile_pattern(std::string(300, 'a')).fault.empty());
  CHECK_FALSE(compile_pattern(std::string(40, '(') + std::string(40, ')')).fault.empty());
}

TEST_CASE("R-62 patterns that make backtracking engines hang end at once") {
  const std::string text = std::string(60000, 'a') + "!";
  CHECK_FALSE(finds("^(a+)+$", text));
  CHECK_FALSE(finds("^(a|a)*$", text));
  CHECK_FALSE(finds("^(.*)*x$", text));
  CHECK_FALSE(finds("(a*)*b", text));
}

/// A random pattern of the syntax that std::regex shares.
std::string random_pattern(std::mt19937& random, int depth) {
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  std::string pattern;
  for (int i = pick(4); i >= 0; --i) {
    const char* atoms[] = {"a", "b", "c", ".", "[ab]", "[^a]", "[b-d]", "\\d", "\\w", "^", "$"};
    std::string atom = depth > 0 && pick(4) == 0 ? "(" + random_pattern(random, depth - 1) + ")" : atoms[pick(11)];
    if (atom != "^" && atom != "$") {
      const char* repeats[] = {"", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}"};
      atom += repeats[pick(9)];
    }
    pattern += atom;
    if (pick(6) == 0) pattern += "|";
  }
  return pattern;
}

TEST_CASE("patterns find what std::regex finds") {
  std::mt19937 random(7);
  for (int i = 0; i < 1500; ++i) {
    const std::string pattern = random_pattern(random, 2);
    const std::regex reference(pattern, std::regex::ECMAScript);
    for (int k = 0; k < 8; ++k) {
      std::string text;
      for (auto length = random() % 6; length > 0; --length) text += "abcd1-"[random() % 6];
      INFO(pattern << " in " << text);
      CHECK(finds(pattern, text) == std::regex_search(text, reference));
    }
  }
}

}  // namespace
