// A whole server in this process, on a port of its own, with one room "chat" and one event "message" that takes any JSON; an
// honest client to see that it serves; and what the process uses.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "server/host/server.hpp"
#include "tests/heap_bytes.hpp"
#include "tests/sanitized.hpp"
#include "tests/server/support/test_client.hpp"

namespace dialogue::test {

using namespace host;

/// The definitions above, two shards, development identities believed; for a test to change before it starts.
[[nodiscard]] ServerConfig test_server_config();

class TestServer {
 public:
  explicit TestServer(const std::function<void(ServerConfig&)>& change = {});

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] std::uint16_t tcp_port() const { return server_.tcp_port(); }
  [[nodiscard]] Server& server() { return server_; }
  [[nodiscard]] std::size_t log_count(std::string_view event) const;
  /// Waits until the server holds exactly `count` sockets.
  void await_connections(std::size_t count) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t, std::less<>>
      log_counts_;  ///< lines by event; the lines themselves would be memory that grows
  Server server_;
};

/// A client that keeps to the protocol: greeted, and in the room "chat".
class HonestClient {
 public:
  HonestClient(std::uint16_t port, const std::string& user_id);

  /// Publishes and waits for its own event; returns how long that took. Other frames are kept in `others`.
  double round_trip_ms();
  /// The next frame that begins with `prefix`; what comes before it is kept in `others`.
  [[nodiscard]] std::string await(std::string_view prefix);
  /// A round trip; in a full run it fails the test unless it takes less than the second that reliability.md allows.
  void require_served();

  [[nodiscard]] TestClient& client() { return client_; }
  [[nodiscard]] const std::string& room() const { return room_; }  ///< the room's number
  std::vector<std::string> others;

 private:
  TestClient client_;
  std::string room_;
  std::uint64_t count_ = 0;
};

/// HELLO for a user.
[[nodiscard]] std::string hello(std::string_view user_id);

/// A figure of reliability.md: all of it with DIALOGUE_RELIABILITY=full, else a hundredth.
[[nodiscard]] std::size_t figure(std::size_t full);
[[nodiscard]] bool is_full_run();

using testing::heap_bytes;
using testing::kSanitized;

[[nodiscard]] std::size_t open_descriptors();
[[nodiscard]] std::size_t resident_bytes();

}  // namespace dialogue::test
