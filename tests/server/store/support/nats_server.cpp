// See nats_server.hpp.
#include "tests/server/store/support/nats_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/patience.hpp"
#include "tests/server/net/free_port.hpp"

namespace dialogue::testing {
namespace {

constexpr const char* kNatsProgram = "/usr/sbin/nats-server";

pid_t start_nats(const NatsServer::Arguments& arguments) {
  if (::access(kNatsProgram, X_OK) != 0) throw std::runtime_error("NATS is not installed: apt-get install nats-server");
  std::vector<char*> words{const_cast<char*>(kNatsProgram)};
  for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  const pid_t parent = ::getpid(), child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
  ::execv(kNatsProgram, words.data());
  ::_exit(127);
}

bool takes_connections(int port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<std::uint16_t>(port));
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_taken = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&place), sizeof(place)) == 0;
  ::close(descriptor);
  return is_taken;
}

}  // namespace

NatsServer& NatsServer::shared() {
  static NatsServer server;
  return server;
}

NatsServer::NatsServer(Arguments arguments) : port_(test::free_port()), arguments_(std::move(arguments)) { start(); }

void NatsServer::start() {
  Arguments all{"--addr", "127.0.0.1", "--port", std::to_string(port_)};
  all.insert(all.end(), arguments_.begin(), arguments_.end());
  process_ = start_nats(all);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end && ::waitpid(process_, nullptr, WNOHANG) == 0) {
    if (takes_connections(port_)) return;
    std::this_thread::yield();
  }
  throw std::runtime_error("NATS does not start");
}

void NatsServer::stop() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void NatsServer::freeze() { ::kill(process_, SIGSTOP); }
void NatsServer::resume() { ::kill(process_, SIGCONT); }

std::string NatsServer::url(const std::string& login) const { return "nats://" + login + "127.0.0.1:" + std::to_string(port_); }

}  // namespace dialogue::testing
