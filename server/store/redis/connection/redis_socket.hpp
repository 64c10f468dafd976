// A TCP connection, by TLS if wanted, for one thread that waits with deadlines. Faults are thrown as RedisError without a code:
// the connection is lost then. TLS checks the server's certificate and name; SSL_CERT_FILE and SSL_CERT_DIR name other
// authorities than the system's.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "server/store/redis/connection/redis_address.hpp"

namespace dialogue::store {

class RedisSocket {
 public:
  using Clock = std::chrono::steady_clock;

  RedisSocket(const RedisAddress& address, Clock::time_point deadline);
  RedisSocket(const RedisSocket&) = delete;
  RedisSocket& operator=(const RedisSocket&) = delete;
  ~RedisSocket();

  /// From here on by TLS, with the server of that name; for protocols that begin without it.
  void begin_tls(const std::string& host, Clock::time_point deadline);
  void write(std::string_view bytes, Clock::time_point deadline);
  /// Reads at least one byte. The result is valid until the next call.
  [[nodiscard]] std::string_view read(Clock::time_point deadline);
  /// Waits for bytes or for `wake`, a descriptor that becomes readable; for at most that time.
  void wait(int wake, std::chrono::milliseconds at_most);
  /// Whether bytes, or the end, can be read. Sends nothing, and does not wait.
  [[nodiscard]] bool has_input();

 private:
  struct Tls;

  void connect(const RedisAddress& address, Clock::time_point deadline);
  void wait_for_socket(short events, Clock::time_point deadline) const;
  void send_all(std::string_view bytes, Clock::time_point deadline) const;
  [[nodiscard]] std::string_view receive(Clock::time_point deadline);
  /// Sends what OpenSSL has ready.
  void flush_tls(Clock::time_point deadline);
  /// Repeats `step`, which answers as SSL_read() does, with the bytes that it wants in between.
  template <typename Step>
  int run_tls(const Step& step, Clock::time_point deadline);

  int descriptor_ = -1;
  std::string buffer_;  ///< what was received
  std::string plain_;   ///< what of it was decrypted
  std::unique_ptr<Tls> tls_;
};

}  // namespace dialogue::store
