// Calls by HTTP without the HTTP: bounds, deadlines, and replies that come early, late or twice.
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/embed/exchange/api_calls.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "tests/server/embed/test_app.hpp"

namespace dialogue::test {

namespace {

constexpr auto kCallFault = call_error<int>("odd");
constexpr auto kDouble = define_call<int, int>("double", {}, kCallFault);
constexpr auto kPay = define_call<int, int>("pay", {.idempotent = true});
constexpr auto kRows = define_stream<int, int>("rows");
constexpr auto kCallsApp = define_app(kDouble, kPay, kRows);

struct Handler final : core::ExchangeHandler {
  void take(core::ExchangeNews&& news) override {
    if (const auto* ended = std::get_if<core::ExchangeEnded>(&news)) over.set_value(ended->code);
  }
  std::promise<ErrorCode> over;
};

/// Calls whose handler does what the test says, or nothing.
struct World {
  explicit World(std::function<void(const core::ExchangeReplies&)> at_once = {}) : reply_at_once(std::move(at_once)) {
    calls.set_catalogue(*CatalogueView::parse(bytes), 1 << 16);
    calls.open();
  }
  std::future<api::RemoteCallAnswer> make(std::string name, std::string request, std::string key = {}) {
    auto promise = std::make_shared<std::promise<api::RemoteCallAnswer>>();
    api::RemoteCall call{std::move(name), std::move(request)};
    call.key = std::move(key);
    calls.make(std::move(call), [promise](api::RemoteCallAnswer answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }
  ErrorCode code_of(std::string name, std::string request, std::string key = {}) {
    return value_of(make(std::move(name), std::move(request), std::move(key))).fault.code;
  }

  const Definitions definitions = make_definitions(kCallsApp);
  const std::vector<std::uint8_t> bytes = make_catalogue(definitions).bytes;
  std::function<void(const core::ExchangeReplies&)> reply_at_once;
  std::atomic<std::uint64_t> now_ms{1000};
  std::vector<core::ExchangeReplies> replies;
  std::vector<std::shared_ptr<Handler>> handlers;
  std::vector<std::string> log;
  std::optional<core::ExchangeQuestion> asked;
  ApiCalls calls{
      definitions,
      [this](core::ExchangeQuestion&& question, core::ExchangeReplies reply) -> std::shared_ptr<core::ExchangeHandler> {
        asked = std::move(question);
        if (reply_at_once) reply_at_once(reply);
        replies.push_back(std::move(reply));
        return handlers.emplace_back(std::make_shared<Handler>());
      },
      [this](const core::LogLine& line) { log.push_back(line.event); }, [this] { return now_ms.load(); }};
};

core::ExchangeResult result_of(std::string json) { return {ErrorCode::ok, {}, std::move(json), 0}; }

}  // namespace

TEST_CASE("a call by HTTP is answered once, and its handler learns of the end") {
  World world;
  auto answer = world.make("double", "2");
  CHECK(world.calls.under_way() == 1);
  CHECK(world.asked->name == "double");
  CHECK(world.asked->identity->user_id == "system");
  CHECK(world.asked->request == "2");
  world.replies[0](result_of("4"));
  world.replies[0](result_of("5"));
  CHECK(value_of(std::move(answer)).json == "4");
  CHECK(world.handlers[0]->over.get_future().get() == ErrorCode::ok);
  CHECK(world.calls.under_way() == 0);
}

TEST_CASE("a handler may answer before it has begun") {
  World world([](const core::ExchangeReplies& reply) { reply(result_of("4")); });
  CHECK(value_of(world.make("double", "2")).json == "4");
  CHECK(world.handlers[0]->over.get_future().get() == ErrorCode::ok);
}

TEST_CASE("an invalid request is refused before the handler is called, and an invalid answer after it") {
  World world([](const core::ExchangeReplies& reply) { reply(result_of("\"four\"")); });
  CHECK(world.code_of("halve", "2") == ErrorCode::call_unknown);
  CHECK(world.code_of("rows", "2") == ErrorCode::request_invalid);
  CHECK(world.code_of("double", "\"two\"") == ErrorCode::wrong_type);
  CHECK(value_of(world.make("double", "\"two\"")).fault.path == "$.data");
  CHECK(world.code_of("double", "2", "k") == ErrorCode::request_invalid);
  CHECK(world.code_of("pay", "2", "a b") == ErrorCode::request_invalid);
  CHECK(world.code_of("pay", "2", std::string(65, 'k')) == ErrorCode::request_invalid);
  CHECK(world.code_of("double", std::string(1 << 16, '1')) == ErrorCode::payload_too_large);
  CHECK_FALSE(world.asked);
  CHECK(world.code_of("double", "2") == ErrorCode::handler_failed);
  world.reply_at_once = [](const core::ExchangeReplies& reply) {
    reply(core::ExchangeResult{ErrorCode::call_failed, "on_fire", {}, 0});
  };
  CHECK(world.code_of("double", "2") == ErrorCode::handler_failed);
  CHECK(world.log == std::vector<std::string>{"handler_value_invalid", "handler_error_undeclared"});
  world.reply_at_once = [](const core::ExchangeReplies& reply) {
    reply(core::ExchangeResult{ErrorCode::call_failed, "odd", "3", 0});
  };
  const api::RemoteCallAnswer failed = value_of(world.make("double", "2"));
  CHECK(failed.fault.code == ErrorCode::call_failed);
  CHECK(failed.error == "odd");
  CHECK(failed.json == "3");
}

TEST_CASE("a call ends at its deadline, and a later answer is nobody's") {
  World world;
  auto answer = world.make("double", "2");
  world.now_ms += kApiCallTimeoutMaxMs;
  static_cast<void>(world.make("halve", "2"));
  CHECK(world.handlers[0]->over.get_future().get() == ErrorCode::call_timeout);
  CHECK(value_of(std::move(answer)).fault.code == ErrorCode::call_timeout);
  world.replies[0](result_of("4"));
}

TEST_CASE("the number of concurrent calls by HTTP is limited, and a stop answers all of them") {
  World world;
  std::vector<std::future<api::RemoteCallAnswer>> answers;
  for (std::size_t i = 0; i < kApiCallsMax; ++i) answers.push_back(world.make("double", "2"));
  CHECK(world.code_of("double", "2") == ErrorCode::too_many_calls);
  world.calls.stop();
  for (auto& each : answers) CHECK(value_of(std::move(each)).fault.code == ErrorCode::draining);
  CHECK(world.code_of("double", "2") == ErrorCode::draining);
  world.replies[0](result_of("4"));
}

TEST_CASE("a stop waits for an answer that is being given") {
  World world;
  std::promise<void> answering, goes_on;
  api::RemoteCall call{"double", "2"};
  world.calls.make(std::move(call), [&](const api::RemoteCallAnswer&) {
    answering.set_value();
    goes_on.get_future().wait();
  });
  std::thread replying([&] { world.replies[0](result_of("4")); });
  REQUIRE(answering.get_future().wait_for(testing::kPatience) == std::future_status::ready);
  std::atomic<bool> has_stopped{false};
  std::thread stopping([&] {
    world.calls.stop();
    has_stopped = true;
  });
  CHECK_FALSE(has_stopped);
  goes_on.set_value();
  stopping.join();
  replying.join();
  CHECK(has_stopped);
}

}  // namespace dialogue::test
