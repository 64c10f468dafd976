// A host program with a Beast server of its own hands WebSocket requests over.
#include "server/host/adopt.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <catch2/catch.hpp>

#include "tests/server/support/test_server.hpp"

using namespace dialogue;
using namespace dialogue::host;
using namespace dialogue::transport;
using namespace dialogue::test;
using boost::asio::ip::tcp;

namespace {

/// Accepts one connection as a host would, reads the request, and adopts it.
struct Host {
  boost::asio::io_context io;
  tcp::acceptor acceptor{io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};

  void hand_over(Server& server) {
    tcp::socket socket = acceptor.accept();
    boost::beast::flat_buffer buffer;
    boost::beast::http::request<boost::beast::http::empty_body> request;
    boost::beast::http::read(socket, buffer, request);
    const auto rest = buffer.cdata();
    adopt(server, std::move(socket), request, {static_cast<const char*>(rest.data()), rest.size()});
  }
};

}  // namespace

TEST_CASE("An adopted socket is served like an accepted one, with what came after its request") {
  TestServer server;
  Host host;
  TestClient client(host.acceptor.local_endpoint().port());
  client.send(upgrade_request() + client_frame(Opcode::text, hello("guest")));
  host.hand_over(server.server());
  CHECK(client.reply().status == 101);
  CHECK(client.next_frame().starts_with("[33,"));
  CHECK(server.server().connection_count() == 1);
}

TEST_CASE("An adopted request is held to the same rules") {
  TestServer server;
  Host host;
  TestClient foreign(host.acceptor.local_endpoint().port());
  foreign.send(upgrade_request("Origin: http://evil.com\r\n"));
  host.hand_over(server.server());
  CHECK(foreign.reply().status == 403);
  foreign.reset();

  server.server().stop();
  TestClient late(host.acceptor.local_endpoint().port());
  late.send(upgrade_request());
  host.hand_over(server.server());
  CHECK(late.read_to_end().empty());
}
