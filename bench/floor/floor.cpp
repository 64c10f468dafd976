// The floor: the least that a WebSocket broadcast can cost. One thread, a bare epoll loop; the URL's path is the room, and what
// one member sends all of them get, the sender too. It looks for one field with memmem and calls send() once for each member and
// message. It checks no schema, gives no numbers, keeps nothing, and drops without a word what a member of 1 MiB behind is owed.
//   bench_floor [--batch]      --batch: one send() for each member and turn of the loop
// Prints "listening on 127.0.0.1:PORT".
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::size_t kReadBytes = 64 * 1024, kBehindBytesMax = 1024 * 1024;
constexpr int kEventsMax = 1024, kBacklog = 4096;
constexpr std::string_view kField = "\"n\":";

struct Member {
  int socket = -1;
  std::uint32_t place = 0;               ///< in its room
  bool is_waiting = false;               ///< for the socket to take more
  bool is_dirty = false;                 ///< in the list of those to flush
  std::vector<Member*>* room = nullptr;  ///< null until the handshake is done
  std::string in, out;
};

int epoll = -1;
bool is_batching = false;
std::array<char, kReadBytes> buffer;
std::unordered_map<std::string, std::unique_ptr<std::vector<Member*>>> rooms;
std::vector<Member*> dirty, gone;
std::string frame;

void watch(Member& member, int operation) {
  epoll_event event{};
  event.events = EPOLLIN | (member.is_waiting ? EPOLLOUT : 0U);
  event.data.ptr = &member;
  epoll_ctl(epoll, operation, member.socket, &event);
}

void end(Member& member) {
  if (member.socket < 0) return;
  close(member.socket);
  member.socket = -1;
  gone.push_back(&member);
  if (member.room == nullptr) return;
  member.room->back()->place = member.place;
  (*member.room)[member.place] = member.room->back();
  member.room->pop_back();
}

void keep(Member& member, std::string_view bytes) {
  if (member.out.size() + bytes.size() <= kBehindBytesMax) member.out.append(bytes);
}

void wait_for_room(Member& member) {
  if (member.is_waiting) return;
  member.is_waiting = true;
  watch(member, EPOLL_CTL_MOD);
}

void send_now(Member& member, std::string_view bytes) {
  if (member.is_waiting) return keep(member, bytes);
  const ssize_t count = send(member.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count == static_cast<ssize_t>(bytes.size())) return;
  if (count < 0 && errno != EAGAIN) return;  // the read says so, too
  keep(member, bytes.substr(count < 0 ? 0 : static_cast<std::size_t>(count)));
  wait_for_room(member);
}

void flush(Member& member) {
  if (member.socket < 0 || member.out.empty()) return;
  const ssize_t count = send(member.socket, member.out.data(), member.out.size(), MSG_NOSIGNAL);
  if (count == static_cast<ssize_t>(member.out.size())) {
    std::string().swap(member.out);
    if (member.is_waiting) {
      member.is_waiting = false;
      watch(member, EPOLL_CTL_MOD);
    }
    return;
  }
  if (count > 0) member.out.erase(0, static_cast<std::size_t>(count));
  wait_for_room(member);
}

void send_later(Member& member, std::string_view bytes) {
  keep(member, bytes);
  if (member.is_dirty || member.is_waiting) return;
  member.is_dirty = true;
  dirty.push_back(&member);
}

void broadcast(const Member& from, std::string_view payload) {
  if (memmem(payload.data(), payload.size(), kField.data(), kField.size()) == nullptr) return;
  frame.assign(1, '\x81');
  if (payload.size() <= 125) {
    frame += static_cast<char>(payload.size());
  } else {
    frame += '\x7e';
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xff);
  }
  frame += payload;
  for (Member* member : *from.room) is_batching ? send_later(*member, frame) : send_now(*member, frame);
}

/// One masked frame of a client, shorter than 64 KiB. 0: more is needed; -1: the end.
std::ptrdiff_t take_frame(Member& member, char* bytes, std::size_t size) {
  if (size < 6) return 0;
  const auto at = [&](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
  std::size_t length = at(1) & 0x7f, head = 2;
  if (length == 127 || (at(1) & 0x80) == 0) return -1;
  if (length == 126) {
    length = static_cast<std::size_t>(at(2) << 8 | at(3));
    head = 4;
  }
  if (size < head + 4 + length) return 0;
  const char* const key = bytes + head;
  char* const payload = bytes + head + 4;
  for (std::size_t i = 0; i < length; ++i) payload[i] = static_cast<char>(payload[i] ^ key[i & 3]);
  if ((at(0) & 0x0f) == 8) return -1;
  if ((at(0) & 0x0f) == 1) broadcast(member, {payload, length});
  return static_cast<std::ptrdiff_t>(head + 4 + length);
}

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 64> encoded{};
  return {reinterpret_cast<char*>(encoded.data()),
          static_cast<std::size_t>(EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size)))};
}

/// The same result as take_frame.
std::ptrdiff_t take_handshake(Member& member, std::string_view text) {
  const std::size_t finish = text.find("\r\n\r\n");
  if (finish == std::string_view::npos) return 0;
  constexpr std::string_view kKey = "Sec-WebSocket-Key: ";
  const std::size_t key = text.find(kKey), path_end = text.find(' ', 4);
  if (!text.starts_with("GET ") || key == std::string_view::npos || path_end == std::string_view::npos) return -1;
  const std::size_t key_begin = key + kKey.size();
  send_now(member, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                       accept_key(text.substr(key_begin, text.find("\r\n", key_begin) - key_begin)) + "\r\n\r\n");
  auto& room = rooms[std::string(text.substr(4, path_end - 4))];
  if (!room) room = std::make_unique<std::vector<Member*>>();
  member.room = room.get();
  member.place = static_cast<std::uint32_t>(room->size());
  room->push_back(&member);
  return static_cast<std::ptrdiff_t>(finish + 4);
}

void take(Member& member, char* bytes, std::size_t size) {
  std::size_t used = 0;
  while (used < size && member.socket >= 0) {
    const std::ptrdiff_t count = member.room == nullptr ? take_handshake(member, {bytes + used, size - used})
                                                        : take_frame(member, bytes + used, size - used);
    if (count < 0) return end(member);
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  if (used < size) member.in.assign(bytes + used, size - used);
}

void read(Member& member) {
  const ssize_t count = recv(member.socket, buffer.data(), buffer.size(), 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return end(member);
  if (member.in.empty()) return take(member, buffer.data(), static_cast<std::size_t>(count));
  std::string whole;
  whole.swap(member.in);
  whole.append(buffer.data(), static_cast<std::size_t>(count));
  take(member, whole.data(), whole.size());
}

void accept_all(int listener) {
  for (int socket; (socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    const int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    auto* member = new Member;
    member->socket = socket;
    watch(*member, EPOLL_CTL_ADD);
  }
}

int listen_somewhere() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, kBacklog) != 0) {
    std::perror("bench_floor");
    std::exit(1);
  }
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  is_batching = argc == 2 && std::string_view(argv[1]) == "--batch";
  if (argc > 2 || (argc == 2 && !is_batching)) {
    std::fprintf(stderr, "bench_floor [--batch]\n");
    return 2;
  }
  epoll = epoll_create1(EPOLL_CLOEXEC);
  const int listener = listen_somewhere();
  epoll_event event{};
  event.events = EPOLLIN;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, kEventsMax> events;
  for (;;) {
    const int count = epoll_wait(epoll, events.data(), kEventsMax, -1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& each = events[static_cast<std::size_t>(i)];
      if (each.data.ptr == nullptr) {
        accept_all(listener);
        continue;
      }
      Member& member = *static_cast<Member*>(each.data.ptr);
      if (member.socket >= 0 && (each.events & EPOLLOUT) != 0) flush(member);
      if (member.socket >= 0 && (each.events & ~EPOLLOUT) != 0) read(member);
    }
    for (Member* member : dirty) {
      member->is_dirty = false;
      flush(*member);
    }
    dirty.clear();
    for (Member* member : gone) delete member;
    gone.clear();
  }
}
