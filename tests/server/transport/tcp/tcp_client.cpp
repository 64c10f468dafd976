// See tcp_client.hpp.
#include "tests/server/transport/tcp/tcp_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

namespace dialogue::test {

TcpClient::TcpClient(std::uint16_t port, int receive_buffer) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) (void)::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

TcpClient::~TcpClient() { ::close(descriptor_); }

bool TcpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

std::string TcpClient::next() {
  while (true) {
    if (const std::size_t end = received_.find('\n'); end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    pollfd waiting{descriptor_, POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, kPatienceMs) == 1);
    std::array<char, 16 * 1024> buffer;
    const ssize_t size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      REQUIRE(received_.empty());
      return {};
    }
    received_.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

std::string TcpClient::await(std::string_view prefix) {
  while (true) {
    std::string line = next();
    if (line.empty()) FAIL("closed while waiting for " << prefix);
    if (line.starts_with(prefix)) return line;
  }
}

bool TcpClient::closed() {
  while (!next().empty()) {}
  return true;
}

std::string TcpClient::join(const std::string& user_id, const std::string& more) {
  send("[1,1,0,0,{\"identity\":{\"userId\":\"" + user_id + "\"}" + more + "}]\n[2,1,0,0,0,\"chat\",{}]\n");
  welcome = await("[33,");
  const std::string joined = await("[34,1,");
  constexpr std::size_t kRoomAt = 6;
  return joined.substr(kRoomAt, joined.find(',', kRoomAt) - kRoomAt);
}

void TcpClient::half_close() { ::shutdown(descriptor_, SHUT_WR); }

void listen_on_tcp(host::ServerConfig& config) { config.tcp_listen.host = "127.0.0.1"; }

}  // namespace dialogue::test
