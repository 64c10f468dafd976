// Middleware and hooks that wait, in a whole server.
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>
#include <dialogue/async.hpp>
#include <dialogue/instance.hpp>
#include <dialogue/middleware.hpp>
#include <future>
#include <memory>
#include <stdexcept>

#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"

using namespace dialogue;
using namespace dialogue::test;

namespace {

using LateVerdict = boost::asio::awaitable<HookVerdict>;

constexpr int kMessage = 2;  // of the catalogue: events stand there by name

void say(FrameClient& client, const json& joined, const std::string& text) {
  client.send(json::array({4, joined[2], kMessage, 0, 0, {{"text", text}}}));
}

LateVerdict later(HookVerdict verdict) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::chrono::milliseconds(1));
  co_await timer.async_wait(boost::asio::use_awaitable);
  co_return verdict;
}

}  // namespace

TEST_CASE("middleware for all rooms and for one changes and refuses what clients publish, not what the server does") {
  Instance server = create_dialogue(test_config());
  server.use(content_filter({{"darn"}, "****"}));
  server.on_publish([](const Draft& draft) {
    return draft.identity.user_id == "mallory" ? HookVerdict::deny("not you") : HookVerdict::allow();
  });
  std::atomic<int> seen_in_duo{0};
  server.use(duo, [&](const Draft&) { ++seen_in_duo; });
  server.listen();
  CHECK_THROWS_AS(server.use(size_guard(1)), SetupError);
  FrameClient ann(server.port(), "ann"), mallory(server.port(), "mallory");
  const json chat_of_ann = ann.join("chat");
  say(ann, chat_of_ann, "darn it");
  CHECK(ann.wait_for(FrameType::event)[7]["text"] == "**** it");
  say(mallory, mallory.join("chat"), "hello");
  CHECK(mallory.wait_for(FrameType::nack)[3] == static_cast<int>(ErrorCode::denied_by_hook));
  CHECK(value_of(server.trigger(chat, message, Message{"darn"})).ok());
  CHECK(ann.wait_for(FrameType::event)[7]["text"] == "darn");
  CHECK(seen_in_duo == 0);
  const json duo_of_ann = ann.join("duo", 2);
  say(ann, duo_of_ann, "hello");
  CHECK(ann.wait_for(FrameType::event)[7]["text"] == "hello");
  CHECK(seen_in_duo == 1);
}

TEST_CASE("hooks that wait decide about connecting, joining and publishing") {
  Instance server = create_dialogue(test_config());
  server.on_connect(async_hook([](HookQuestion question) -> LateVerdict {
    if (question.identity->user_id == "mallory") return later(HookVerdict::deny("not you"));
    HookVerdict verdict;
    verdict.meta = R"({"role":"staff"})";
    return later(verdict);
  }));
  server.on_join(async_hook([](HookQuestion question) -> LateVerdict {
    return later(question.room_id == "duo" ? HookVerdict::deny("by invitation") : HookVerdict::allow());
  }));
  server.on_join(async_hook([](HookQuestion) -> LateVerdict { return later(HookVerdict::allow()); }));
  server.use(
      chat, async_hook([](HookQuestion question) -> LateVerdict {
        return later(question.payload == R"({"text":"one"})" ? HookVerdict::replace(R"({"text":"1"})") : HookVerdict::allow());
      }));
  const auto gone = std::make_shared<std::promise<std::string>>();
  server.on_disconnect(async_hook([gone](HookQuestion question) -> LateVerdict {
    if (question.identity->user_id == "ann") gone->set_value(question.reason);
    return later(HookVerdict::allow());
  }));
  server.listen();
  FrameClient mallory(server.port(), "mallory");
  CHECK(mallory.wait_for(FrameType::bye)[1] == static_cast<int>(ErrorCode::denied_by_hook));
  {
    FrameClient ann(server.port(), "ann");
    ann.send(json::array({2, 1, 0, 0, 0, "duo", json::object()}));
    CHECK(ann.wait_for(FrameType::reply)[2] == static_cast<int>(ErrorCode::denied_by_hook));
    const json joined = ann.join("chat", 2);
    CHECK(value_of(server.get_clients("ann")).at(0).meta == R"({"role":"staff"})");
    for (const char* text : {"one", "two", "three"}) say(ann, joined, text);
    for (const char* text : {"1", "two", "three"}) CHECK(ann.wait_for(FrameType::event)[7]["text"] == text);
  }
  CHECK(value_of(gone->get_future()) == "connection_lost");
}

TEST_CASE("a hook that takes too long, and one that throws, refuse so that clients try again", "[timed]") {
  Instance server = create_dialogue(test_config());
  std::atomic<bool> throws{false};
  server.use(async_hook(
      [&](HookQuestion) -> LateVerdict {
        if (throws) throw std::runtime_error("no database");
        boost::asio::steady_timer never(co_await boost::asio::this_coro::executor, std::chrono::hours(1));
        co_await never.async_wait(boost::asio::use_awaitable);
        co_return HookVerdict::allow();
      },
      std::chrono::milliseconds(1500)));
  server.listen();
  FrameClient ann(server.port(), "ann");
  const json joined = ann.join("chat");
  say(ann, joined, "hello");
  json nack = ann.wait_for(FrameType::nack);
  CHECK(nack[3] == static_cast<int>(ErrorCode::hook_unavailable));
  CHECK(nack[4] == 1000);
  throws = true;
  say(ann, joined, "hello");
  nack = ann.wait_for(FrameType::nack);
  CHECK(nack[3] == static_cast<int>(ErrorCode::internal));
}

TEST_CASE("definitions bring their middleware along") {
  Config config = test_config();
  config.definitions.middleware.push_back({MiddlewareUse::content_filter, {"darn"}, "****", {}, 0});
  Instance server = create_dialogue(std::move(config));
  server.listen();
  FrameClient ann(server.port(), "ann");
  say(ann, ann.join("chat"), "darn");
  CHECK(ann.wait_for(FrameType::event)[7]["text"] == "****");
}

namespace {

using Resume = std::promise<std::function<void()>>;

/// What knows nothing of cancellation, as many libraries of databases: it goes on when the test calls what `kept` gets.
boost::asio::awaitable<void> uncancellable(const std::shared_ptr<Resume>& kept) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      [kept](auto handler) {
        const auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        kept->set_value(
            [shared] { boost::asio::post(boost::asio::get_associated_executor(*shared), [shared] { std::move (*shared)(); }); });
      },
      boost::asio::use_awaitable);
}

}  // namespace

TEST_CASE("F-E02 a hook that awaits what cannot be cancelled is answered for after its time") {
  Instance server = create_dialogue(test_config());
  const auto kept = std::make_shared<Resume>();
  server.on_join(async_hook(
      [kept](HookQuestion) -> LateVerdict {
        co_await uncancellable(kept);
        co_return HookVerdict::allow();
      },
      std::chrono::milliseconds(1500)));
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.send(json::array({2, 1, 0, 0, 0, "chat", json::object()}));
  CHECK(ann.wait_for(FrameType::reply)[2] == static_cast<int>(ErrorCode::hook_unavailable));
  value_of(kept->get_future())();  // too late: nobody is in because of it
  CHECK(value_of(server.get_clients("ann")).at(0).rooms.empty());
}
