// Lines out of bytes, whatever pieces they come in.
#include "server/transport/tcp/line_reader.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::test {

using namespace transport;

namespace {

using Kind = LineEvent::Kind;

constexpr std::size_t kLineBytesMax = 16;
constexpr std::uint64_t kTimeoutMs = 1000, kNowMs = 5000;

/// What `text` gives: lines in brackets, faults by their name.
std::string seen(LineReader& reader, std::string text, std::uint64_t now_ms = kNowMs) {
  std::string out;
  std::span<char> input(text);
  for (auto event = reader.next(input, now_ms); event.kind != Kind::need_more; event = reader.next(input, now_ms)) {
    if (event.kind == Kind::too_long) out += "(too long)";
    if (event.kind == Kind::not_utf8) out += "(not UTF-8)";
    if (event.kind == Kind::line) out.append("<").append(event.line.data(), event.line.size()).append(">");
  }
  CHECK(input.empty());
  return out;
}

std::string seen(std::string_view text) {
  LineReader reader(kLineBytesMax, kTimeoutMs);
  return seen(reader, std::string(text));
}

}  // namespace

TEST_CASE("lines end in LF, and a CR before it does not count") {
  CHECK(seen("") == "");
  CHECK(seen("[1]\n") == "<[1]>");
  CHECK(seen("[1]\r\n[2]\n") == "<[1]><[2]>");
  CHECK(seen("\n\r\n") == "<><>");
  CHECK(seen("a\rb\n") == "<a\rb>");
  CHECK(seen("a\r\r\n") == "<a\r>");
  CHECK(seen("[1]\n[2]") == "<[1]>");
}

TEST_CASE("P-34 every split of a stream gives the same lines") {
  const std::string text = "[1]\r\n\n[2,\"ä€\"]\n[3]\n";
  const std::string whole = seen(text);
  CHECK(whole == "<[1]><><[2,\"ä€\"]><[3]>");
  for (std::size_t first = 0; first <= text.size(); ++first)
    for (std::size_t second = first; second <= text.size(); ++second) {
      LineReader reader(kLineBytesMax, kTimeoutMs);
      std::string out = seen(reader, text.substr(0, first));
      out += seen(reader, text.substr(first, second - first));
      out += seen(reader, text.substr(second));
      REQUIRE(out == whole);
    }
}

TEST_CASE("a line of the bound is taken, one byte more is refused as soon as it is there, and nothing after it is looked at") {
  const std::string most(kLineBytesMax, 'x');
  CHECK(seen(most + "\n") == "<" + most + ">");
  CHECK(seen(most + "\r\n") == "<" + most + ">");
  CHECK(seen(most + "x\n[1]\n") == "(too long)");
  CHECK(seen(most + "xx") == "(too long)");
  LineReader reader(kLineBytesMax, kTimeoutMs);
  for (std::size_t i = 0; i < kLineBytesMax + 1; ++i) CHECK(seen(reader, "x") == "");  // the last one may be a CR
  CHECK(seen(reader, "x") == "(too long)");
  CHECK(seen(reader, "\n[1]\n") == "");
}

TEST_CASE("a line that is not UTF-8 ends the stream") {
  CHECK(seen("\xff\n[1]\n") == "(not UTF-8)");
  CHECK(seen("\xc3\n") == "(not UTF-8)");
  LineReader reader(kLineBytesMax, kTimeoutMs);
  CHECK(seen(reader, "a\xc3") == "");
  CHECK(seen(reader, "\xa4\n") == "<a\xc3\xa4>");
}

TEST_CASE("a line that has begun has a deadline from its first byte, which no byte renews") {
  LineReader reader(kLineBytesMax, kTimeoutMs);
  CHECK_FALSE(reader.deadline_ms());
  CHECK(seen(reader, "[1]\n[", kNowMs) == "<[1]>");
  CHECK(reader.deadline_ms() == kNowMs + kTimeoutMs);
  CHECK(seen(reader, "2", kNowMs + 900) == "");
  CHECK(reader.deadline_ms() == kNowMs + kTimeoutMs);
  CHECK(seen(reader, "]\n", kNowMs + 950) == "<[2]>");
  CHECK_FALSE(reader.deadline_ms());
}

}  // namespace dialogue::test
