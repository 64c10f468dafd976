// Which ends are final: one table of BYE codes for every transport, with or without close codes.
#include <catch2/catch.hpp>
#include <vector>

#include "client-wasm/core/client.hpp"
#include "client-wasm/core/error_traits.hpp"

namespace dialogue::client::testing {
namespace {

constexpr std::uint64_t kNow = 1'000;

/// A client to which BYE was said, in answer to HELLO or after WELCOME.
struct Dismissed {
  Dismissed(std::uint64_t code, bool is_greeted) {
    client.start(kNow);
    client.opened(kNow);
    if (is_greeted) client.received({.type = FrameType::welcome, .integers = {kProtocolVersion, 0, 0, 25'000, 0, 0}}, kNow);
    client.received({.type = FrameType::bye, .integers = {code, 0}}, kNow);
  }
  bool is_closed() const { return client.state() == State::closed; }
  std::vector<std::uint64_t> faults() {
    std::vector<std::uint64_t> codes;
    while (const Action* action = client.next())
      if (action->kind == ActionKind::fault) codes.push_back(action->numbers[0]);
    return codes;
  }

  Client client{7};
};

/// Whether the client stays away once the transport has closed with this code; 0: it has none.
bool is_final(std::uint64_t code, bool is_greeted, std::uint16_t close_code) {
  Dismissed dismissed(code, is_greeted);
  dismissed.client.lost(close_code, kNow);
  return dismissed.is_closed();
}

}  // namespace

TEST_CASE("F-R11 whether an end is final is the same by WebSocket, stream, polling and TCP, for every code of BYE") {
  const bool is_greeted = GENERATE(true, false);
  for (const ErrorRow& row : kErrors) {
    if (row.code == ErrorCode::ok) continue;
    INFO(row.name);
    const bool by_websocket = is_final(number(row.code), is_greeted, close_code_of_bye(row));
    CHECK(by_websocket == is_final_close(close_code_of_bye(row)));
    CHECK(is_final(number(row.code), is_greeted, 0) == by_websocket);     // requests and TCP have no close codes
    CHECK(is_final(number(row.code), is_greeted, 1006) == by_websocket);  // cut between BYE and Close
    Dismissed silent(number(row.code), is_greeted);
    silent.client.tick(kNow + kClosingTimeoutMs);
    CHECK(silent.is_closed() == by_websocket);
    CHECK(by_websocket == !row.retryable);
  }
}

TEST_CASE("F-R11 the error of a final end is BYE's, once") {
  Dismissed dismissed(number(ErrorCode::denied_by_hook), true);
  dismissed.client.lost(0, kNow);
  CHECK(dismissed.faults() == std::vector{number(ErrorCode::denied_by_hook)});
}

TEST_CASE("F-R08 an expired token ends the client if the driver closes with a final code, and is reported once") {
  const std::uint16_t close_code = GENERATE(std::uint16_t{4005}, std::uint16_t{4508});
  Dismissed dismissed(number(ErrorCode::token_expired), true);
  dismissed.client.lost(close_code, kNow);
  CHECK(dismissed.is_closed() == (close_code == 4508));
  CHECK(dismissed.faults() == std::vector{number(ErrorCode::token_expired)});
}

TEST_CASE("F-R11 an unknown error code is final if the close code is") {
  CHECK_FALSE(is_final(9'999, true, 0));
  CHECK_FALSE(is_final(9'999, true, 4000));
  CHECK(is_final(9'999, true, 4999));
}

}  // namespace dialogue::client::testing
