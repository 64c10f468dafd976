// Level-triggered epoll and one read for each notification: what is left is notified again.
#include "server/load/wire/stream_client.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace dialogue::load {
namespace {

constexpr std::size_t kResponseHeadBytesMax = 64 * 1024;
constexpr std::size_t kKeptBytesMax = 4096;  // capacity that an idle connection keeps

std::string fault_of(int error) { return std::string(std::strerror(error)); }

}  // namespace

std::uint64_t StreamClientContext::random() {  // xorshift64: masking keys need to differ, nothing more
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

void StreamClient::give_back(std::string& text) {
  if (text.capacity() > kKeptBytesMax) std::string().swap(text);
  text.clear();
}

void StreamClient::connect_socket() {
  release();
  socket_ = socket(context_.address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return fail(0, "a socket cannot be created: " + fault_of(errno));
  const int yes = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (receive_buffer_ != 0) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_, sizeof receive_buffer_);
  state_ = State::connecting;
  epoll_event event{};
  event.events = EPOLLOUT;
  event.data.ptr = this;
  epoll_ctl(context_.epoll, EPOLL_CTL_ADD, socket_, &event);
  const auto* const address = reinterpret_cast<const sockaddr*>(&context_.address.storage);
  if (connect(socket_, address, context_.address.size) == 0 || errno == EINPROGRESS) return;
  fail(0, fault_of(errno));
}

void StreamClient::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(0, fault_of(error));
  if (context_.tls == nullptr) return stand();
  state_ = State::securing;
  tls_.emplace(*context_.tls, socket_);
  secure();
}

void StreamClient::secure() {
  const TlsSession::Outcome outcome = tls_->greet();
  if (outcome == TlsSession::Outcome::done) return stand();
  if (outcome == TlsSession::Outcome::ended) return fail(0, std::string(tls_->fault()), tls_->is_refused());
  waits_for_room_ = outcome == TlsSession::Outcome::wants_write;
  watch();
}

void StreamClient::stand() {
  waits_for_room_ = false;
  begin();
  if (socket_ < 0) return;
  watch();
  flush();
}

void StreamClient::ready(std::uint32_t events) {
  if (socket_ < 0) return;
  if (state_ == State::connecting) return connected();
  if (state_ == State::securing) return secure();
  if ((events & EPOLLOUT) != 0) {
    waits_for_room_ = false;
    watch();
    flush();
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read();
}

void StreamClient::read() {
  do {
    const Transfer transfer = receive();
    if (transfer.outcome != TlsSession::Outcome::done) return;
    const std::string_view fresh(context_.buffer.data(), transfer.size);
    if (in_.empty()) {
      take(fresh);
    } else {
      std::string whole = std::exchange(in_, {});
      whole.append(fresh);
      take(whole);
    }
  } while (tls_ && tls_->has_unread());
}

StreamClient::Transfer StreamClient::receive() {
  constexpr Transfer kLater{TlsSession::Outcome::wants_read, 0}, kEnded{TlsSession::Outcome::ended, 0};
  if (tls_) {
    const Transfer transfer = tls_->receive(context_.buffer);
    if (transfer.outcome == TlsSession::Outcome::ended) fail(0, std::string(tls_->fault()));
    return transfer;
  }
  const ssize_t count = recv(socket_, context_.buffer.data(), context_.buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return kLater;
  if (count > 0) return {TlsSession::Outcome::done, static_cast<std::size_t>(count)};
  fail(0, count < 0 ? fault_of(errno) : "the server closed the connection");
  return kEnded;
}

void StreamClient::flush() {
  if (out_.empty() || waits_for_room_ || state_ < State::upgrading) return;
  std::size_t sent = 0;
  while (sent < out_.size()) {
    const Transfer transfer = transmit(std::string_view(out_).substr(sent));
    sent += transfer.size;
    if (transfer.outcome == TlsSession::Outcome::done) continue;
    if (transfer.outcome == TlsSession::Outcome::wants_write) {
      waits_for_room_ = true;
      watch();
    }
    break;  // of a fault the read that follows says why
  }
  out_.erase(0, sent);
  if (out_.empty()) give_back(out_);
}

StreamClient::Transfer StreamClient::transmit(std::string_view bytes) {
  if (tls_) return tls_->send(bytes);
  const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count >= 0) return {TlsSession::Outcome::done, static_cast<std::size_t>(count)};
  return {errno == EAGAIN ? TlsSession::Outcome::wants_write : TlsSession::Outcome::ended, 0};
}

void StreamClient::release() {
  if (socket_ < 0) return;
  tls_.reset();
  const linger reset{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::close(std::exchange(socket_, -1));
  state_ = State::none;
  waits_for_room_ = false;
  give_back(in_);
  give_back(out_);
  forget();
}

void StreamClient::fail(std::uint16_t code, const std::string& why, bool is_refused) {
  const bool was_closing = state_ == State::closing;
  release();
  if (!was_closing) listener_.ended(code, why, is_refused);
}

void StreamClient::set_reading(bool is_reading) {
  is_reading_ = is_reading;
  if (socket_ >= 0) watch();
}

void StreamClient::watch() {
  epoll_event event{};
  event.events = (is_reading_ ? EPOLLIN : 0U) | (waits_for_room_ ? EPOLLOUT : 0U);
  event.data.ptr = this;
  epoll_ctl(context_.epoll, EPOLL_CTL_MOD, socket_, &event);
}

bool StreamClient::take_http_head(std::string_view& bytes, std::string_view granted, const std::string& what) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() > kResponseHeadBytesMax)
      fail(0, "the head of the server's answer to " + what + " does not end", true);
    else
      keep(bytes);
    return false;
  }
  if (!bytes.starts_with(granted)) {
    fail(0, "the server answered " + what + " with \"" + std::string(bytes.substr(0, bytes.find("\r\n"))) + "\"", true);
    return false;
  }
  state_ = State::open;
  listener_.opened(bytes.substr(0, end + 2));
  bytes.remove_prefix(end + 4);
  return is_there();
}

}  // namespace dialogue::load
