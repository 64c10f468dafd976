// A host's own Beast server with Dialogue mounted in it: the host accepts every connection and answers plain requests by itself;
// what asks for a WebSocket at /dialogue becomes a connection of Dialogue. Run: ./mounted PORT, and end it with Ctrl-C.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <cstdlib>
#include <dialogue/dialogue.hpp>
#include <iostream>
#include <memory>

#include "examples/embedding/game.hpp"
#include "examples/embedding/opponent.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::chrono::seconds kRequestTimeout{10};

/// One connection of the host's: reads one request, then answers it or hands the connection to Dialogue.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, dialogue::Instance& server) : stream_(std::move(socket)), server_(server) {}

  void start() {
    stream_.expires_after(kRequestTimeout);
    http::async_read(stream_, buffer_, request_, [self = shared_from_this()](beast::error_code fault, std::size_t) {
      if (!fault) self->handle();
    });
  }

 private:
  void handle() {
    if (beast::websocket::is_upgrade(request_) && dialogue::is_dialogue_target(request_.target()))
      return server_.adopt(stream_.release_socket(), request_, beast::buffers_to_string(buffer_.data()));
    response_ = {http::status::ok, request_.version(), "This page is the host's own.\n"};
    response_.set(http::field::content_type, "text/plain");
    response_.keep_alive(false);
    response_.prepare_payload();
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code, std::size_t) {});
  }

  beast::tcp_stream stream_;
  dialogue::Instance& server_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

void accept_next(tcp::acceptor& acceptor, dialogue::Instance& server) {
  acceptor.async_accept([&](beast::error_code fault, tcp::socket socket) {
    if (fault == asio::error::operation_aborted) return;
    if (!fault) std::make_shared<Session>(std::move(socket), server)->start();
    accept_next(acceptor, server);
  });
}

}  // namespace

int main(int argc, char** argv) try {
  dialogue::Config config;
  config.definitions = game::app;
  config.listen = "";  // connections come from adopt() only
  // Dialogue cannot know that this host listens on loopback only; here it does, so identities may be believed.
  config.dev = true;
  dialogue::Instance server = dialogue::create_dialogue(std::move(config));
  game::add_opponent(server);
  server.listen();

  asio::io_context context;
  const auto port = static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 8080);
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), port});
  accept_next(acceptor, server);
  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](beast::error_code, int) { context.stop(); });
  std::cout << "listening on port " << acceptor.local_endpoint().port() << std::endl;
  context.run();
  server.stop();
  return 0;
} catch (const std::exception& fault) {
  std::cerr << fault.what() << "\n";
  return 1;
}
