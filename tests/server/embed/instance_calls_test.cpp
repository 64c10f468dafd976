// The forms of a call: future, callback, completion token; typed rooms; what an empty text means.
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <optional>
#include <thread>

#include "server/embed/instance/instance_state.hpp"
#include "tests/server/embed/faulty_store.hpp"
#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"

using namespace dialogue;
using namespace dialogue::test;
namespace asio = boost::asio;

TEST_CASE("F-E20 a coroutine awaits calls, and continues on its own executor") {
  Instance server = create_dialogue(test_config());
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("chat");
  asio::io_context context;
  std::vector<std::string> steps;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        const auto here = std::this_thread::get_id();
        const Message hi{"Hi"}, you{"you"};  // named: g++ 12 destroys temporaries of aggregates twice in a co_await
        const TriggerResult typed = co_await server.trigger(chat, message, hi, asio::use_awaitable);
        CHECK(std::this_thread::get_id() == here);
        CHECK(typed.seq == 1);
        const TriggerResult plain = co_await server.trigger("chat", "message", R"({"text":"two"})", asio::use_awaitable);
        CHECK(plain.seq == 2);
        const SendResult to_user = co_await server.send_to_user("ann", message, you, asio::use_awaitable);
        CHECK(to_user.connections == 1);
        const auto clients = co_await server.get_clients("ann", asio::use_awaitable);
        const SendResult to_session =
            co_await server.send_to_session(clients.at(0).session_id, message, you, asio::use_awaitable);
        CHECK(to_session.connections == 1);
        const HistoryResult history = co_await server.get_history(chat, {.limit = 1}, asio::use_awaitable);
        CHECK(history.events.at(0).seq == 2);
        const ListRange first;
        const Revocation unnamed;
        const auto page = co_await server.list_rooms(first, asio::use_awaitable);
        const auto rooms = co_await server.list_rooms(asio::use_awaitable);
        CHECK(page.size() == rooms.size());
        const auto users = co_await server.list_users(first, asio::use_awaitable);
        CHECK(users.size() == 1);
        const auto members = co_await server.list_members(chat, first, asio::use_awaitable);
        CHECK(members.size() == 1);
        const auto everybody = co_await server.get_all_clients(asio::use_awaitable);
        CHECK(everybody.size() == 1);
        RoomDefinition den;
        den.id = "den";
        const RequestResult made = co_await server.create_room(den, asio::use_awaitable);
        CHECK(made.ok());
        const RequestResult deleted = co_await server.delete_room("den", asio::use_awaitable);
        CHECK(deleted.ok());
        const std::size_t removed = co_await server.remove_from_room("ann", chat, asio::use_awaitable);
        CHECK(removed == 1);
        const std::size_t others = co_await server.remove_from_all_rooms("ann", asio::use_awaitable);
        CHECK(others == 0);
        const RevokeResult nobodys = co_await server.revoke(unnamed, 0, asio::use_awaitable);
        CHECK(nobodys.code == ErrorCode::request_invalid);
        const RevokeResult all = co_await server.revoke_everybody(0, 0, asio::use_awaitable);
        CHECK(all.ok());
        const std::size_t gone = co_await server.disconnect_user("ann", "enough", asio::use_awaitable);
        CHECK(gone == 1);
        steps.emplace_back("done");
      },
      [](const std::exception_ptr& thrown) {
        if (thrown) std::rethrow_exception(thrown);
      });
  context.run();
  CHECK(steps == std::vector<std::string>{"done"});
  CHECK(value_of(server.trigger(chat, message, Message{"Hi"}, asio::use_future)).ok());
}

TEST_CASE("F-E20 a handler that is bound to an executor runs there") {
  Instance server = create_dialogue(test_config());
  server.listen();
  asio::io_context context;
  std::optional<std::thread::id> ran_on;
  server.trigger(chat, message, Message{"Hi"},
                 asio::bind_executor(context, [&](const TriggerResult&) { ran_on = std::this_thread::get_id(); }));
  context.run();
  CHECK(ran_on == std::this_thread::get_id());
}

TEST_CASE("F-E20 a call that is awaited is answered although the instance stops") {
  Instance server = create_dialogue(test_config());
  asio::io_context context;
  ErrorCode code = ErrorCode::ok;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        const Message hi{"Hi"};
        const TriggerResult result = co_await server.trigger(chat, message, hi, asio::use_awaitable);
        code = result.code;
      },
      asio::detached);
  context.poll();  // it asks, and nothing listens
  server.stop();
  context.run();
  CHECK(code == ErrorCode::closed);
}

TEST_CASE("F-E20 every call has a callback, since handlers may not wait") {
  Instance server = create_dialogue(test_config());
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("chat");
  std::promise<std::size_t> sent, session, removed, all, gone;
  server.send_to_user("ann", message, Message{"Hi"}, [&](const SendResult& result) { sent.set_value(result.connections); });
  CHECK(value_of(sent.get_future()) == 1);
  server.send_to_session("nobody", "message", R"({"text":"Hi"})",
                         [&](const SendResult& result) { session.set_value(result.connections); });
  CHECK(value_of(session.get_future()) == 0);
  server.remove_from_room("ann", chat, [&](std::size_t count) { removed.set_value(count); });
  CHECK(value_of(removed.get_future()) == 1);
  server.remove_from_all_rooms("ann", [&](std::size_t count) { all.set_value(count); });
  CHECK(value_of(all.get_future()) == 0);
  server.disconnect_user("ann", "enough", [&](std::size_t count) { gone.set_value(count); });
  CHECK(value_of(gone.get_future()) == 1);
}

TEST_CASE("F-E20 rooms that were defined are named by their definition in every call that takes one") {
  Instance server = create_dialogue(test_config());
  std::promise<std::string> heard;
  server.on(chat, "message", [&](const Publication& publication) { heard.set_value(std::string(publication.payload)); });
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("chat");
  REQUIRE(value_of(server.trigger(chat, message, Message{"Hi"})).ok());
  CHECK(value_of(heard.get_future()) == R"({"text":"Hi"})");
  CHECK(value_of(server.get_history(chat)).events.size() == 1);
  CHECK(value_of(server.list_members(chat, {})).size() == 1);
  CHECK(value_of(server.remove_from_room("ann", chat)) == 1);
  CHECK(value_of(server.delete_room(chat)).ok());
  CHECK(value_of(server.get_history(chat)).events.empty());
}

TEST_CASE("F-E20 an empty argument never means everything or all users") {
  Config config = test_config();
  Instance server = create_dialogue(std::move(config));
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("chat");
  CHECK(value_of(server.get_clients("")).empty());
  CHECK(value_of(server.get_all_clients()).size() == 1);
  CHECK(value_of(server.remove_from_room("ann", "")) == 0);
  CHECK(value_of(server.remove_from_room("", "chat")) == 0);
  CHECK(value_of(server.disconnect_user("", "enough")) == 0);
  CHECK(value_of(server.send_to_user("", message, Message{"Hi"})).code == ErrorCode::request_invalid);
  CHECK(value_of(server.send_to_session("", message, Message{"Hi"})).code == ErrorCode::request_invalid);
  const RevokeResult unnamed = value_of(server.revoke({}));
  CHECK(unnamed.code == ErrorCode::request_invalid);
  CHECK_THAT(unnamed.message, Catch::Matchers::Contains("revoke_everybody"));
  CHECK(value_of(server.remove_from_all_rooms("ann")) == 1);
}

TEST_CASE("F-E20 either verdict does for hooks and middleware, and mutable lambdas do everywhere") {
  Instance server = create_dialogue(test_config());
  std::atomic<int> calls{0};
  server.on_connect([&, own = 0](Client& client) mutable {
    calls += ++own > 0 ? 1 : 0;
    HookVerdict verdict;
    verdict.meta = R"({"role":"staff"})";
    return client.user_id() == "mallory" ? HookVerdict::deny("not you") : verdict;
  });
  server.on_join([own = 0](Client&, std::string_view room) mutable {
    ++own;
    return room == "duo" ? HookVerdict::deny("by invitation") : HookVerdict::allow();
  });
  server.use([own = 0](const Draft& draft) mutable {
    ++own;
    return draft.payload.find("darn") != std::string_view::npos ? HookDecision::deny("no") : HookDecision::allow();
  });
  server.on(chat, message, [&, own = 0](const Message&) mutable { calls += ++own; });
  server.listen();
  FrameClient mallory(server.port(), "mallory");
  CHECK(mallory.wait_for(FrameType::bye)[1] == static_cast<int>(ErrorCode::denied_by_hook));
  FrameClient ann(server.port(), "ann");
  ann.send(json::array({2, 1, 0, 0, 0, "duo", json::object()}));
  CHECK(ann.wait_for(FrameType::reply)[2] == static_cast<int>(ErrorCode::denied_by_hook));
  const json joined = ann.join("chat", 2);
  CHECK(value_of(server.get_clients("ann")).at(0).meta == R"({"role":"staff"})");
  ann.send(json::array({4, joined[2], 2, 1, 0, {{"text", "darn"}}}));
  CHECK(ann.wait_for(FrameType::nack)[3] == static_cast<int>(ErrorCode::denied_by_hook));
  CHECK(calls >= 2);
}

TEST_CASE("F-E20 run after stop returns, with the reason") {
  Lines lines;
  Config config = test_config();
  config.logger = lines.logger();
  Instance server = create_dialogue(std::move(config));
  server.stop();
  server.run();
  CHECK(lines.has("run_after_stop", "create_dialogue"));
}

TEST_CASE("F-F16 run_until_signal drains at SIGTERM and returns") {
  Instance server = create_dialogue(test_config());
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("chat");
  struct sigaction before {
  }, now{};
  ::sigaction(SIGTERM, nullptr, &before);
  std::thread runner([&] { server.run_until_signal(); });
  do  // until its handler is there the signal would end this process
    ::sigaction(SIGTERM, nullptr, &now);
  while (now.sa_handler == before.sa_handler);
  // To the thread that has set Asio's handler up: to another one, ThreadSanitizer knows, it may not be there yet.
  ::pthread_kill(runner.native_handle(), SIGTERM);
  CHECK(ann.wait_for(FrameType::bye)[1] == static_cast<int>(ErrorCode::draining));
  ann.reset();
  runner.join();
  CHECK(server.port() == 0);
}

TEST_CASE("F-F09 history of a room: a page of it, from both ends, and what it lacks") {
  Instance server = create_dialogue(test_config());
  server.listen();
  for (const char* text : {"one", "two", "three"}) REQUIRE(value_of(server.trigger(chat, message, Message{text})).ok());
  const HistoryResult all = value_of(server.get_history("chat"));
  REQUIRE(all.ok());
  CHECK(all.base == 1);
  CHECK(all.head == 3);
  REQUIRE(all.events.size() == 3);
  CHECK(all.events[0].payload == R"({"text":"one"})");
  CHECK(all.events[0].from == "system");
  CHECK(all.events[0].event == "message");
  const auto seqs = [&](HistoryRange range) {
    std::vector<std::uint64_t> found;
    for (const LogRecord& record : value_of(server.get_history(chat, range)).events) found.push_back(record.seq);
    return found;
  };
  using Seqs = std::vector<std::uint64_t>;
  CHECK(seqs({.limit = 2}) == Seqs{2, 3});
  CHECK(seqs({.limit = 2, .oldest_first = true}) == Seqs{1, 2});
  CHECK(seqs({.since = 1, .before = 3}) == Seqs{2});
  CHECK(value_of(server.get_history("nowhere")).code == ErrorCode::room_unknown);
  server.stop();
  CHECK(value_of(server.get_history("chat")).code == ErrorCode::closed);
}

TEST_CASE("F-E15 history since a sequence that no log has is empty, whatever that sequence is") {
  Instance server = create_dialogue(test_config());
  server.listen();
  REQUIRE(value_of(server.trigger(chat, message, Message{"one"})).ok());
  for (const std::uint64_t since : {~std::uint64_t{0}, kSafeIntegerMax, std::uint64_t{1}}) {
    const HistoryResult none = value_of(server.get_history(chat, {.since = since}));
    CHECK(none.ok());
    CHECK(none.events.empty());
  }
}

TEST_CASE("F-E14 a host distinguishes Dialogue's path from its own") {
  CHECK(is_dialogue_target("/dialogue"));
  CHECK(is_dialogue_target("/dialogue?token=x"));
  for (const char* target : {"/dialogueX", "/dialogue/x", "/dialogue-admin?x", "/", "", "dialogue"})
    CHECK_FALSE(is_dialogue_target(target));
}
