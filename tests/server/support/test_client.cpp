// poll and recv; every wait ends in an event or in a failed test.
#include "tests/server/support/test_client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>

namespace dialogue::test {

using namespace net;
using namespace transport;

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
/// Outlives every client, however often one is moved.
constexpr WebSocketLimits kLimits{
    .message_bytes_max = 16 * 1024 * 1024, .control_frames_per_second_max = UINT32_MAX, .accepts_binary = true};

[[noreturn]] void fail(const std::string& what) {
  FAIL(what);
  throw std::logic_error(what);  // FAIL has thrown already; the compiler does not know
}

bool wait(int descriptor, short events, int timeout_ms) {
  pollfd entry{descriptor, events, 0};
  int ready = 0;
  do ready = ::poll(&entry, 1, timeout_ms);
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

std::string HttpReply::field(std::string_view name) const {
  const std::string key = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(key);
  if (at == std::string::npos) return {};
  const std::size_t start = at + key.size();
  return head.substr(start, head.find("\r\n", start) - start);
}

TestClient::TestClient(std::uint16_t port) : TestClient(port, Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))) {}

TestClient::TestClient(std::uint16_t port, Descriptor socket)
    : socket_(std::move(socket)), reader_(WebSocketReader::Role::client, kLimits) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    fail(std::string("connect: ") + std::strerror(errno));
  const int on = 1;
  (void)::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool TestClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0)
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno != EAGAIN && errno != EINTR)
      return false;
    else if (!wait(socket_.get(), POLLOUT, kPatienceMs))
      fail("the server does not read");
  }
  return true;
}

bool TestClient::fill() {
  if (!wait(socket_.get(), POLLIN, kPatienceMs)) fail("nothing came from the server");
  const std::size_t size = received_.size();
  received_.resize(size + kReadBytes);
  const ssize_t count = ::recv(socket_.get(), received_.data() + size, kReadBytes, 0);
  received_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return count > 0;
}

bool TestClient::wait_readable(int timeout_ms) { return wait(socket_.get(), POLLIN, timeout_ms); }

bool TestClient::silent() { return received_.empty() && events_.empty() && !wait(socket_.get(), POLLIN, 0); }

std::string TestClient::read_through(std::string_view part) {
  std::size_t at = 0;
  while ((at = received_.find(part)) == std::string::npos)
    if (!fill()) fail("the server closed before " + std::string(part) + "; it had sent: " + received_);
  std::string taken = received_.substr(0, at + part.size());
  received_.erase(0, taken.size());
  return taken;
}

std::string TestClient::read_to_end() {
  while (fill()) continue;
  return std::exchange(received_, {});
}

HttpReply TestClient::reply(bool is_head) {
  HttpReply reply;
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) fail("the server closed instead of answering; it had sent: " + received_);
  reply.head = received_.substr(0, end + 2);
  received_.erase(0, end + 4);
  reply.status = static_cast<unsigned>(std::stoul(reply.head.substr(9, 3)));
  const std::string length = reply.field("Content-Length");
  const std::size_t size = is_head || length.empty() ? 0 : std::stoul(length);
  while (received_.size() < size)
    if (!fill()) fail("the server closed within an answer");
  reply.body = received_.substr(0, size);
  received_.erase(0, size);
  return reply;
}

void TestClient::upgrade(std::string_view fields) {
  send(upgrade_request(fields));
  const HttpReply answer = reply();
  INFO(answer.head << answer.body);
  REQUIRE(answer.status == 101);
}

Seen TestClient::next() {
  while (events_.empty()) {
    if (received_.empty() && !fill()) return {WebSocketEvent::Kind::need_more, {}};
    events_ = read_all(reader_, std::exchange(received_, {}));
    std::reverse(events_.begin(), events_.end());
  }
  Seen event = std::move(events_.back());
  events_.pop_back();
  return event;
}

std::string TestClient::next_frame() {
  while (frames_.empty()) {
    const Seen event = next();
    if (event.kind == WebSocketEvent::Kind::ping || event.kind == WebSocketEvent::Kind::pong) continue;
    if (event.kind != WebSocketEvent::Kind::text) fail("the connection ended with code " + std::to_string(event.close_code));
    std::string_view rest = event.payload;
    while (true) {
      const std::size_t line = rest.find('\n');
      frames_.insert(frames_.begin(), std::string(rest.substr(0, line)));
      if (line == std::string_view::npos) break;
      rest.remove_prefix(line + 1);
    }
  }
  std::string frame = std::move(frames_.back());
  frames_.pop_back();
  return frame;
}

std::uint16_t TestClient::next_close() {
  while (true) {
    const Seen event = next();
    if (event.kind == WebSocketEvent::Kind::close) return event.close_code;
    if (event.kind == WebSocketEvent::Kind::need_more) return 0;
    if (event.kind == WebSocketEvent::Kind::failure) fail("the server broke the WebSocket protocol");
  }
}

void TestClient::reset() {
  const linger at_once{1, 0};
  (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket_.release());
}

std::string get_request(std::string_view target, std::string_view fields) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + std::string(fields) + "\r\n";
}

std::string upgrade_request(std::string_view fields, std::string_view host) {
  return "GET /dialogue HTTP/1.1\r\nHost: " + std::string(host) +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: "
         "13\r\n"
         "Sec-WebSocket-Protocol: dialogue.v1\r\n" +
         std::string(fields) + "\r\n";
}

}  // namespace dialogue::test
