// Whose address counts: ranges, X-Forwarded-For, PROXY headers, and what one address may have.
#include "server/http/request/client_address.hpp"

#include <catch2/catch.hpp>
#include <cstdio>

#include "server/net/address_limits.hpp"
#include "server/net/proxy_header.hpp"
#include "tests/server/support/test_server.hpp"

namespace dialogue::test {

using namespace core;
using namespace host;
using namespace http;
using namespace net;

namespace {

IpAddress ip(const std::string& text) { return boost::asio::ip::make_address(text); }

std::vector<AddressRange> ranges(std::initializer_list<std::string_view> texts) {
  std::vector<AddressRange> parsed;
  for (const std::string_view text : texts) parsed.push_back(AddressRange::parse(text).value());
  return parsed;
}

std::string client_of(const std::string& peer, std::initializer_list<std::string> forwarded) {
  RequestHeader header;
  for (const std::string& value : forwarded) header.insert("X-Forwarded-For", value);
  return client_address(ip(peer), header, ranges({"10.0.0.0/8", "192.0.2.1", "fd00::/8"})).to_string();
}

using Kind = ProxyHeader::Kind;
const std::string kBinary("\r\n\r\n\0\r\nQUIT\n", 12);

std::string binary_header(char command, char family, const std::string& rest) {
  return kBinary + command + family + static_cast<char>(rest.size() >> 8) + static_cast<char>(rest.size() & 0xff) + rest;
}

/// What a server says to a connection that begins with `first`.
std::string answer_to(TestServer& server, const std::string& first) {
  TestClient client(server.port());
  client.send(first + get_request("/health", "Connection: close\r\n"));
  return client.read_to_end().substr(0, 12);
}

}  // namespace

TEST_CASE("a range of addresses is an address and how much of it counts") {
  CHECK(AddressRange::parse("10.0.0.0/8")->contains(ip("10.255.0.1")));
  CHECK_FALSE(AddressRange::parse("10.0.0.0/8")->contains(ip("11.0.0.0")));
  CHECK(AddressRange::parse("10.0.0.0/8")->contains(ip("::ffff:10.1.2.3")));
  CHECK(AddressRange::parse("192.0.2.128/25")->contains(ip("192.0.2.200")));
  CHECK_FALSE(AddressRange::parse("192.0.2.128/25")->contains(ip("192.0.2.127")));
  CHECK(AddressRange::parse("2001:db8::/33")->contains(ip("2001:db8:7fff::1")));
  CHECK_FALSE(AddressRange::parse("2001:db8::/33")->contains(ip("2001:db8:8000::1")));
  CHECK(AddressRange::parse("0.0.0.0/0")->contains(ip("1.2.3.4")));
  CHECK_FALSE(AddressRange::parse("0.0.0.0/0")->contains(ip("2001:db8::1")));
  for (const char* bad : {"", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "example.com", "::/129", "/8"})
    CHECK_FALSE(AddressRange::parse(bad).has_value());
}

TEST_CASE("R-115 X-Forwarded-For counts only from trusted peers, and only what trusted ones wrote") {
  CHECK(client_of("203.0.113.9", {"198.51.100.1"}) == "203.0.113.9");
  CHECK(client_of("10.0.0.1", {}) == "10.0.0.1");
  CHECK(client_of("10.0.0.1", {"198.51.100.1"}) == "198.51.100.1");
  CHECK(client_of("10.0.0.1", {"1.1.1.1, 198.51.100.1"}) == "198.51.100.1");
  CHECK(client_of("10.0.0.1", {"1.1.1.1, 198.51.100.1, 10.2.0.1", "192.0.2.1"}) == "198.51.100.1");
  CHECK(client_of("10.0.0.1", {"10.9.9.9, 10.8.8.8"}) == "10.9.9.9");
  CHECK(client_of("10.0.0.1", {"198.51.100.1, nonsense, 10.2.0.1"}) == "10.2.0.1");
  CHECK(client_of("::ffff:10.0.0.1", {" [2001:db8::5]:443 "}) == "2001:db8::5");
  CHECK(client_of("fd00::1", {"198.51.100.1:1234"}) == "198.51.100.1");
}

TEST_CASE("a PROXY header of either version is read to its last byte and no further") {
  const std::string text = "PROXY TCP4 198.51.100.1 192.0.2.1 56324 443\r\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const ProxyHeader header = read_proxy_header(text.substr(0, size));
    CHECK(header.kind == Kind::need_more);
    CHECK(header.size > size);
    CHECK(header.size <= text.size());
  }
  const ProxyHeader whole = read_proxy_header(text + "GET /");
  CHECK(whole.kind == Kind::whole);
  CHECK(whole.size == text.size());
  CHECK(whole.client->to_string() == "198.51.100.1");
  CHECK(read_proxy_header("PROXY TCP6 2001:db8::1 ::1 1 2\r\n").client->to_string() == "2001:db8::1");
  CHECK_FALSE(read_proxy_header("PROXY UNKNOWN whatever\r\n").client.has_value());

  const std::string v4 =
      binary_header('\x21', '\x11', std::string("\xc6\x33\x64\x01\xc0\x00\x02\x01\x00\x50\x01\xbb", 12) + "ext");
  CHECK(read_proxy_header(v4 + "GET").client->to_string() == "198.51.100.1");
  CHECK(read_proxy_header(v4 + "GET").size == v4.size());
  for (std::size_t size = 0; size < v4.size(); ++size) CHECK(read_proxy_header(v4.substr(0, size)).size <= v4.size());
  const std::string v6 = binary_header('\x21', '\x21', std::string("\x20\x01\x0d\xb8", 4) + std::string(32, '\0'));
  CHECK(read_proxy_header(v6).client->to_string() == "2001:db8::");
  CHECK(read_proxy_header(binary_header('\x20', '\0', "")).kind == Kind::whole);
}

TEST_CASE("R-115 a PROXY header that is not one is malformed") {
  for (const std::string& bad :
       {std::string("GET / HTTP/1.1\r\n"), std::string("PROXY TCP4 1.2.3.4\r\n"),
        std::string("PROXY TCP4 2001:db8::1 ::1 1 2\r\n"), std::string("PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n"),
        std::string("PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n"), std::string("PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n"),
        "PROXY " + std::string(200, 'x'), binary_header('\x22', '\x11', std::string(12, 'x')),
        binary_header('\x21', '\x12', std::string(12, 'x')), binary_header('\x21', '\x11', "short"),
        binary_header('\x20', '\0', std::string(60'000, 'x'))})
    CHECK(read_proxy_header(bad).kind == Kind::malformed);
}

TEST_CASE("R-54 an address has a limit of connections, an IPv6 network counts as one, and ended ones are released") {
  AddressLimitSettings settings;
  settings.connections_max = 2;
  AddressLimits limits(settings, 1);
  auto first = limits.connect(ip("2001:db8::1"));
  {
    const auto second = limits.connect(ip("2001:db8::ffff:2"));
    REQUIRE(second);
    CHECK_FALSE(limits.connect(ip("2001:db8::3")));
    CHECK(limits.connect(ip("2001:db8:0:1::1")));
  }
  CHECK(limits.connect(ip("2001:db8::3")));
  for (int i = 0; i < 10; ++i) CHECK(limits.connect(ip("127.0.0.1")));
}

TEST_CASE("R-63 a tier has a limit per window, and reports when it refills") {
  AddressLimits limits({}, 1);
  const IpAddress one = ip("198.51.100.1");
  using Tier = AddressLimits::Tier;
  for (int i = 0; i < 10; ++i) CHECK(limits.take(one, Tier::login, 1'000'000) == 0);
  CHECK(limits.take(one, Tier::login, 1'000'000) == 6'000);
  CHECK(limits.take(one, Tier::request, 1'000'000) == 0);
  CHECK(limits.take(ip("198.51.100.2"), Tier::login, 1'000'000) == 0);
  CHECK(limits.take(one, Tier::login, 1'006'000) == 0);
  CHECK(limits.wait_ms(one, Tier::login, 1'006'000) == 6'000);
}

TEST_CASE("F-N13 a newcomer counts for himself, whatever crowd has come before") {
  AddressLimits limits({}, 1);
  std::size_t waiting = 0;
  for (std::uint32_t i = 0; i < 70'000; ++i)
    waiting += limits.take(boost::asio::ip::address_v4(0x0b000000u + i), AddressLimits::Tier::login, 1'000) != 0;
  CHECK(waiting == 0);
}

TEST_CASE("R-63 what is remembered of addresses is bounded, and those that are idle are forgotten by the timer") {
  AddressLimits limits({}, 1);
  for (std::uint32_t i = 0; i < 70'000; ++i)
    static_cast<void>(limits.take(boost::asio::ip::address_v4(0x0b000000u + i), AddressLimits::Tier::login, 1'000));
  CHECK(limits.remembered() == AddressLimits::kIdleAddressesMax);
  for (int i = 0; i < 64; ++i) limits.sweep(1'000);
  CHECK(limits.remembered() == AddressLimits::kIdleAddressesMax);
  for (int i = 0; i < 64; ++i) limits.sweep(1'000'000);
  CHECK(limits.remembered() == 0);
}

TEST_CASE("F-N13 a frequent address is not forgotten among many that connect once") {
  AddressLimits limits({}, 1);
  using Tier = AddressLimits::Tier;
  const IpAddress busy = ip("198.51.100.1");
  for (int i = 0; i < 10; ++i) CHECK(limits.take(busy, Tier::login, 1'000) == 0);
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    static_cast<void>(limits.take(boost::asio::ip::address_v4(0x0b000000u + i), Tier::login, 1'000));
    if (i % 1000 == 0 && limits.take(busy, Tier::login, 1'000) == 0) FAIL("it was forgotten");
  }
}

TEST_CASE("F-N13 connections are remembered whatever crowd comes, and what is idle is no more than the bound") {
  AddressLimitSettings settings;
  settings.connections_max = 1;
  AddressLimits limits(settings, 1);
  const auto held = limits.connect(ip("198.51.100.1"));
  for (std::uint32_t i = 0; i < 70'000; ++i) CHECK(limits.connect(boost::asio::ip::address_v4(0x0b000000u + i)));
  CHECK(limits.remembered() == AddressLimits::kIdleAddressesMax + 1);
  CHECK_FALSE(limits.connect(ip("198.51.100.1")));
}

TEST_CASE("F-N13 an IPv6 network counts by its /64, and a /48 as a whole has a fixed multiple of that limit") {
  AddressLimitSettings settings;
  settings.logins = {2, 60'000};
  settings.connections_max = 1;
  AddressLimits limits(settings, 1);
  using Tier = AddressLimits::Tier;
  const auto in_network = [](unsigned network, unsigned site) {
    char text[40];
    std::snprintf(text, sizeof text, "2001:db8:%x:%x::1", network, site);
    return ip(text);
  };
  CHECK(limits.take(in_network(1, 0), Tier::login, 0) == 0);
  CHECK(limits.take(in_network(1, 0), Tier::login, 0) == 0);
  CHECK(limits.take(in_network(1, 0), Tier::login, 0) == 30'000);
  unsigned taken = 2;
  for (unsigned site = 1; limits.take(in_network(1, site), Tier::login, 0) == 0; ++site) ++taken;
  CHECK(taken == 2 * AddressLimits::kNetworkShare);
  CHECK(limits.wait_ms(in_network(1, 0xffff), Tier::login, 0) > 0);
  CHECK(limits.take(in_network(2, 0), Tier::login, 0) == 0);  // the neighbour
  CHECK(limits.take(ip("198.51.100.1"), Tier::login, 0) == 0);

  std::vector<AddressLimits::Connection> held;
  for (unsigned site = 0;; ++site) {
    auto one = limits.connect(in_network(3, site));
    if (!one) break;
    held.push_back(std::move(*one));
  }
  CHECK(held.size() == AddressLimits::kNetworkShare);
  held.pop_back();
  CHECK(limits.connect(in_network(3, 0xffff)));
}

TEST_CASE("settings that are replaced count from then on") {
  AddressLimitSettings settings;
  settings.logins = {1, 60'000};
  AddressLimits limits(settings, 1);
  using Tier = AddressLimits::Tier;
  const IpAddress one = ip("198.51.100.1");
  CHECK(limits.take(one, Tier::login, 1'000'000) == 0);
  CHECK(limits.take(one, Tier::login, 1'000'000) > 0);
  settings.logins = {2, 60'000};
  limits.configure(settings);
  CHECK(limits.meter(one, Tier::login, 1'000'000).left == 1);
}

TEST_CASE("R-54 a server refuses an address its next connection with 429, and accepts it when one has ended") {
  TestServer server([](ServerConfig& config) {
    config.address_limits.connections_max = 2;
    config.address_limits.counts_loopback = true;
  });
  HonestClient ann(server.port(), "ann");
  {
    HonestClient bob(server.port(), "bob");
    TestClient third(server.port());
    const HttpReply refusal = third.reply();
    CHECK(refusal.status == 429);
    CHECK(refusal.field("Retry-After") == "10");
    ann.require_served();
  }
  server.await_connections(1);
  HonestClient(server.port(), "cleo").require_served();
}

TEST_CASE("R-63 an address that connects too often receives a retry time, and waiting costs it nothing", "[timed]") {
  TestServer server([](ServerConfig& config) {
    config.address_limits.handshakes = {3, 60'000};
    config.address_limits.counts_loopback = true;
  });
  for (int i = 0; i < 3; ++i) TestClient(server.port()).upgrade();
  TestClient late(server.port());
  late.send(upgrade_request());
  const HttpReply refusal = late.reply();
  CHECK(refusal.status == 429);
  CHECK(std::stoi(refusal.field("Retry-After")) > 15);
}

namespace {

/// Lets in by the token "right".
void one_right_token(ServerConfig& config) {
  config.address_limits.counts_loopback = true;
  config.identify = source_of(Authenticator([](const Credentials& credentials, const PeerFacts&, std::uint64_t) -> AuthResult {
    if (credentials.token == "right") return Identity{"ann", {}, {}, {}};
    if (credentials.token.empty()) return Refusal{ErrorCode::unauthorized, "a token is required"};
    if (credentials.token == "expired") return Refusal{ErrorCode::token_expired, "no"};
    return Refusal{credentials.token == "later" ? ErrorCode::identity_unavailable : ErrorCode::token_invalid, "no"};
  }));
}

std::string hello_with(const std::string& token) {
  return token.empty() ? "[1,1,0,0,{}]" : R"([1,1,0,0,{"token":")" + token + "\"}]";
}

/// The answer to HELLO up to its code: "[33" or "[45,58".
std::string answer_to(std::uint16_t port, const std::string& token) {
  TestClient client(port);
  client.upgrade();
  client.send_text(hello_with(token));
  const std::string frame = client.next_frame();
  return frame.starts_with("[45") ? frame.substr(0, 6) : frame.substr(0, 3);
}

const std::string kUnauthorized = "[45,60", kInvalid = "[45,58", kLimited = "[45,75";

}  // namespace

TEST_CASE("F-N05 R-63 a missing token is not a failed login, and a valid one is accepted despite its address's failures",
          "[timed]") {
  TestServer server(one_right_token);
  for (int i = 0; i < 30; ++i) CHECK(answer_to(server.port(), "") == kUnauthorized);
  for (int i = 0; i < 30; ++i) CHECK(answer_to(server.port(), "expired") == "[45,57");
  for (int i = 0; i < 10; ++i) CHECK(answer_to(server.port(), "wrong") == kInvalid);
  CHECK(answer_to(server.port(), "wrong") == kLimited);
  CHECK(answer_to(server.port(), "expired") == "[45,57");
  CHECK(answer_to(server.port(), "") == kUnauthorized);
  CHECK(answer_to(server.port(), "right") == "[33");
}

TEST_CASE("F-N06 a key that cannot be had counts as a failure of its address", "[timed]") {
  TestServer server(one_right_token);
  for (int i = 0; i < 10; ++i) CHECK(answer_to(server.port(), "later") == "[45,56");
  CHECK(answer_to(server.port(), "wrong") == kLimited);
  CHECK(answer_to(server.port(), "right") == "[33");
}

TEST_CASE("F-N06 tokens of REFRESH and JOIN count, too, and a connection that fails ten times is not even looked at", "[timed]") {
  const std::string of = GENERATE(as<std::string>(), "refresh", "join");
  TestServer server(one_right_token);
  TestClient client(server.port());
  client.upgrade();
  client.send_text(hello_with("right"));
  CHECK(client.next_frame().starts_with("[33"));
  const auto answer = [&](int req, const std::string& token) {
    const std::string number = std::to_string(req), object = R"({"token":")" + token + "\"}";
    client.send_text(of == "refresh" ? "[10," + number + "," + object + "]"
                                     : "[2," + number + R"(,0,0,0,"chat",)" + object + "]");
    const std::string start = "[42," + number + ",";
    const std::string frame = client.next_frame();
    return frame.starts_with(start) ? frame.substr(start.size(), 2) : frame;
  };
  for (int i = 1; i <= 10; ++i) CHECK(answer(i, "wrong") == "58");
  CHECK(answer(11, "right") == "75");
  CHECK(answer_to(server.port(), "wrong") == kLimited);
  CHECK(answer_to(server.port(), "right") == "[33");
}

TEST_CASE("R-115 limits count the client behind a trusted proxy, and other proxies are ignored") {
  TestServer server([](ServerConfig& config) {
    config.address_limits.connections_max = 1;
    config.trusted_proxies = ranges({"127.0.0.1"});
  });
  TestClient one(server.port()), other(server.port()), again(server.port());
  one.upgrade("X-Forwarded-For: 198.51.100.1\r\n");
  other.upgrade("X-Forwarded-For: 198.51.100.2\r\n");
  again.send(upgrade_request("X-Forwarded-For: 10.0.0.1, 198.51.100.1\r\n"));
  CHECK(again.reply().status == 429);

  TestServer direct([](ServerConfig& config) { config.address_limits.connections_max = 1; });
  TestClient free(direct.port()), too(direct.port());
  free.upgrade("X-Forwarded-For: 198.51.100.1\r\n");
  too.upgrade("X-Forwarded-For: 198.51.100.1\r\n");
}

TEST_CASE("R-115 if PROXY headers are expected, a trusted proxy's counts and everything else is refused") {
  TestServer trusting([](ServerConfig& config) {
    config.expects_proxy_header = true;
    config.trusted_proxies = ranges({"127.0.0.1"});
  });
  CHECK(answer_to(trusting, "PROXY TCP4 198.51.100.1 192.0.2.1 1 2\r\n") == "HTTP/1.1 200");
  CHECK(answer_to(trusting, binary_header('\x20', '\0', "")) == "HTTP/1.1 200");
  CHECK(answer_to(trusting, "").empty());
  CHECK(answer_to(trusting, "PROXY TCP4 198.51.100.1\r\n").empty());
  for (const std::string& header :
       {std::string("PROXY TCP6 2001:db8::1 ::1 1 2\r\n"), binary_header('\x20', '\0', "extension")}) {
    TestClient slow(trusting.port());
    for (const char byte : header + get_request("/health", "Connection: close\r\n")) slow.send({&byte, 1});
    CHECK(slow.read_to_end().substr(0, 12) == "HTTP/1.1 200");
  }

  TestServer wary([](ServerConfig& config) {
    config.expects_proxy_header = true;
    config.trusted_proxies = ranges({"192.0.2.1"});
  });
  CHECK(answer_to(wary, "PROXY TCP4 198.51.100.1 192.0.2.1 1 2\r\n").empty());
}

}  // namespace dialogue::test
