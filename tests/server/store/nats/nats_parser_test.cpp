// What a NATS server may send, whole and cut, and what none would send.
#include "server/store/nats/nats_parser.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace dialogue::testing {

using namespace store;

namespace {

using Kind = NatsOperation::Kind;
using Operations = std::vector<std::pair<Kind, std::string>>;

Operations all_in(NatsParser& parser) {
  Operations found;
  while (auto operation = parser.next()) found.emplace_back(operation->kind, std::move(operation->text));
  return found;
}

/// What comes of it, fed in pieces of that size.
Operations parsed(std::string_view bytes, std::size_t piece, std::string& fault) {
  NatsParser parser;
  Operations found;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    parser.feed(bytes.substr(0, piece));
    for (auto& each : all_in(parser)) found.push_back(std::move(each));
  }
  fault = parser.fault();
  return found;
}

std::string fault_in(std::string_view bytes) {
  std::string fault;
  static_cast<void>(parsed(bytes, bytes.size(), fault));
  return fault;
}

}  // namespace

TEST_CASE("operations are the same wherever the bytes are cut") {
  std::string bytes = "INFO {\"server_id\":\"a\",\"max_payload\":1048576} \r\n+OK\r\nMSG s 1 5\r\na\r\nb,\r\nPING\r\n";
  bytes += "msg s 1 reply.to 0\r\n\r\nMSG\ts\t1\t3\r\nx";
  bytes += '\0';
  bytes += "y\r\nPONG\r\n-ERR 'Authorization Violation'\r\n";
  const Operations expected = {{Kind::info, "{\"server_id\":\"a\",\"max_payload\":1048576} "},
                               {Kind::ok, ""},
                               {Kind::message, "a\r\nb,"},
                               {Kind::ping, ""},
                               {Kind::message, ""},
                               {Kind::message, std::string("x\0y", 3)},
                               {Kind::pong, ""},
                               {Kind::error, "'Authorization Violation'"}};
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    std::string fault;
    CHECK(parsed(bytes, piece, fault) == expected);
    CHECK(fault.empty());
  }
}

TEST_CASE("what is not the protocol is a fault, after which nothing comes") {
  for (const char* line : {"HTTP/1.1 400 Bad Request\r\n", "\r\n", "HMSG s 1 2 4\r\n", "PINGS\r\n", "PIN\r\n"})
    CHECK(fault_in(line) == "a line is none of the protocol");
  for (const char* line : {"MSG\r\n", "MSG s 1\r\n", "MSG s 1 r t 4\r\n", "MSG s\r\n"})
    CHECK(fault_in(line) == "a message has too few or too many words");
  for (const char* line : {"MSG s 1 -1\r\n", "MSG s 1 x\r\n", "MSG s 1 1x\r\n", "MSG s 1 99999999999999999999999\r\n"})
    CHECK(fault_in(line) == "the size of a message is not a number");
  CHECK(fault_in("MSG s 1 65537\r\n") == "a message is too long");
  CHECK(fault_in("MSG s 1 18446744073709551615\r\n") == "a message is too long");
  CHECK(fault_in("MSG s 1 2\r\nabc\r\n") == "a message is longer than it says");
  NatsParser parser;
  parser.feed("nonsense\r\nPING\r\n");
  CHECK(all_in(parser).empty());
  parser.feed("PING\r\n");
  CHECK(all_in(parser).empty());
  CHECK(parser.waiting() == 0);
}

TEST_CASE("a line without an end is a fault once it is too long, and nothing more is kept") {
  NatsParser parser;
  const std::string some(4096, 'x');
  std::size_t fed = 0;
  while (parser.fault().empty() && fed < 10 * NatsParser::kLineBytesMax) {
    parser.feed(some);
    fed += some.size();
    CHECK(all_in(parser).empty());
    CHECK(parser.waiting() <= NatsParser::kLineBytesMax + some.size());
  }
  CHECK(parser.fault() == "a line is too long");
  CHECK(fault_in("INFO " + std::string(NatsParser::kLineBytesMax, 'x') + "\r\n") == "a line is too long");
  CHECK(fault_in("INFO " + std::string(NatsParser::kLineBytesMax - 5, 'x') + "\r\n").empty());
}

TEST_CASE("the longest message is taken, and what waits for its rest is bounded") {
  NatsParser parser;
  const std::string payload(NatsParser::kPayloadBytesMax, 'p');
  parser.feed("MSG s 1 65536\r\n" + payload + "\r");
  CHECK(all_in(parser).empty());
  CHECK(parser.waiting() < NatsParser::kPayloadBytesMax + 32);
  parser.feed("\nMSG s 1 65536\r\n");
  CHECK(all_in(parser) == Operations{{Kind::message, payload}});
}

TEST_CASE("random bytes of the protocol's own alphabet neither hang nor overrun") {
  const std::vector<std::string> words = {"MSG ", "INFO ", "PING", "PONG", "+OK", "-ERR ", "\r\n", "\r", "\n",
                                          " ",    "s ",    "1 ",   "0",    "3",   "65536", "-",    "x",  std::string(1, '\0'),
                                          "\xFF", "{}"};
  std::mt19937 random(7);
  for (int round = 0; round < 2'000; ++round) {
    NatsParser parser;
    for (int i = 0; i < 40; ++i) {
      parser.feed(words[random() % words.size()]);
      for (const auto& [kind, text] : all_in(parser)) CHECK(text.size() <= NatsParser::kPayloadBytesMax);
    }
    CHECK(parser.waiting() < 4096);
  }
}

}  // namespace dialogue::testing
