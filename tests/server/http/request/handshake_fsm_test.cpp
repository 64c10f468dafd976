// A handshake is fed byte by byte: at each one it must ask for more, and at the last one it must say the same as when all came at
// once. No socket is needed.
#include "server/http/request/handshake_fsm.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <utility>

using namespace dialogue;
using namespace dialogue::http;
using namespace dialogue::net;
using Do = HandshakeFsm::Action;

namespace {

const HttpLimits kLimits{};
const std::array<AddressRange, 1> kProxies = {*AddressRange::parse("10.0.0.0/8")};
const HandshakeFsm::Rules kRules{kLimits, kProxies, 1000};
const std::string kRequest = "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kProxyHeader = "PROXY TCP4 192.0.2.7 10.0.0.1 4000 443\r\n";

IpAddress address(const char* text) { return boost::asio::ip::make_address(text); }

/// The bytes of a peer, one more at each step, and what was not consumed of them.
class Feed {
 public:
  Feed(HandshakeFsm& fsm, std::string bytes) : fsm_(fsm), bytes_(std::move(bytes)) {}

  /// The first step that asks for something else than bytes; `read` when all bytes are there.
  HandshakeFsm::Step next() {
    while (true) {
      const HandshakeFsm::Step step = fsm_.resume(received_);
      received_.erase(0, step.consumed);
      if (step.action != Do::read || at_ == bytes_.size()) return step;
      received_ += bytes_[at_++];
    }
  }
  [[nodiscard]] std::size_t taken() const { return at_; }

 private:
  HandshakeFsm& fsm_;
  std::string bytes_, received_;
  std::size_t at_ = 0;
};

}  // namespace

TEST_CASE("A plain handshake counts its peer before the first byte, and serves at the last byte of the head") {
  HandshakeFsm fsm(kRules, address("::ffff:192.0.2.1"), {});
  Feed feed(fsm, kRequest + kRequest);
  CHECK(feed.next().action == Do::admit);
  CHECK(feed.taken() == 0);
  CHECK(fsm.peer() == address("192.0.2.1"));
  CHECK_FALSE(fsm.is_admitted());
  fsm.admitted(std::nullopt);
  for (std::size_t request = 1; request <= 2; ++request) {
    CHECK(feed.next().action == Do::serve);
    CHECK(feed.taken() == request * kRequest.size());
    const HandshakeFsm::Request served = fsm.take_request();
    CHECK(served.checked.path == "/a");
    CHECK(served.checked.query == "b");
    CHECK(served.checked.host == "x");
    CHECK(fsm.header() == nullptr);
  }
  CHECK(feed.next().action == Do::read);
}

TEST_CASE("A PROXY header of a trusted proxy names the peer, and no byte after the header is consumed with it") {
  const bool is_encrypted = GENERATE(false, true);
  HandshakeFsm fsm(kRules, address("10.0.0.1"), {.expects_proxy_header = true, .is_encrypted = is_encrypted});
  CHECK(fsm.is_below_tls() == is_encrypted);
  CHECK(fsm.resume(kProxyHeader.substr(0, kProxyHeader.size() - 1)).action == Do::read);
  const auto step = fsm.resume(kProxyHeader + kRequest);
  CHECK(step.action == Do::admit);
  CHECK(step.consumed == kProxyHeader.size());
  CHECK(fsm.peer() == address("192.0.2.7"));
  fsm.admitted(std::nullopt);
  if (is_encrypted) CHECK(fsm.resume({}).action == Do::begin_tls);
  CHECK_FALSE(fsm.is_below_tls());
  CHECK(fsm.resume(kRequest).action == Do::serve);
}

TEST_CASE("R-115 a PROXY header counts from a trusted proxy only, and its lack ends the connection without an answer") {
  HandshakeFsm stranger(kRules, address("192.0.2.1"), {.expects_proxy_header = true});
  const auto refused = stranger.resume({});
  CHECK(refused.action == Do::drop);
  CHECK(refused.refused.why == kNoProxyHeader);
  HandshakeFsm silent(kRules, address("10.0.0.1"), {.expects_proxy_header = true});
  Feed feed(silent, kRequest);
  CHECK(feed.next().action == Do::drop);
  CHECK(feed.taken() < kRequest.size());
}

TEST_CASE("A peer at its connection limit is answered so, but not below TLS") {
  HandshakeFsm plain(kRules, address("192.0.2.1"), {});
  CHECK(plain.resume({}).action == Do::admit);
  plain.admitted(kTooManyConnections);
  CHECK(plain.is_admitted());
  const auto told = plain.resume({});
  CHECK(told.action == Do::refuse);
  CHECK(told.refused.status == 429);
  HandshakeFsm encrypted(kRules, address("192.0.2.1"), {.is_encrypted = true});
  CHECK(encrypted.resume({}).action == Do::admit);
  encrypted.admitted(kTooManyConnections);
  CHECK(encrypted.resume({}).action == Do::drop);
}

TEST_CASE("R-10 R-12 a fault of a head is reported at its byte, even when bytes arrive one by one") {
  const auto [text, status] = GENERATE(table<std::string, unsigned>({
      {"GET / HTTP/1.1\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
  }));
  HandshakeFsm fsm(kRules, address("192.0.2.1"), {});
  Feed feed(fsm, text);
  CHECK(feed.next().action == Do::admit);
  fsm.admitted(std::nullopt);
  const auto step = feed.next();
  CHECK(step.action == Do::refuse);
  CHECK(step.refused.status == status);
  CHECK_FALSE(step.refused.why.empty());
}

TEST_CASE("A request that passes the parser but not the rules still has its sender") {
  HandshakeFsm fsm(kRules, address("10.0.0.1"), {});
  CHECK(fsm.resume({}).action == Do::admit);
  fsm.admitted(std::nullopt);
  const auto step = fsm.resume("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n");
  CHECK(step.action == Do::refuse);
  REQUIRE(fsm.header() != nullptr);
  CHECK(fsm.header()->count("X-Forwarded-For") == 1);
}

TEST_CASE("A handshake that moves to another owner continues, and its earlier results stay valid") {
  HandshakeFsm fsm(kRules, address("192.0.2.1"), {});
  CHECK(fsm.resume({}).action == Do::admit);
  fsm.admitted(std::nullopt);
  const auto step = fsm.resume("G\x80T / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(step.action == Do::refuse);
  const std::string why(step.refused.why);
  HandshakeFsm moved = std::move(fsm);
  CHECK(step.refused.why == why);
  CHECK(moved.resume(kRequest).action == Do::serve);
}
