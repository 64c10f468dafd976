// Handlers of calls and streams: functions, coroutines, and what they leave undone.
#include <atomic>
#include <catch2/catch.hpp>
#include <dialogue/async_calls.hpp>
#include <dialogue/instance.hpp>
#include <memory>
#include <string>
#include <vector>

#include "shared/catalogue/catalogue_builder.hpp"
#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"

namespace dialogue {

namespace {
struct Sum {
  int a = 0, b = 0;
};
struct Total {
  int total = 0;
};
}  // namespace
template <>
inline constexpr auto describe<Sum> = fields(field<&Sum::a>("a"), field<&Sum::b>("b"));
template <>
inline constexpr auto describe<Total> = fields(field<&Total::total>("total"));

namespace test {
namespace {

constexpr auto kTooLarge = call_error<Total>("too_large");
constexpr auto kAdd = define_call<Sum, Total>("sums.add", {}, kTooLarge);
constexpr auto kOnce = define_call<Sum, Total>("sums.once", {.idempotent = true});
constexpr auto kCount = define_stream<int, int>("numbers.count");
constexpr auto kEcho = define_duplex<no_value, std::string, std::string>("text.echo");
constexpr auto kApp = define_app(kAdd, kOnce, kCount, kEcho);

Config call_config() {
  Config config = test_config();
  config.definitions = kApp;
  return config;
}

/// A client that calls by name.
class Caller {
 public:
  Caller(Instance& server, const std::string& user) : client_(server.port(), user) {
    const Definitions definitions = make_definitions(kApp);
    bytes_ = make_catalogue(definitions).bytes;
    catalogue_ = CatalogueView::parse(bytes_).value();
  }
  void call(int number, std::string_view name, const json& request, int window = 0, const json& ext = 0) {
    client_.send(json::array({13, number, catalogue_.find_entry(name).value() + 1, 0, window, ext, request}));
  }
  void send(const json& frame) { client_.send(frame); }
  /// The tail of the next frame of this type behind its number.
  json next(FrameType type) {
    json frame = client_.wait_for(type);
    return json::array({frame[2], frame[3]});
  }

 private:
  FrameClient client_;
  std::vector<std::uint8_t> bytes_;
  CatalogueView catalogue_;
};

json code(ErrorCode what) { return static_cast<int>(what); }

}  // namespace

TEST_CASE("a handler answers with the types of its definition, and fails by a declared error") {
  Instance server = create_dialogue(call_config());
  server.handle(kAdd, [](const Sum& sum) {
    if (sum.a + sum.b > 100) throw CallFailure::of(kTooLarge, Total{100});
    return Total{sum.a + sum.b};
  });
  server.listen();
  Caller ann(server, "ann");
  ann.call(1, "sums.add", {{"a", 2}, {"b", 3}});
  CHECK(ann.next(FrameType::result) == json::array({0, {{"total", 5}}}));
  ann.call(2, "sums.add", {{"a", 99}, {"b", 3}});
  const json failed = ann.next(FrameType::result);
  CHECK(failed[0] == code(ErrorCode::call_failed));
  CHECK(failed[1]["argument"] == "too_large");
  CHECK(failed[1]["data"] == json({{"total", 100}}));
}

TEST_CASE("a handler that throws, or drops its call, is handler_failed, and the server goes on") {
  std::atomic<int> threw = 0;
  Config config = call_config();
  config.logger = [&threw](const LogLine& line) { threw += line.event == "call_handler_threw" ? 1 : 0; };
  Instance server = create_dialogue(std::move(config));
  server.handle(kAdd, [](const Sum& sum, const TypedCallHandle<decltype(kAdd)>& call) {
    if (sum.a == 1) throw std::runtime_error("no");
    if (sum.a == 2) return;  // and nobody holds the call
    if (sum.a == 3) return call.refuse(ErrorCode::forbidden, "not you");
    call.answer(Total{sum.a});
    call.answer(Total{0});  // the first one counts
  });
  server.listen();
  Caller ann(server, "ann");
  for (int a = 1; a <= 4; ++a) ann.call(a, "sums.add", {{"a", a}, {"b", 0}});
  CHECK(ann.next(FrameType::result)[0] == code(ErrorCode::handler_failed));
  CHECK(ann.next(FrameType::result)[0] == code(ErrorCode::handler_failed));
  CHECK(ann.next(FrameType::result)[0] == code(ErrorCode::forbidden));
  CHECK(ann.next(FrameType::result) == json::array({0, {{"total", 4}}}));
  CHECK(threw == 1);
}

TEST_CASE("an idempotent call with a key is handled once, over connections") {
  Instance server = create_dialogue(call_config());
  std::atomic<int> handled = 0;
  server.handle(kOnce, [&handled](const Sum& sum) { return Total{sum.a + sum.b + 100 * handled++}; });
  server.listen();
  const json sum = {{"a", 1}, {"b", 2}};
  Caller ann(server, "ann"), again(server, "ann"), bob(server, "bob");
  ann.call(1, "sums.once", sum, 0, {{"key", "k"}});
  CHECK(ann.next(FrameType::result) == json::array({0, {{"total", 3}}}));
  again.call(9, "sums.once", sum, 0, {{"key", "k"}});
  CHECK(again.next(FrameType::result) == json::array({0, {{"total", 3}}}));
  bob.call(1, "sums.once", sum, 0, {{"key", "k"}});
  CHECK(bob.next(FrameType::result) == json::array({0, {{"total", 103}}}));
  ann.call(2, "sums.once", {{"a", 7}, {"b", 2}}, 0, {{"key", "k"}});
  CHECK(ann.next(FrameType::result)[0] == code(ErrorCode::producer_conflict));
  CHECK(handled == 2);
}

TEST_CASE("a coroutine streams as fast as it is read, and learns that its reader has left") {
  Instance server = create_dialogue(call_config());
  auto written = std::make_shared<std::atomic<int>>(0);
  auto left = std::make_shared<std::promise<void>>();
  server.handle(kCount,
                async_call([written, left](int until, AsyncCallHandle<decltype(kCount)> stream) -> boost::asio::awaitable<void> {
                  for (int i = 1; i <= until; ++i) {
                    if (!co_await stream.write(i)) {
                      left->set_value();
                      co_return;
                    }
                    *written = i;
                  }
                }));
  server.listen();
  Caller ann(server, "ann");
  ann.call(1, "numbers.count", 3, 16);
  for (int i = 1; i <= 3; ++i) CHECK(ann.next(FrameType::item) == json::array({i, i}));
  CHECK(ann.next(FrameType::result)[0] == 0);
  ann.call(2, "numbers.count", 1000, 4);
  for (int i = 1; i <= 4; ++i) CHECK(ann.next(FrameType::item) == json::array({i, i}));
  ann.send(json::array({16, 2, 5}));
  CHECK(ann.next(FrameType::item) == json::array({5, 5}));
  ann.send(json::array({14, 2}));
  CHECK(ann.next(FrameType::result)[0] == code(ErrorCode::aborted));
  CHECK(left->get_future().wait_for(testing::kPatience) == std::future_status::ready);
  CHECK(*written == 5);
}

TEST_CASE("a coroutine reads what the client writes, and allows more") {
  Instance server = create_dialogue(call_config());
  server.handle(kEcho, async_call([](no_value, AsyncCallHandle<decltype(kEcho)> stream) -> boost::asio::awaitable<void> {
                  while (auto text = co_await stream.read()) co_await stream.write(*text + "!");
                }));
  server.listen();
  Caller ann(server, "ann");
  ann.call(1, "text.echo", nullptr, 1000);
  for (int i = 1; i <= 100; ++i) {
    ann.send(json::array({15, 1, i, std::to_string(i)}));
    CHECK(ann.next(FrameType::item) == json::array({i, std::to_string(i) + "!"}));  // ALLOW came before it
  }
  ann.send(json::array({17, 1}));
  CHECK(ann.next(FrameType::result)[0] == 0);
}

TEST_CASE("a handler is set once, of a call that is defined, and before the server listens") {
  Instance server = create_dialogue(call_config());
  const auto any = [](const CallHandle& call) { call.answer("null"); };
  server.handle("sums.add", any);
  CHECK_THROWS_AS(server.handle("sums.add", any), SetupError);
  CHECK_THROWS_AS(server.handle("sums.sub", any), SetupError);
  CHECK_THROWS_AS(server.handle("sums.once", CallFunction()), SetupError);
  server.listen();
  CHECK_THROWS_AS(server.handle("sums.once", any), SetupError);
}

}  // namespace test
}  // namespace dialogue
