// A Redis server of a test program's own: in a new directory, on a free port of loopback, with an append-only file that is synced
// with each write. Ends with the program. Used by one thread.
//
//   RedisServer& server = RedisServer::shared();
//   const std::string url = server.url_of_new_store();
//   server.run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "server/store/redis/connection/redis_connection.hpp"

namespace dialogue::testing {

class RedisServer {
 public:
  using Arguments = std::vector<std::string>;

  /// Made and started with the first call; throws where Redis is not installed.
  static RedisServer& shared();

  /// `arguments` come behind those of the shared one.
  explicit RedisServer(Arguments arguments = {});
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string url(const std::string& options = {}) const;
  [[nodiscard]] std::string url_of_new_store();
  /// What the keys of a store begin with.
  [[nodiscard]] static std::string prefix_of(const std::string& url) { return url.substr(url.rfind('=') + 1); }
  /// Runs a command on a connection of its own.
  store::RedisAnswer run(const Arguments& command) const;

  /// Starts what stop() or crash() has ended, and waits until it answers. `arguments`: instead of those before.
  void start();
  void start(Arguments arguments);
  /// In order; crash() as kill -9.
  void stop();
  void crash();
  /// Nothing is answered until resume().
  void freeze();
  void resume();

 private:
  void end(int signal);
  void wait_until_ready();

  const int port_;
  std::string directory_;
  Arguments arguments_;
  pid_t process_ = -1;
  int stores_ = 0;
};

}  // namespace dialogue::testing
