// A real HTTP server for tests of what asks one: on a loopback port of its own, over TCP or TLS, a thread for each connection.
// What it answers is the test's function, which may wait, lie or break off. Its destructor ends all connections; a Gate that a
// handler waits at must be opened before.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/patience.hpp"

namespace dialogue::test {

using testing::kPatience;

/// Holds whoever waits until it is opened.
class Gate {
 public:
  ~Gate() { open(); }
  void open();
  void wait();

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_open_ = false;
};

struct BackendRequest {
  std::string method, target, body, host, signature, hook_id;
  std::size_t connection = 0;  ///< the how manieth connection it came on, from 1
};

/// Bytes of an answer as they go out; afterwards the connection is kept or cut.
struct BackendReply {
  std::string bytes;
  bool is_cut = false;
};

/// A whole answer that keeps the connection.
[[nodiscard]] BackendReply json_reply(const std::string& body, const std::string& status = "200 OK");

/// A self-signed certificate and its key, PEM, for `name` (a host's name) and 127.0.0.1 where `name` is localhost.
struct TestCertificate {
  explicit TestCertificate(const std::string& name);
  std::string certificate, key;
};

class HttpBackend {
 public:
  using Handler = std::function<BackendReply(const BackendRequest&)>;

  explicit HttpBackend(Handler handler, std::optional<TestCertificate> certificate = {});
  HttpBackend(const HttpBackend&) = delete;
  HttpBackend& operator=(const HttpBackend&) = delete;
  ~HttpBackend();

  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const;
  void handle_by(Handler handler);
  /// All requests so far.
  [[nodiscard]] std::vector<BackendRequest> requests();
  /// Waits until there were so many; fails the test when they do not come.
  [[nodiscard]] std::vector<BackendRequest> requests(std::size_t count);
  /// Waits until it has ended so many connections; fails the test when it does not.
  void wait_for_ended(std::size_t count);

 private:
  using Socket = boost::asio::ip::tcp::socket;

  void accept();
  void serve(const std::shared_ptr<Socket>& socket, std::size_t connection);
  template <typename Stream>
  void converse(Stream& stream, std::size_t connection);
  [[nodiscard]] BackendReply reply_to(BackendRequest request);

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::optional<boost::asio::ssl::context> tls_;
  std::mutex mutex_;
  std::condition_variable came_;
  Handler handler_;  ///< under the mutex, with the next five
  std::vector<BackendRequest> requests_;
  std::vector<std::shared_ptr<Socket>> sockets_;
  std::list<std::thread> threads_;
  std::size_t ended_ = 0;
  bool is_ending_ = false;
  std::thread acceptor_thread_;
};

/// A port on which nobody listens.
[[nodiscard]] std::string url_of_nobody();

}  // namespace dialogue::test
