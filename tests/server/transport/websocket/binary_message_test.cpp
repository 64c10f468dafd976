// Binary messages and the texts that they stand for. What must not come in is fuzzed as well (tests/fuzz).
#include "server/transport/websocket/binary_message.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/transport/websocket/binary_texts.hpp"
#include "shared/base/base64.hpp"
#include "tests/source_dir.hpp"

using namespace dialogue;
using namespace dialogue::transport;
using namespace std::string_literals;

namespace {

constexpr std::size_t kAny = 1 << 20;

/// `count` bytes of all values, NUL and SOH among them, and their base64.
std::string raw(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(i * 7);
  return bytes;
}
std::string base64(std::size_t count) {
  const std::string bytes = raw(count);
  return encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// The text, or the error's name.
std::string text_of(std::string_view message, std::size_t text_bytes_max = kAny) {
  std::string text;
  const ErrorCode code = from_binary_message(message, text_bytes_max, text);
  return code == ErrorCode::ok ? text : std::string(error_name(code));
}

void check_both_ways(const std::string& text, const std::string& message) {
  CHECK(to_binary_message(text) == message);
  CHECK(text_of(message) == text);
}

}  // namespace

TEST_CASE("golden texts become their binary messages, and back") {
  std::ifstream file(source_dir() + "/shared/vectors/binary_messages.json");
  const nlohmann::json vectors = nlohmann::json::parse(file)["messages"];
  REQUIRE_FALSE(vectors.empty());
  for (const nlohmann::json& vector : vectors) {
    INFO(vector["name"]);
    const std::string text = vector["text"];
    const auto message = to_binary_message(text);
    REQUIRE(message.has_value() == vector["message"].is_string());
    if (!message) continue;
    CHECK(encode_base64({reinterpret_cast<const std::uint8_t*>(message->data()), message->size()}) == vector["message"]);
    CHECK(text_of(*message) == text);
  }
}

TEST_CASE("strings of base64 travel raw, in their order, and all else is text") {
  check_both_ways("[4,7,1,1,0,{\"a\":\"" + base64(48) + "\",\"b\":[\"x\",\"" + base64(100) + "\"],\"c\":\"" + base64(47) + "\"}]",
                  "[4,7,1,1,0,{\"a\":\"\1"
                  "48\",\"b\":[\"x\",\"\1"
                  "100\"],\"c\":\"\1"
                  "47\"}]\0"s +
                      raw(48) + raw(100) + raw(47));
  check_both_ways("[1]\n[2,\"" + base64(49) + "\"]\n[3]",
                  "[1]\n[2,\"\1"
                  "49\"]\n[3]\0"s +
                      raw(49));
  check_both_ways("{\"" + base64(60) + "\":1}",
                  "{\"\1"
                  "60\":1}\0"s +
                      raw(60));
}

TEST_CASE("a string that ends like base64 after an escaped quote is the same text again") {
  const std::string text = R"(["say \")" + base64(48) + "\"]";
  const auto message = to_binary_message(text);
  REQUIRE(message);
  CHECK(text_of(*message) == text);
}

TEST_CASE("what saves nothing, or is not canonical, stays text") {
  const std::string long_one = base64(60);
  for (const std::string& text :
       {"[]"s, ""s, "\""s, "[\"" + base64(45) + "\"]", "[\"" + long_one, "[\"" + long_one + "=\"]", "[\"" + long_one + "A\"]",
        "[\"" + long_one + "AB==\"]", "[\"" + long_one + "-\"]", "[\"" + long_one + "\\n\"]", "[" + long_one + "]"})
    CHECK_FALSE(to_binary_message(text));
}

TEST_CASE("a text with NUL or SOH is not a frame and is sent unchanged") {
  CHECK_FALSE(to_binary_message("[\"" + base64(60) + "\",\"\1\"]"));
  CHECK_FALSE(to_binary_message("[\"" + base64(60) + "\"\0]"s));
}

TEST_CASE("a malformed binary message has no text") {
  for (const std::string& message : {""s, "[]"s, "[\"\1\"]\0"s, "[\"\1x\"]\0"s,
                                     "[\"\1"
                                     "1x\"]\0a"s,
                                     "[\"\1"
                                     "01\"]\0a"s,
                                     "[\"\1-1\"]\0a"s,
                                     "[\"\1"
                                     "1]\0a"s,
                                     "[\1"
                                     "1\"]\0a"s,
                                     "\1"
                                     "1\"\0a"s,
                                     "[\"\1"
                                     "2\"]\0a"s,
                                     "[\"\1"
                                     "1\"]\0ab"s,
                                     "[]\0a"s, "[\"\xff\"]\0"s,
                                     "[\"\1"
                                     "99999999999999999999\"]\0a"s})
    CHECK(text_of(message) == "frame_malformed");
}

TEST_CASE("a message may have no raw string, and one of no bytes") {
  CHECK(text_of("[11]\0"s) == "[11]");
  CHECK(text_of("[\"\1"
                "0\"]\0"s) == "[\"\"]");
}

TEST_CASE("the limit is that of the text, which is a third longer") {
  const std::string message =
      "[\"\1"
      "48\"]\0"s +
      raw(48);
  CHECK(text_of(message, 68) == "[\"" + base64(48) + "\"]");
  CHECK(text_of(message, 67) == "frame_too_large");
  CHECK(text_of(message, 66) == "frame_too_large");
  CHECK(text_of(message, 65) == "frame_too_large");
  CHECK(text_of("[\"\1"
                "1\"]\0a"s,
                7) == "frame_too_large");
}

TEST_CASE("the members of a room share one binary message") {
  BinaryTexts texts;
  const auto text = std::make_shared<const std::string>("[\"" + base64(60) + "\"]");
  const auto first = texts.binary_of(text);
  REQUIRE(first);
  CHECK(text_of(*first) == *text);
  CHECK(texts.binary_of(text) == first);
  const auto same_words = std::make_shared<const std::string>(*text);
  CHECK(texts.binary_of(same_words) != first);
  CHECK_FALSE(texts.binary_of(std::make_shared<const std::string>(100, 'x')));
}

TEST_CASE("only the newest texts are remembered") {
  BinaryTexts texts;
  std::vector<core::SharedBytes> held;
  std::vector<std::weak_ptr<const std::string>> made;
  for (int i = 0; i < 100; ++i) {
    held.push_back(std::make_shared<const std::string>("[\"" + base64(60) + "\"]"));
    made.push_back(texts.binary_of(held.back()));
  }
  std::size_t alive = 0;
  for (const auto& each : made) alive += each.expired() ? 0 : 1;
  CHECK(alive == 16);
}
