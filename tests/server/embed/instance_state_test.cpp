// The life of an instance: what is asked before it listens, what is left when it stops, what keeps it from starting.
#include "server/embed/instance/instance_state.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <dialogue/async.hpp>
#include <dialogue/instance.hpp>
#include <stdexcept>
#include <thread>

#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"

using namespace dialogue;
using namespace dialogue::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("calls before listen are executed once it listens, in order") {
  Instance server = create_dialogue(test_config());
  RoomDefinition den;
  den.id = "den";
  den.events = {"message"};
  auto created = server.create_room(den);
  auto triggered = server.trigger("den", message, Message{"Hi"});
  server.listen();
  CHECK(value_of(std::move(created)).ok());
  CHECK(value_of(std::move(triggered)).seq == 1);
}

TEST_CASE("what waits for an instance that never listens is answered when it goes") {
  std::future<TriggerResult> triggered;
  {
    Instance server = create_dialogue(test_config());
    triggered = server.trigger(chat, message, Message{"Hi"});
  }
  CHECK(value_of(std::move(triggered)).code_name() == "closed");
}

TEST_CASE("stop sends BYE to every client, and later requests are answered closed") {
  Instance server = create_dialogue(test_config());
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("chat");
  std::thread stopping([&] { server.stop(); });
  CHECK(ann.wait_for(FrameType::bye)[1] == static_cast<int>(ErrorCode::draining));
  CHECK(ann.wait_for_close() == 1012);
  ann.reset();
  stopping.join();
  CHECK(value_of(server.trigger(chat, message, Message{"Hi"})).code_name() == "closed");
  CHECK(value_of(server.delete_room("chat")).code_name() == "closed");
  CHECK(value_of(server.list_rooms()).empty());
  CHECK(server.port() == 0);
  server.stop();
}

TEST_CASE("run returns when another thread has stopped the instance") {
  Instance server = create_dialogue(test_config());
  std::promise<void> listening;
  std::thread runner([&] {
    server.listen();
    listening.set_value();
    server.run();
  });
  value_of(listening.get_future());
  server.stop();
  runner.join();
  CHECK_THROWS_WITH(server.listen(), StartsWith("listen: this instance is already listening, or was stopped."));
}

TEST_CASE("an instance moves, and its clients stay") {
  Instance first = create_dialogue(test_config());
  first.listen();
  FrameClient ann(first.port(), "ann");
  ann.join("chat");
  Instance second = std::move(first);
  REQUIRE(value_of(second.trigger(chat, message, Message{"Hi"})).ok());
  CHECK(ann.wait_for(FrameType::event)[7]["text"] == "Hi");
  ann.reset();
}

TEST_CASE("a callback that throws is logged") {
  Config config = test_config();
  std::promise<std::string> logged;
  config.logger = [&](const LogLine& line) {
    if (line.event == "callback_threw") logged.set_value(line.fields);
  };
  Instance server = create_dialogue(std::move(config));
  server.listen();
  server.trigger(chat, message, Message{"Hi"}, [](const TriggerResult&) { throw std::runtime_error("broken"); });
  CHECK(value_of(logged.get_future()) == R"({"what":"broken"})");
}

TEST_CASE("an address in use is a set-up error that names it") {
  Instance first = create_dialogue(test_config());
  first.listen();
  Config config = test_config();
  config.listen = "127.0.0.1:" + std::to_string(first.port());
  Instance second = create_dialogue(std::move(config));
  CHECK_THROWS_WITH(second.listen(), Contains("127.0.0.1") && Contains("in use"));
}

TEST_CASE("a configuration that cannot be is refused before anything starts") {
  Config config = test_config();
  config.listen = "8080";
  CHECK_THROWS_WITH(create_dialogue(config), StartsWith("listen: \"8080\" is not HOST:PORT."));

  config = test_config();
  config.authenticator = [](const Credentials&, const PeerFacts&, std::uint64_t) { return Refusal{}; };
  config.dev = true;
  CHECK_THROWS_AS(create_dialogue(config), SetupError);

  config = test_config();
  config.definitions.rooms[0].events = {"nothing"};
  CHECK_THROWS_WITH(create_dialogue(config), Contains("nothing"));

  config = test_config();
  config.coalesce_us = kCoalesceUsMax + 1;
  CHECK_THROWS_WITH(create_dialogue(config), StartsWith("coalesce_us: \"10001\" is not a whole number from 0 to 10000."));

  config = test_config();
  config.static_directory = "no-such-directory";
  Instance server = create_dialogue(config);
  CHECK_THROWS_WITH(server.listen(), Contains("no-such-directory"));
}

TEST_CASE("definitions from JSON report every fault with its line and column") {
  CHECK(definitions_from_json(R"({"events":{"message":{"schema":true}},"rooms":{"chat":{"events":["message"]}}})").rooms.size() ==
        1);
  CHECK_THROWS_WITH(definitions_from_json("{\"events\": {},\n \"rooms\": {\"chat\": {\"events\": [\"nope\"]}}\n}", "my.json"),
                    StartsWith("my.json:2:") && Contains("nope"));
  CHECK_THROWS_WITH(definitions_from_file("no-such-file.json"),
                    StartsWith("no-such-file.json: the file cannot be read: No such file"));
}

TEST_CASE("an application's own authenticator decides the identity of a connection") {
  Config config = test_config();
  config.authenticator = [](const Credentials& given, const PeerFacts&, std::uint64_t) -> AuthResult {
    if (given.token != "letmein") return Refusal{ErrorCode::unauthorized, "wrong token"};
    Identity identity;
    identity.user_id = "ann";
    return identity;
  };
  Instance server = create_dialogue(std::move(config));
  server.listen();
  FrameClient refused(server.port(), "ann");  // an identity of its own making
  CHECK(refused.wait_for(FrameType::bye)[1] == static_cast<int>(ErrorCode::unauthorized));
  CHECK(value_of(server.get_all_clients()).empty());
}

TEST_CASE("F-F02 an asynchronous authenticator decides the identity; an exception or a time-out refuses", "[timed]") {
  using boost::asio::awaitable;
  Config config = test_config();
  config.async_authenticator = async_authenticator(
      [](IdentityQuestion asked) -> awaitable<AuthResult> {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::chrono::milliseconds(5));
        co_await timer.async_wait(boost::asio::use_awaitable);
        const std::string& token = asked.credentials.token;
        if (token == "broken") throw std::runtime_error("the database is away");
        if (token == "slow") {
          timer.expires_after(std::chrono::hours(1));
          co_await timer.async_wait(boost::asio::use_awaitable);
        }
        if (token != "letmein") co_return Refusal{ErrorCode::token_invalid, "wrong token"};
        Identity identity;
        identity.user_id = "ann";
        co_return identity;
      },
      std::chrono::milliseconds(3000));
  Instance server = create_dialogue(std::move(config));
  server.listen();
  const auto refusal_of = [&](const std::string& token) {
    FrameClient client = FrameClient::with_token(server.port(), token);
    return static_cast<ErrorCode>(client.wait_for(FrameType::bye)[1].get<int>());
  };
  CHECK(FrameClient::with_token(server.port(), "letmein").wait_for(FrameType::welcome)[7]["userId"] == "ann");
  CHECK(refusal_of("guess") == ErrorCode::token_invalid);
  CHECK(refusal_of("broken") == ErrorCode::internal);
  CHECK(refusal_of("slow") == ErrorCode::identity_unavailable);
}

TEST_CASE("F-F02 one authenticator decides, not two") {
  const auto waiting = async_authenticator([](IdentityQuestion) -> boost::asio::awaitable<AuthResult> { co_return Refusal{}; });
  Config config = test_config();
  config.async_authenticator = waiting;
  config.authenticator = [](const Credentials&, const PeerFacts&, std::uint64_t) { return Refusal{}; };
  CHECK_THROWS_AS(create_dialogue(config), SetupError);
  config.authenticator = {};
  config.dev = true;
  CHECK_THROWS_AS(create_dialogue(config), SetupError);
}

TEST_CASE("a socket that the host's own server accepted becomes a member like any other") {
  namespace beast_http = boost::beast::http;
  using boost::asio::ip::tcp;
  Config config = test_config();
  config.listen = "";
  config.dev = true;
  Instance server = create_dialogue(std::move(config));
  server.listen();
  CHECK(server.port() == 0);

  boost::asio::io_context context;
  tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  std::thread host([&] {
    tcp::socket socket = acceptor.accept();
    boost::beast::flat_buffer buffer;
    beast_http::request<beast_http::empty_body> request;
    beast_http::read(socket, buffer, request);
    server.adopt(std::move(socket), request, boost::beast::buffers_to_string(buffer.data()));
  });
  FrameClient ann(acceptor.local_endpoint().port(), "ann");
  host.join();
  ann.join("chat");
  REQUIRE(value_of(server.trigger(chat, message, Message{"Hi"})).ok());
  CHECK(ann.wait_for(FrameType::event)[7]["text"] == "Hi");
}
