// Calls by HTTP to a real backend whose connections end: which are sent again, and which are not.
#include "server/webhooks/call_backend.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <variant>

#include "tests/server/webhooks/asking_kit.hpp"

using namespace dialogue;
using namespace dialogue::core;
using namespace dialogue::webhooks;
using namespace dialogue::test;

namespace {

const BackendReply kAnswer = json_reply(R"({"answer":1})");
const BackendReply kLastAnswer{kAnswer.bytes, true};  ///< without a word that the connection ends

/// Calls, with what they resulted in.
struct Calling {
  explicit Calling(HttpBackend& backend) : asking(settings_for(backend.url())), calls(asking.webhooks.calls()) {}

  /// Makes a call, and waits for its end.
  ErrorCode call(const std::string& key = {}) {
    ExchangeQuestion question;
    question.name = "orders.create";
    question.identity = ann();
    question.request = "1";
    question.key = key;
    const std::size_t before = results.now().size();
    const auto handler =
        calls(std::move(question), [this](ExchangeReply reply) { results.add(std::get<ExchangeResult>(std::move(reply)).code); });
    return results.wait(before + 1).back();
  }

  Arrivals<ErrorCode> results;
  Asking asking;
  ExchangeSource calls;
};

}  // namespace

TEST_CASE("a connection that the backend closed while it was idle affects no call") {
  HttpBackend backend(always(kLastAnswer));
  Calling calling(backend);
  for (std::size_t count = 1; count <= 3; ++count) {
    CHECK(calling.call() == ErrorCode::ok);
    backend.wait_for_ended(count);
  }
  CHECK(backend.requests().size() == 3);
  CHECK(calling.asking.log().empty());
}

TEST_CASE("a call with a key is sent again, as a new request, if a kept connection ends without an answer") {
  HttpBackend backend(in_turn({always(kAnswer), always({"", true}), always(kAnswer)}));
  Calling calling(backend);
  CHECK(calling.call() == ErrorCode::ok);
  CHECK(calling.call("k") == ErrorCode::ok);
  const auto requests = backend.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[2].connection == 2);
  CHECK(requests[1].hook_id != requests[2].hook_id);
  CHECK(json::parse(requests[1].body)["call"] == json::parse(requests[2].body)["call"]);
  CHECK(calling.asking.log().empty());
}

TEST_CASE("a call without a key is sent once, whatever becomes of its connection") {
  HttpBackend backend(in_turn({always(kAnswer), always({"", true})}));
  Calling calling(backend);
  CHECK(calling.call() == ErrorCode::ok);
  CHECK(calling.call() == ErrorCode::handler_unavailable);
  CHECK(backend.requests().size() == 2);
}

TEST_CASE("a call with a key is not sent again if a new connection breaks, or an answer has begun") {
  HttpBackend backend(always({"", true}));
  Calling calling(backend);
  CHECK(calling.call("k") == ErrorCode::handler_unavailable);
  CHECK(backend.requests().size() == 1);
  backend.handle_by(in_turn({always(kAnswer), always({"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"ans", true})}));
  CHECK(calling.call("k") == ErrorCode::ok);
  CHECK(calling.call("k") == ErrorCode::handler_unavailable);
  CHECK(backend.requests().size() == 3);
}
