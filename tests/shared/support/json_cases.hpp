// JSON texts that every parser must accept, and texts that every parser must refuse, in the categories of the well-known JSON
// parsing suite (structure, numbers, strings, encoding, nesting). All written for this project. Used by the scanner, reader and
// validator tests.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/errors.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::testing {

using namespace std::string_literals;

struct RefusedJson {
  std::string text;
  ErrorCode code;
};

inline std::string nested(std::size_t levels, std::string_view open, std::string_view inside, std::string_view close) {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += open;
  text += inside;
  for (std::size_t i = 0; i < levels; ++i) text += close;
  return text;
}

inline std::vector<std::string> accepted_json() {
  std::vector<std::string> texts = {
      // structure
      "null",
      "true",
      "false",
      "0",
      "\"\"",
      "[]",
      "{}",
      " [] ",
      "\t\r\n {} \t\r\n",
      "[[]]",
      "[null,true,false]",
      "[1,\"a\",{},[]]",
      "{\"\":0}",
      "{\"a\":{\"b\":{}}}",
      "{\"a\":1,\"a\":2}",
      "[ 1 , 2 ]",
      "{ \"a\" : 1 , \"b\" : 2 }",
      "[1\n,2]",
      // numbers
      "-0",
      "-0.0",
      "1",
      "-1",
      "10",
      "123456789012345678901234567890",
      "0.1",
      "-0.1",
      "1.0",
      "1e1",
      "1E1",
      "1e+1",
      "1e-1",
      "1.5e300",
      "0e0",
      "0e+1",
      "0.0e-9",
      "1e999",
      "-1e999",
      "1e-999",
      "1e99999999999999999999",
      "[1.2,-3]",
      "9007199254740993",
      // strings
      "\"a\"",
      "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
      "\"\\u0000\"",
      "\"\\u0041\"",
      "\"\\uABCD\\uabcd\"",
      "\"\\ud83d\\ude00\"",
      "\"\\uD834\\uDD1E\"",
      "\"\\uFFFF\"",
      "\"\\u2028\"",
      "\"/\"",
      "\"{}[],:\"",
      "\" \"",
      "\"\x7f\"",
      "\"\\\\u0000\"",
      "\"\\\\\"",
      // encoding
      "\"\xc2\x80\"",
      "\"\xc3\xa9\"",
      "\"\xe0\xa0\x80\"",
      "\"\xed\x9f\xbf\"",
      "\"\xee\x80\x80\"",
      "\"\xef\xbf\xbf\"",
      "\"\xf0\x90\x80\x80\"",
      "\"\xf4\x8f\xbf\xbf\"",
      "\"\xe2\x80\xa8\"",
      "{\"\xf0\x9f\x98\x80\":1}",
      "\"\xef\xbb\xbf\"",
  };
  texts.push_back(std::string(400, '1'));
  texts.push_back("0." + std::string(400, '3'));
  texts.push_back("\"" + std::string(10000, 'x') + "\"");
  texts.push_back(nested(kJsonDepthMax, "[", "", "]"));
  texts.push_back(nested(kJsonDepthMax, "{\"a\":", "1", "}"));
  texts.push_back("[" + nested(kJsonDepthMax - 1, "[", "", "]") + "," + nested(kJsonDepthMax - 1, "[", "", "]") + "]");
  return texts;
}

inline std::vector<RefusedJson> refused_json() {
  constexpr ErrorCode syntax = ErrorCode::json_syntax, utf8 = ErrorCode::json_utf8, depth = ErrorCode::json_depth;
  std::vector<RefusedJson> texts;
  for (const std::string& text : std::vector<std::string>{
           // structure
           "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1}", "{1}", "{\"a\"}",
           "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{\"a\"::1}", "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}", "{1:1}",
           "{null:1}", "{[]:1}", "{\"a\":1", "{\"a\":", "{\"a\"", "{\"a\":1]", "[\"a\":1]", "[1]x", "1 2", "[] []", "{}{}", "1,",
           ",1", ":", "[*]", "[1;2]", "nul", "tru", "fals", "nulll", "truee", "True", "NULL", "undefined", "NaN", "Infinity",
           "-Infinity", "-NaN", "<a>", "@", "// a\n1", "/* a */1", "1//a", "#1", "[1/**/]", "\v1", "\f1",
           "\xc2\xa0"
           "1",
           "\xe2\x80\x8b"
           "1",
           "1\xc2\xa0", "\xef\xbb\xbf{}", "\xef\xbb\xbf", "\xfe\xff", "\xff", "\xe9", "[\xff]", "{\"a\":\xff}", "\0"s, "1\0"s,
           "[1]\0"s, "\0[1]"s,
           // numbers
           "+1", "-", "--1", "- 1", "01", "-01", "00", "1.", ".1", "-.1", "1.e1", "1e", "1e+", "1e-", "1E", "1e1.5", "1e 1",
           "1 e1", "1.2.3", "0x1", "0b1", "1_000", "1,000", "1a", "0e", "0.", "-0.", "1.-1", "1e++1", "[-]", "[1.]", "[-01]",
           "[1e]", "\xd9\xa1", "1f", "1n", "0.1.", "e1", "[+1]", "[.5]",
           // strings
           "\"", "\"a", "'a'", "a", "`a`", "\"\\\"", "\"\\", "\"\\x41\"", "\"\\a\"", "\"\\v\"", "\"\\0\"", "\"\\'\"", "\"\\u\"",
           "\"\\u1\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"", "\"\\U0041\"", "\"\\u{41}\"", "\"\\u 041\"", "\"\\u-041\"",
           "\"\n\"", "\"\r\"", "\"\t\"", "\"\0\""s, "\"\x01\"", "\"\x1f\"", "\"a\nb\"", "{\"a\nb\":1}", "\"\\\n\"", "\"a\"b",
           "\"a\"\"b\"", "\"\\ud83d\\uzzzz\"", "[\"a\",\"", "{\"", "{\"\\", "\"\\u00e\"", "\"\\ud800\\u\""})
    texts.push_back({text, syntax});
  for (const std::string& text : std::vector<std::string>{
           // Bytes that no UTF-8 text has, overlong forms, surrogates, above U+10FFFF, cut sequences (RFC 3629).
           "\"\x80\"", "\"\xbf\"", "\"\xc0\x80\"", "\"\xc1\xbf\"", "\"\xc2\"", "\"\xc2", "\"\xc2\x41\"", "\"\xe0\x80\x80\"",
           "\"\xe0\x9f\xbf\"", "\"\xe1\x80\"", "\"\xe1\"", "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"", "\"\xf0\x80\x80\x80\"",
           "\"\xf0\x8f\xbf\xbf\"", "\"\xf0\x90\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"",
           "\"\xfc\x84\x80\x80\x80\x80\"", "\"\xfe\"", "\"\xff\"",
           "\"a\xff"
           "b\"",
           "{\"\xff\":1}", "[\"ok\",\"\xed\xa0\xbd\xed\xb8\x80\"]",
           // Escaped surrogates without their other half.
           "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud800\\ud800\"", "\"\\udc00\\ud800\"",
           "\"\\ud83d\\u0041\"", "\"\\uDBFF\\\\udc00\"", "{\"\\ud800\":1}", "\"\\udfff\""})
    texts.push_back({text, utf8});
  texts.push_back({nested(kJsonDepthMax + 1, "[", "", "]"), depth});
  texts.push_back({nested(kJsonDepthMax + 1, "{\"a\":", "1", "}"), depth});
  texts.push_back({nested(10000, "[", "", ""), depth});
  texts.push_back({nested(10000, "{\"a\":[", "", ""), depth});
  return texts;
}

}  // namespace dialogue::testing
