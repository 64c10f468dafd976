// See cutting_proxy.hpp.
#include "tests/server/store/support/cutting_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "tests/server/net/free_port.hpp"

namespace dialogue::testing {
namespace {

constexpr int kBacklog = 64;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

/// False: the end, or `stop` is readable.
bool wait_for_any(std::array<pollfd, 3>& all) { return ::poll(all.data(), all.size(), -1) > 0 && all[2].revents == 0; }

std::string receive(int descriptor) {
  std::string bytes(1 << 16, '\0');
  const ssize_t size = ::recv(descriptor, bytes.data(), bytes.size(), 0);
  bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return bytes;
}

void send_all(int descriptor, std::string bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.erase(0, static_cast<std::size_t>(sent));
  }
}

}  // namespace

CuttingProxy::CuttingProxy(int server_port)
    : server_port_(server_port),
      port_(test::free_port()),
      listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  const sockaddr_in address = loopback(port_);
  if (::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listening_, kBacklog) != 0)
    throw std::runtime_error("no port to listen at");
  accepting_ = std::thread([this] { accept_all(); });
}

CuttingProxy::~CuttingProxy() {
  ::eventfd_write(stop_, 1);
  accepting_.join();
  for (std::thread& each : threads_) each.join();
  ::close(listening_);
  ::close(stop_);
}

void CuttingProxy::cut(Cut where, std::string words, std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  where_ = where;
  words_ = std::move(words);
  then_ = std::move(then);
}

void CuttingProxy::accept_all() {
  for (;;) {
    std::array<pollfd, 3> all{{{listening_, POLLIN, 0}, {-1, 0, 0}, {stop_, POLLIN, 0}}};
    if (!wait_for_any(all)) return;
    const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) threads_.emplace_back([this, client] { carry(client); });
  }
}

bool CuttingProxy::is_cut(const std::string& request) { return !words_.empty() && request.find(words_) != std::string::npos; }

void CuttingProxy::carry(int client) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(server_port_);
  bool goes_on = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  while (goes_on) {
    std::array<pollfd, 3> all{{{client, POLLIN, 0}, {server, POLLIN, 0}, {stop_, POLLIN, 0}}};
    if (!wait_for_any(all)) break;
    if (all[1].revents != 0) {
      const std::string answer = receive(server);
      goes_on = !answer.empty();
      send_all(client, answer);
    }
    if (all[0].revents == 0 || !goes_on) continue;
    const std::string request = receive(client);
    goes_on = !request.empty();
    std::unique_lock lock(mutex_);
    if (!is_cut(request)) {
      lock.unlock();
      send_all(server, request);
      continue;
    }
    words_.clear();
    const std::function<void()> then = std::move(then_);
    if (where_ == Cut::behind) {
      send_all(server, request);
      static_cast<void>(receive(server));  // its answer
    }
    lock.unlock();
    if (then) then();
    ++cuts_;
    goes_on = false;
  }
  ::close(client);
  ::close(server);
}

}  // namespace dialogue::testing
