// The other end of a TCP connection in tests: sends exactly these bytes, and reads lines. Every wait has a deadline and fails the
// test when it passes. One thread at a time.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/server/support/test_client.hpp"
#include "tests/server/support/test_server.hpp"

namespace dialogue::test {

class TcpClient {
 public:
  explicit TcpClient(std::uint16_t port, int receive_buffer = 0);
  ~TcpClient();
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  /// False: the peer has closed.
  bool send(std::string_view bytes);
  bool line(std::string_view text) { return send(std::string(text) + '\n'); }
  /// The next line; empty when the peer has closed. Fails the test at a line that does not end.
  [[nodiscard]] std::string next();
  /// The next line that begins so; others are passed over.
  [[nodiscard]] std::string await(std::string_view prefix);
  /// Whether the peer has closed, after reading what it had sent.
  [[nodiscard]] bool closed();
  /// HELLO and JOIN of "chat" from the tail; returns the room's number.
  std::string join(const std::string& user_id, const std::string& more = "");
  void half_close();
  [[nodiscard]] int descriptor() const { return descriptor_; }

  std::string welcome;

 private:
  int descriptor_;
  std::string received_;
};

/// A server with a TCP listener beside its HTTP one.
void listen_on_tcp(host::ServerConfig& config);

}  // namespace dialogue::test
