// Templates for other servers: what a file may say, and what is said about one that is wrong.
#include "server/load/protocol/protocol_template.hpp"

#include <catch2/catch.hpp>
#include <dialogue/setup_error.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/source_dir.hpp"

using namespace dialogue;
using namespace dialogue::load;
using Catch::Matchers::Contains;

TEST_CASE("a dialect says each thing that it can") {
  const ProtocolTemplate dialect = read_dialect(R"({
    "path": "/rooms/{room}?as={from}", "subprotocol": "v1", "binary": true, "greet": ["hello {from}", "enter {room}"],
    "answers": [{"is": "2", "say": "3"}, {"starts": "40", "say": "42{room}"}, {"within": "PING", "say": "PONG"}],
    "joined": "welcome", "publish": "PUB {room} {bytes} {n}\r\n{body}", "marker": "N="})",
                                                "x.json");
  const TemplateText::Values values{"r", "abc", 7, 9};
  CHECK(dialect.path.with(values) == "/rooms/r?as=7");
  CHECK(dialect.subprotocol == "v1");
  CHECK(dialect.is_binary);
  REQUIRE(dialect.greet.size() == 2);
  CHECK(dialect.greet[1].with(values) == "enter r");
  CHECK(dialect.publish.with(values) == "PUB r 3 9\r\nabc");
  CHECK(dialect.joined == "welcome");
  CHECK(dialect.marker == "N=");
  REQUIRE(dialect.answers.size() == 3);
  CHECK(dialect.answers[0].fits("2"));
  CHECK_FALSE(dialect.answers[0].fits("22"));
  CHECK(dialect.answers[1].fits("40{}"));
  CHECK_FALSE(dialect.answers[1].fits("140"));
  CHECK(dialect.answers[2].fits("MSG\r\nPING\r\n"));
}

TEST_CASE("by default a dialect is a broadcast by the URL's path") {
  const ProtocolTemplate dialect = read_dialect("{}", "x.json");
  CHECK(dialect.path.with({"a", {}, 0, 0}) == "/a");
  CHECK(dialect.publish.with({"a", "body", 0, 0}) == "body");
  CHECK(dialect.joined.empty());
  CHECK(dialect.marker == kStampMarker);
}

TEST_CASE("a brace that begins no known name stays as it is") {
  CHECK(TemplateText(R"(42["join",{"room":"{room}","{other}":{n}}])").with({"r", {}, 0, 5}) ==
        R"(42["join",{"room":"r","{other}":5}])");
}

TEST_CASE("a dialect that is wrong is refused with file, byte and advice") {
  const auto fault = [](const char* text) -> std::string {
    try {
      static_cast<void>(read_dialect(text, "x.json"));
      return "none";
    } catch (const SetupError& error) { return error.what(); }
  };
  CHECK_THAT(fault("[]"), Contains("x.json, byte 1: a dialect is a JSON object. The keys are path"));
  CHECK_THAT(fault(R"({"pth": "/"})"), Contains("there is no key \"pth\""));
  CHECK_THAT(fault(R"({"path": "room"})"), Contains("\"path\" begins with /"));
  CHECK_THAT(fault(R"({"binary": "yes"})"), Contains("\"binary\" takes true or false"));
  CHECK_THAT(fault(R"({"publish": "x"})"), Contains("\"publish\" has no {body}"));
  CHECK_THAT(fault(R"({"marker": ""})"), Contains("\"marker\" is empty"));
  CHECK_THAT(fault(R"({"answers": [{"is": "2"}]})"), Contains("an answer is not complete"));
  CHECK_THAT(fault(R"({"answers": [{"when": "2", "say": "3"}]})"), Contains("an answer has no key \"when\""));
  CHECK_THAT(fault(R"({"greet": "x"})"), Contains("\"greet\" takes an array"));
  CHECK_THAT(fault(R"({} x)"), Contains("this is not one JSON object"));
  CHECK_THAT(fault(R"({"path": "/x)"), Contains("\"path\" takes a string"));
}

TEST_CASE("the dialects that the bench ships can be read") {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_dir() + "/bench/delivery/dialects")) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    CHECK_NOTHROW(read_dialect(text.str(), entry.path().filename()));
    ++count;
  }
  CHECK(count >= 5);
}
