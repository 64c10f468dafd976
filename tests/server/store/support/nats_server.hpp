// A NATS server of a test program's own, on a free port of loopback. Ends with the program. Used by one thread.
//
//   NatsServer& server = NatsServer::shared();
//   options.bus = server.url();
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

namespace dialogue::testing {

class NatsServer {
 public:
  using Arguments = std::vector<std::string>;

  /// Made and started with the first call; throws where NATS is not installed.
  static NatsServer& shared();

  /// `arguments` come behind those of the shared one.
  explicit NatsServer(Arguments arguments = {});
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;
  ~NatsServer() { stop(); }

  [[nodiscard]] int port() const { return port_; }
  /// `login`: such as "ann:secret@".
  [[nodiscard]] std::string url(const std::string& login = {}) const;

  /// Starts what stop() has ended, and waits until it takes connections.
  void start();
  void stop();
  /// Nothing is answered until resume().
  void freeze();
  void resume();

 private:
  const int port_;
  const Arguments arguments_;
  pid_t process_ = -1;
};

}  // namespace dialogue::testing
