// Calls and streams on the side of the connection: who may call, values, credit, deadlines, and exactly one RESULT.
#include <catch2/catch.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/core/messages/exchange_messages.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/define/define.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {
struct NewOrder {
  std::string sku;
};
struct Order {
  int id = 0;
};
struct Stock {
  int left = 0;
};
}  // namespace

}  // namespace dialogue::testing

template <>
inline constexpr auto dialogue::describe<dialogue::testing::NewOrder> =
    dialogue::fields(dialogue::field<&dialogue::testing::NewOrder::sku>("sku", dialogue::min_length(1)));
template <>
inline constexpr auto dialogue::describe<dialogue::testing::Order> =
    dialogue::fields(dialogue::field<&dialogue::testing::Order::id>("id", dialogue::minimum(1)));
template <>
inline constexpr auto dialogue::describe<dialogue::testing::Stock> =
    dialogue::fields(dialogue::field<&dialogue::testing::Stock::left>("left"));

namespace dialogue::testing {

namespace {

constexpr auto kOutOfStock = call_error<Stock>("out_of_stock");
constexpr auto kCreate = define_call<NewOrder, Order>("orders.create", {.idempotent = true, .timeout = "5s"}, kOutOfStock);
constexpr auto kAdmin = define_call<no_value, no_value>("admin.purge", {.access = {"role:admin"}});
constexpr auto kLimited = define_call<no_value, no_value>("limited", {.rate_limit = limit(2, "1s")});
constexpr auto kFollow = define_stream<no_value, int>("logs.follow");
constexpr auto kChat = define_duplex<no_value, std::string, std::string>("agent.chat");
constexpr auto kApp = define_app(kCreate, kAdmin, kLimited, kFollow, kChat);

/// What a handler received.
struct Handled {
  ExchangeQuestion question;
  ExchangeReplies reply;
  std::vector<std::string> news;
};

class Handler final : public ExchangeHandler {
 public:
  explicit Handler(std::shared_ptr<Handled> handled) : handled_(std::move(handled)) {}
  void take(ExchangeNews&& news) override {
    if (const auto* write = std::get_if<ExchangeWrite>(&news)) handled_->news.push_back("write " + write->item);
    if (std::holds_alternative<ExchangeFinish>(news)) handled_->news.emplace_back("finish");
    if (const auto* grant = std::get_if<ExchangeGrant>(&news)) handled_->news.push_back("grant " + std::to_string(grant->up_to));
    if (const auto* ended = std::get_if<ExchangeEnded>(&news))
      handled_->news.push_back("ended " + std::string(error_name(ended->code)));
  }

 private:
  std::shared_ptr<Handled> handled_;
};

struct Calls {
  explicit Calls(std::uint32_t shards, bool handles = true)
      : definitions(make_definitions(kApp)), cluster(shards, config(handles)) {}

  std::unique_ptr<ShardConfig> config(bool handles) {
    auto made = std::make_unique<ShardConfig>();
    made->definitions = definitions;
    made->catalogue_bytes = make_catalogue(definitions).bytes;
    made->catalogue = CatalogueView::parse(made->catalogue_bytes).value();
    made->session_secret = "secret";
    if (handles)
      made->exchanges = [this](ExchangeQuestion&& question, ExchangeReplies reply) -> std::shared_ptr<ExchangeHandler> {
        handled.push_back(std::make_shared<Handled>(Handled{std::move(question), std::move(reply), {}}));
        return std::make_shared<Handler>(handled.back());
      };
    return made;
  }
  std::uint64_t entry(std::string_view name) { return cluster.config().catalogue.find_entry(name).value() + 1; }
  std::string call(std::uint64_t number, std::string_view name, std::string_view request, std::uint64_t timeout_ms = 0,
                   std::uint64_t window = 0, std::string_view ext = "0") {
    return frame({FrameType::call, number, entry(name), timeout_ms, window}, std::string(ext) + ',' + std::string(request));
  }
  void reply(ExchangeReply what) {
    handled.back()->reply(std::move(what));
    cluster.settle();
  }

  Definitions definitions;
  std::vector<std::shared_ptr<Handled>> handled;
  Cluster cluster;
};

std::string refused_call(std::uint64_t call, ErrorCode code) {
  return "[48," + std::to_string(call) + ',' + std::to_string(number(code)) + ',';
}

}  // namespace

TEST_CASE("a call reaches its handler with the caller, and its answer comes back once") {
  Calls calls(GENERATE(1u, 3u, 5u));
  Client ann = calls.cluster.greeted("ann");
  ann.send(calls.call(7, "orders.create", R"({"sku":"a-1"})", 0, 0, R"({"key":"k1"})"));
  CHECK(ann.take().empty());
  REQUIRE(calls.handled.size() == 1);
  const Handled& handled = *calls.handled[0];
  CHECK(handled.question.name == "orders.create");
  CHECK(handled.question.request == R"({"sku":"a-1"})");
  CHECK(handled.question.identity->user_id == "ann");
  CHECK(handled.question.key == "k1");
  CHECK(handled.question.timeout_ms == 5'000);
  calls.reply(ExchangeResult{ErrorCode::ok, {}, R"({"id":3})", 0});
  CHECK(ann.only() == R"([48,7,0,{"id":3}])");
  CHECK(handled.news == std::vector<std::string>{"ended ok"});
  calls.reply(ExchangeResult{ErrorCode::ok, {}, R"({"id":4})", 0});
  CHECK(ann.take().empty());
}

TEST_CASE("a call that cannot begin is refused with its reason, and no handler is called") {
  Calls calls(1);
  Client ann = calls.cluster.greeted("ann");
  const auto answer = [&](const std::string& text) {
    ann.send(text);
    return ann.only();
  };
  const std::uint64_t unknown = calls.cluster.config().catalogue.event_count() + 1;
  CHECK(begins(answer(frame({FrameType::call, 1, unknown, 0, 0}, "0,null")),
               {FrameType::result, 1, number(ErrorCode::call_unknown)}));
  CHECK(begins(answer(frame({FrameType::call, 1, calls.entry("orders.create~answer"), 0, 0}, "0,null")),
               {FrameType::result, 1, number(ErrorCode::call_unknown)}));
  CHECK(answer(calls.call(1, "orders.create", R"({"sku":""})")).find(R"("path":"$.sku")") != std::string::npos);
  CHECK(begins(answer(calls.call(1, "admin.purge", "null")), {FrameType::result, 1, number(ErrorCode::forbidden)}));
  CHECK(begins(answer(calls.call(1, "orders.create", R"({"sku":"a"})", 0, 0, R"({"key":""})")),
               {FrameType::result, 1, number(ErrorCode::request_invalid)}));
  CHECK(begins(answer(calls.call(1, "admin.purge", "null", 0, 0, R"({"key":"k"})")), {FrameType::result, 1}));
  CHECK(begins(answer(calls.call(1, "logs.follow", "null", 0, kStreamWindowMax + 1)),
               {FrameType::result, 1, number(ErrorCode::request_invalid)}));
  CHECK(begins(answer("[13,1,1,0,0,0,{\"sku\":\"\\ud800\"}]"), {FrameType::result, 1}));
  CHECK(calls.handled.empty());
  CHECK(begins(answer(calls.call(0, "logs.follow", "null")), {FrameType::bye, number(ErrorCode::frame_malformed)}));
}

TEST_CASE("without a handler a call is refused as unavailable, and a retry may help") {
  Calls calls(1, false);
  Client ann = calls.cluster.greeted("ann");
  ann.send(calls.call(1, "logs.follow", "null", 0, 1));
  calls.cluster.settle();
  CHECK(begins(ann.only(), {FrameType::result, 1, number(ErrorCode::handler_unavailable)}));
}

TEST_CASE("a declared error has its value; what the definition does not have is handler_failed") {
  Calls calls(1);
  Client ann = calls.cluster.greeted("ann");
  const auto outcome = [&](ExchangeResult result) {
    ann.send(calls.call(1, "orders.create", R"({"sku":"a"})"));
    calls.reply(std::move(result));
    return ann.only();
  };
  const std::string declared = outcome({ErrorCode::call_failed, "out_of_stock", R"({"left":2})", 0});
  CHECK(begins(declared, {FrameType::result, 1, number(ErrorCode::call_failed)}));
  CHECK(declared.find(R"("argument":"out_of_stock","data":{"left":2})") != std::string::npos);
  for (const ExchangeResult& bad :
       {ExchangeResult{ErrorCode::call_failed, "other", "null", 0},
        ExchangeResult{ErrorCode::call_failed, "out_of_stock", "null", 0}, ExchangeResult{ErrorCode::ok, {}, R"({"id":0})", 0},
        ExchangeResult{ErrorCode::ok, {}, "{", 0},
        ExchangeResult{ErrorCode::ok, {}, '"' + std::string(kMessageBytesMax, 'x') + '"', 0}})
    CHECK(begins(outcome(bad), {FrameType::result, 1, number(ErrorCode::handler_failed)}));
  CHECK(calls.handled.back()->news == std::vector<std::string>{"ended handler_failed"});
}

TEST_CASE("a call ends at its deadline, and a later answer is nothing") {
  Calls calls(1);
  Client ann = calls.cluster.greeted("ann");
  ann.send(calls.call(1, "orders.create", R"({"sku":"a"})", 60'000));  // the definition allows five seconds
  ann.send(calls.call(2, "orders.create", R"({"sku":"a"})", 1'000));
  calls.cluster.advance(999);
  CHECK(ann.take().empty());
  calls.cluster.advance(1);
  CHECK(begins(ann.only(), {FrameType::result, 2, number(ErrorCode::call_timeout)}));
  calls.cluster.advance(4'000);
  CHECK(begins(ann.only(), {FrameType::result, 1, number(ErrorCode::call_timeout)}));
  calls.reply(ExchangeResult{ErrorCode::ok, {}, R"({"id":1})", 0});
  CHECK(ann.take().empty());
  for (const auto& handled : calls.handled) CHECK(handled->news == std::vector<std::string>{"ended call_timeout"});
}

TEST_CASE("a cancelled call, and one whose caller is gone, end at their handler") {
  Calls calls(GENERATE(1u, 3u, 5u));
  Client ann = calls.cluster.greeted("ann");
  ann.send(calls.call(1, "logs.follow", "null", 0, 4));
  ann.send(frame({FrameType::cancel, 1}));
  CHECK(begins(ann.only(), {FrameType::result, 1, number(ErrorCode::aborted)}));
  CHECK(calls.handled[0]->news == std::vector<std::string>{"ended aborted"});
  ann.send(frame({FrameType::cancel, 1}));  // it has ended
  CHECK(ann.take().empty());
  ann.send(calls.call(1, "logs.follow", "null", 0, 4));
  ann.send(calls.call(2, "orders.create", R"({"sku":"a"})"));
  ann.lose();
  CHECK(calls.handled[1]->news == std::vector<std::string>{"ended connection_lost"});
  CHECK(calls.handled[2]->news == std::vector<std::string>{"ended connection_lost"});
}

TEST_CASE("a stream sends what was granted, in order, and nothing beyond") {
  Calls calls(1);
  Client ann = calls.cluster.greeted("ann");
  ann.send(calls.call(1, "logs.follow", "null", 0, 2));
  CHECK(calls.handled[0]->question.granted == 2);
  calls.reply(ExchangeItem{"10"});
  calls.reply(ExchangeItem{"11"});
  CHECK(ann.take() == Frames{"[49,1,1,10]", "[49,1,2,11]"});
  ann.send(frame({FrameType::grant, 1, 3}));
  CHECK(calls.handled[0]->news == std::vector<std::string>{"grant 3"});
  calls.reply(ExchangeItem{"12"});
  CHECK(ann.only() == "[49,1,3,12]");
  SECTION("an item that was not granted ends it") {
    calls.reply(ExchangeItem{"13"});
    CHECK(begins(ann.only(), {FrameType::result, 1, number(ErrorCode::handler_failed)}));
  }
  SECTION("an item that does not fit ends it") {
    ann.send(frame({FrameType::grant, 1, 9}));
    calls.reply(ExchangeItem{"\"text\""});
    CHECK(begins(ann.only(), {FrameType::result, 1, number(ErrorCode::handler_failed)}));
  }
  SECTION("its end has no value") {
    calls.reply(ExchangeResult{ErrorCode::ok, {}, {}, 0});
    CHECK(ann.only() == "[48,1,0,{}]");
  }
  SECTION("a grant too far ahead is refused") {
    ann.send(frame({FrameType::grant, 1, 4 + kStreamWindowMax}));
    CHECK(begins(ann.only(), {FrameType::result, 1, number(ErrorCode::request_invalid)}));
  }
}

TEST_CASE("a duplex stream takes what is allowed, in order, until the client finishes") {
  Calls calls(1);
  Client ann = calls.cluster.greeted("ann");
  ann.send(calls.call(1, "agent.chat", "null", 0, 4));
  const auto write = [&](std::uint64_t number, std::string_view item = "\"hi\"") {
    ann.send(frame({FrameType::write, 1, number}, item));
  };
  for (std::uint64_t i = 1; i <= kStreamWindow; ++i) write(i);
  CHECK(ann.take().empty());
  CHECK(calls.handled[0]->news == std::vector<std::string>(kStreamWindow, "write \"hi\""));
  SECTION("more than is allowed ends it") {
    write(kStreamWindow + 1);
    CHECK(begins(ann.only(), {FrameType::result, 1, number(ErrorCode::request_invalid)}));
  }
  SECTION("the handler allows more") {
    calls.reply(ExchangeAllow{kStreamWindow + 1});
    CHECK(ann.only() == frame({FrameType::allow, 1, kStreamWindow + 1}));
    write(kStreamWindow + 1);
    ann.send(frame({FrameType::finish, 1}));
    CHECK(ann.take().empty());
    CHECK(calls.handled[0]->news.back() == "finish");
    calls.reply(ExchangeItem{"\"late\""});
    CHECK(ann.only() == "[49,1,1,\"late\"]");
    write(kStreamWindow + 2);
    CHECK(begins(ann.only(), {FrameType::result, 1, number(ErrorCode::request_invalid)}));
  }
  SECTION("a number twice, and a value that does not fit, end it") {
    calls.reply(ExchangeAllow{99});
    (void)ann.take();
    GENERATE(0, 1) == 0 ? write(kStreamWindow) : write(kStreamWindow + 1, "5");
    CHECK(begins(ann.only(), {FrameType::result, 1}));
  }
}

TEST_CASE("a connection's concurrent calls are limited, and no two have one number") {
  Calls calls(1);
  Client ann = calls.cluster.greeted("ann");
  for (std::uint64_t i = 1; i <= kCallsMax; ++i) ann.send(calls.call(i, "logs.follow", "null"));
  CHECK(calls.handled.size() == kCallsMax);
  ann.send(calls.call(kCallsMax + 1, "logs.follow", "null"));
  CHECK(begins(ann.only(), {FrameType::result, kCallsMax + 1, number(ErrorCode::too_many_calls)}));
  ann.send(calls.call(5, "logs.follow", "null"));
  CHECK(begins(ann.only(), {FrameType::bye, number(ErrorCode::frame_malformed)}));
  for (const auto& handled : calls.handled) CHECK(handled->news == std::vector<std::string>{"ended connection_lost"});
}

TEST_CASE("a call's limit is that of its definition, for each connection") {
  Calls calls(1);
  Client ann = calls.cluster.greeted("ann");
  for (std::uint64_t i = 1; i <= 2; ++i) ann.send(calls.call(i, "limited", "null"));
  ann.send(calls.call(3, "limited", "null"));
  const std::string refused = ann.only();
  CHECK(refused.starts_with(refused_call(3, ErrorCode::rate_limited)));
  CHECK(refused.find("\"retryAfterMs\":500") != std::string::npos);
  calls.cluster.advance(500);
  ann.send(calls.call(4, "limited", "null"));
  CHECK(calls.handled.size() == 3);
}

TEST_CASE("a drain waits for the answers of calls, and not for streams") {
  Calls calls(1);
  Client ann = calls.cluster.greeted("ann"), bob = calls.cluster.greeted("bob");
  bob.send(calls.call(1, "logs.follow", "null", 0, 4));
  ann.send(calls.call(1, "orders.create", R"({"sku":"a"})"));
  calls.cluster.drain(100, 10'000);
  CHECK(begins(bob.only(), {FrameType::bye, number(ErrorCode::draining)}));
  CHECK(ann.take().empty());
  ann.send(calls.call(2, "orders.create", R"({"sku":"a"})"));
  CHECK(begins(ann.only(), {FrameType::result, 2, number(ErrorCode::draining)}));
  calls.reply(ExchangeResult{ErrorCode::ok, {}, R"({"id":1})", 0});
  const Frames last = ann.take();
  REQUIRE(last.size() == 2);
  CHECK(last[0] == R"([48,1,0,{"id":1}])");
  CHECK(begins(last[1], {FrameType::bye, number(ErrorCode::draining)}));
}

}  // namespace dialogue::testing
