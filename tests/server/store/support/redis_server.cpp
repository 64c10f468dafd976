// See redis_server.hpp.
#include "tests/server/store/support/redis_server.hpp"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/patience.hpp"
#include "tests/server/net/free_port.hpp"

namespace dialogue::testing {

using namespace store;

namespace {

constexpr const char* kProgram = "/usr/bin/redis-server";

/// Ends with this process. The log of what it says is a file.
pid_t start_redis(const RedisServer::Arguments& arguments, const std::string& log) {
  if (::access(kProgram, X_OK) != 0) throw std::runtime_error("Redis is not installed: apt-get install redis-server");
  std::vector<char*> words{const_cast<char*>(kProgram)};
  for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  const pid_t parent = ::getpid(), child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent || ::freopen(log.c_str(), "a", stdout) == nullptr) ::_exit(126);
  ::dup2(STDOUT_FILENO, STDERR_FILENO);
  ::execv(kProgram, words.data());
  ::_exit(127);
}

}  // namespace

RedisServer& RedisServer::shared() {
  static RedisServer server;
  return server;
}

RedisServer::RedisServer(Arguments arguments) : port_(test::free_port()), arguments_(std::move(arguments)) {
  std::string pattern = (std::filesystem::temp_directory_path() / "dialogue-redis-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = pattern;
  start();
}

RedisServer::~RedisServer() {
  crash();
  // A child that writes a file for it may end a little later.
  for (std::error_code fault; std::filesystem::exists(directory_);) std::filesystem::remove_all(directory_, fault);
}

void RedisServer::start(Arguments arguments) {
  arguments_ = std::move(arguments);
  start();
}

void RedisServer::start() {
  Arguments all{"--port",
                std::to_string(port_),
                "--bind",
                "127.0.0.1",
                "--dir",
                directory_,
                "--save",
                "",
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
                "--repl-diskless-sync-delay",
                "0"};
  all.insert(all.end(), arguments_.begin(), arguments_.end());
  process_ = start_redis(all, directory_ + "/log");
  wait_until_ready();
}

void RedisServer::wait_until_ready() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end && ::waitpid(process_, nullptr, WNOHANG) == 0) {
    try {
      run({"GET", "ready"});
      return;
    } catch (const RedisError& error) {
      if (!error.is_connection_lost() && error.code() != "LOADING") return;
    }
    std::this_thread::yield();
  }
  throw std::runtime_error("Redis does not start: see " + directory_ + "/log");
}

void RedisServer::end(int signal) {
  if (process_ < 0) return;
  ::kill(process_, signal);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void RedisServer::stop() { end(SIGTERM); }
void RedisServer::crash() { end(SIGKILL); }
void RedisServer::freeze() { ::kill(process_, SIGSTOP); }
void RedisServer::resume() { ::kill(process_, SIGCONT); }

std::string RedisServer::url(const std::string& options) const {
  return "redis://127.0.0.1:" + std::to_string(port_) + (options.empty() ? "" : "?" + options);
}

std::string RedisServer::url_of_new_store() { return url("prefix=test-" + std::to_string(++stores_)); }

RedisAnswer RedisServer::run(const Arguments& command) const {
  RedisAddress address;
  address.host = "127.0.0.1";
  address.port = static_cast<std::uint16_t>(port_);
  return RedisConnection(address).run(RedisConnection::Command(command.begin(), command.end()));
}

}  // namespace dialogue::testing
