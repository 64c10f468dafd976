// The scanner takes what RFC 8259 allows, nothing else, and says which of three things is wrong.
#include "shared/json/json_scanner.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "shared/json/json_reader.hpp"
#include "tests/shared/support/json_cases.hpp"

namespace {

using namespace dialogue;

ErrorCode scan_whole(const std::string& text) {
  JsonCursor cursor{text.data(), text.data() + text.size()};
  const ErrorCode fault = skip_value(cursor, 0);
  return fault != ErrorCode::ok ? fault : cursor.only_space_left() ? ErrorCode::ok : ErrorCode::json_syntax;
}

TEST_CASE("the scanner accepts every valid JSON text") {
  for (const std::string& text : testing::accepted_json()) {
    INFO(text);
    CHECK(scan_whole(text) == ErrorCode::ok);
  }
}

TEST_CASE("the scanner refuses every invalid JSON text with its reason") {
  for (const auto& [text, code] : testing::refused_json()) {
    INFO(text.substr(0, 100));
    CHECK(error_name(scan_whole(text)) == error_name(code));
  }
}

TEST_CASE("the accepted and the refused texts are what another parser takes them for") {
  for (const std::string& text : testing::accepted_json()) {
    const bool beyond_doubles =
        text.find("e999") != std::string::npos || text.starts_with("1e9999") || text == std::string(400, '1');
    if (beyond_doubles) continue;  // JSON has them; that parser has not
    INFO(text);
    CHECK(nlohmann::json::accept(text));
  }
  for (const auto& [text, code] : testing::refused_json()) {
    const bool lenient = text.starts_with("\xef\xbb\xbf{") || text.ends_with('\0');  // a byte order mark; NUL taken for the end
    if (lenient || code == ErrorCode::json_depth) continue;
    INFO(text);
    CHECK_FALSE(nlohmann::json::accept(text));
  }
}

TEST_CASE("every prefix of a valid text that is not complete is refused") {
  const std::string text = R"( {"key":[1.5e-3,"\ud83d\ude00é",true,null,{"x":{}}],"z":"\\"} )";
  REQUIRE(scan_whole(text) == ErrorCode::ok);
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    INFO(length);
    CHECK(scan_whole(text.substr(0, length)) != ErrorCode::ok);
  }
}

TEST_CASE("every character survives being read and written") {
  for (std::int32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if ((code_point >= 0xD800 && code_point <= 0xDFFF) || code_point < 0x20 || code_point == '"' || code_point == '\\') continue;
    char bytes[4];
    const std::size_t size = encode_utf8(code_point, bytes);
    JsonCursor cursor{bytes, bytes + size};
    if (next_code_point(cursor) != code_point || cursor.at != cursor.end) FAIL("U+" << std::hex << code_point);
  }
  SUCCEED();
}

TEST_CASE("a string's length is counted in code points") {
  const std::string text = R"("aé😀\ud83d\ude00\n\u0041")";
  JsonCursor cursor{text.data(), text.data() + text.size()};
  JsonString string;
  REQUIRE(scan_string(cursor, string) == ErrorCode::ok);
  CHECK(string.code_points == 6);
  CHECK(string.raw() == text.substr(1, text.size() - 2));
  CHECK(cursor.at == cursor.end);
}

TEST_CASE("integers of frames are digits only, from 0 to 2^53-1") {
  const auto read = [](std::string_view text) -> std::optional<std::uint64_t> {
    JsonCursor cursor{text.data(), text.data() + text.size()};
    std::uint64_t value = 0;
    return scan_integer(cursor, value) ? std::optional(value) : std::nullopt;
  };
  CHECK(read("0") == 0U);
  CHECK(read("7,") == 7U);
  CHECK(read("9007199254740991") == kSafeIntegerMax);
  for (const char* bad : {"", "-1", "+1", "01", "00", "9007199254740992", "99999999999999999999999", " 1", "a"})
    CHECK_FALSE(read(bad));
}

TEST_CASE("the length of a value at the front of a text ends where the value ends") {
  CHECK(json_value_length("[1,2] tail") == 5U);
  CHECK(json_value_length("  true,") == 6U);
  CHECK_FALSE(json_value_length("[1,"));
  CHECK_FALSE(json_value_length(""));
}

}  // namespace
