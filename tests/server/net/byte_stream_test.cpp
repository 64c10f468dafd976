// What a peer can do to a process by a stream: one that has gone, with the signals at their defaults, and one that never waits.
#include "server/net/byte_stream.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <functional>

namespace dialogue::testing {

using namespace net;

TEST_CASE("F-R15 sending to a peer that has gone ends the stream, with TLS or without, and raises no signal") {
  const bool is_encrypted = GENERATE(false, true);
  CAPTURE(is_encrypted);
  std::signal(SIGPIPE, SIG_DFL);  // what a program begins with: a raised signal ends these tests
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
  const std::unique_ptr<SSL_CTX, SslDeleter> tls(SSL_CTX_new(TLS_client_method()));
  SslSession session(is_encrypted ? SSL_new(tls.get()) : nullptr);
  if (session) SSL_set_connect_state(session.get());
  boost::asio::io_context context;
  ByteStream stream(Socket(context.get_executor(), boost::asio::ip::tcp::v4(), ends[0]), std::move(session));
  ::close(ends[1]);
  std::string text = "to nobody";
  const iovec part{text.data(), text.size()};
  CHECK(stream.send({&part, 1}).outcome == ByteStream::Outcome::ended);
  stream.shut_down_sending();
}

TEST_CASE("F-H1 a stream whose peer never makes it wait gives the thread to others between its bytes") {
  const bool is_reading = GENERATE(true, false);
  CAPTURE(is_reading);
  constexpr std::size_t kBytes = 128;  // the socket holds them all
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
  const Descriptor other(ends[1]);
  const std::string all(kBytes, 'x');
  if (is_reading) REQUIRE(::send(other.get(), all.data(), all.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(all.size()));
  boost::asio::io_context context;
  ByteStream stream(Socket(context.get_executor(), boost::asio::ip::tcp::v4(), ends[0]));
  bool is_done = false;
  std::size_t moved = 0, turns = 0;
  const auto pump = [&]() -> ByteStream::Awaitable<void> {
    for (char byte = 'x'; moved < kBytes; ++moved)
      if (is_reading)
        static_cast<void>(co_await stream.read_some(boost::asio::buffer(&byte, 1)));
      else
        static_cast<void>(co_await stream.write({&byte, 1}, {}));
    is_done = true;
  };
  const std::function<void()> neighbour = [&] {
    ++turns;
    if (!is_done) boost::asio::post(context, neighbour);
  };
  boost::asio::co_spawn(context, pump(), boost::asio::detached);
  boost::asio::post(context, neighbour);
  context.run();
  CHECK(moved == kBytes);
  CHECK(turns >= kBytes / 8);
}

}  // namespace dialogue::testing
