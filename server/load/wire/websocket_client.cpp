// Level-triggered epoll and one read for each notification: what is left is notified again.
#include "server/load/wire/websocket_client.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "server/load/wire/frame_scanner.hpp"
#include "shared/base/base64.hpp"

namespace dialogue::load {
namespace {

constexpr std::size_t kKeptBytesMax = 4096;  // capacity that an idle wire keeps
constexpr std::size_t kAnswerBytesMax = 64 * 1024;

std::string fault_of(int error) { return std::string(std::strerror(error)); }

void give_back(std::string& text) {
  if (text.capacity() > kKeptBytesMax) std::string().swap(text);
  text.clear();
}

}  // namespace

std::uint64_t WebSocketClientContext::random() {  // xorshift64: masking keys need to differ, nothing more
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

void WebSocketClient::open(std::string_view path, std::string_view subprotocols) {
  release();
  path_ = path;
  subprotocols_ = subprotocols;
  socket_ = socket(context_.address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return fail(0, "a socket cannot be made: " + fault_of(errno));
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

void WebSocketClient::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(0, fault_of(error));
  if (context_.tls == nullptr) return ask();
  state_ = State::securing;
  tls_.emplace(*context_.tls, socket_);
  secure();
}

void WebSocketClient::secure() {
  const TlsSession::Outcome outcome = tls_->greet();
  if (outcome == TlsSession::Outcome::done) return ask();
  if (outcome == TlsSession::Outcome::ended) return fail(0, std::string(tls_->fault()), tls_->is_refused());
  waits_for_room_ = outcome == TlsSession::Outcome::wants_write;
  watch();
}

void WebSocketClient::ask() {
  waits_for_room_ = false;
  state_ = State::upgrading;
  std::vector<std::uint8_t> key(16);
  for (std::uint8_t& byte : key) byte = static_cast<std::uint8_t>(context_.random());
  out_ =
      "GET " + path_ + " HTTP/1.1\r\nHost: " + context_.authority +
      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + encode_base64(key) +
      "\r\n";
  if (!subprotocols_.empty()) out_ += "Sec-WebSocket-Protocol: " + subprotocols_ + "\r\n";
  out_ += "\r\n";
  watch();
  flush();
}

void WebSocketClient::ready(std::uint32_t events) {
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

void WebSocketClient::read() {
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

WebSocketClient::Transfer WebSocketClient::receive() {
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

void WebSocketClient::take(std::string_view bytes) {
  if (state_ == State::upgrading && !take_answer(bytes)) return;
  while (socket_ >= 0) {
    const ScannedFrame frame = take_frame(bytes);
    if (frame.verdict == ScannedFrame::Verdict::violation) return fail(0, "the server sent what is no WebSocket frame", true);
    if (frame.verdict == ScannedFrame::Verdict::need_more) break;
    if (!take_message(frame)) return;
  }
  if (socket_ >= 0 && !bytes.empty()) in_ = bytes;
}

bool WebSocketClient::take_answer(std::string_view& bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() > kAnswerBytesMax)
      fail(0, "the server's answer to the handshake does not end", true);
    else
      in_ = bytes;
    return false;
  }
  constexpr std::string_view kSwitching = "HTTP/1.1 101";
  if (!bytes.starts_with(kSwitching)) {
    fail(0, "the server answered the WebSocket handshake with \"" + std::string(bytes.substr(0, bytes.find("\r\n"))) + "\"",
         true);
    return false;
  }
  state_ = State::open;
  listener_.opened(bytes.substr(0, end + 2));
  bytes.remove_prefix(end + 4);
  return socket_ >= 0;
}

bool WebSocketClient::take_message(const ScannedFrame& frame) {
  switch (frame.opcode) {
    case Opcode::ping:
      send(Opcode::pong, frame.payload);
      flush();
      return true;
    case Opcode::pong:
      return true;
    case Opcode::close: {
      const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(frame.payload[index]); };
      const auto code = static_cast<std::uint16_t>(frame.payload.size() < 2 ? 0 : byte(0) << 8 | byte(1));
      const std::string reason(frame.payload.substr(std::min<std::size_t>(2, frame.payload.size())));
      fail(code, "the server closed with " + std::to_string(code) + (reason.empty() ? "" : ", " + reason));
      return false;
    }
    default:
      break;
  }
  if (state_ != State::open) return true;  // we have said good-bye
  if (frame.is_final && message_.empty()) {
    listener_.heard(frame.payload);
  } else {
    message_.append(frame.payload);
    if (frame.is_final) {
      listener_.heard(message_);
      give_back(message_);
    }
  }
  return socket_ >= 0;
}

void WebSocketClient::send(Opcode opcode, std::string_view payload) {
  if (state_ != State::open) return;
  const std::uint64_t random = context_.random();
  MaskingKey key;
  std::memcpy(key.data(), &random, key.size());
  append_frame(out_, opcode, payload, true, key);
}

void WebSocketClient::flush() {
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

WebSocketClient::Transfer WebSocketClient::transmit(std::string_view bytes) {
  if (tls_) return tls_->send(bytes);
  const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count >= 0) return {TlsSession::Outcome::done, static_cast<std::size_t>(count)};
  return {errno == EAGAIN ? TlsSession::Outcome::wants_write : TlsSession::Outcome::ended, 0};
}

void WebSocketClient::close(std::uint16_t code) {
  if (state_ != State::open) return release();
  send(Opcode::close, close_payload(code, ""));
  flush();
  state_ = State::closing;
}

void WebSocketClient::release() {
  if (socket_ < 0) return;
  tls_.reset();
  const linger reset{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::close(std::exchange(socket_, -1));
  state_ = State::none;
  waits_for_room_ = false;
  give_back(in_);
  give_back(out_);
  give_back(message_);
}

void WebSocketClient::fail(std::uint16_t code, const std::string& why, bool is_refused) {
  const bool was_closing = state_ == State::closing;
  release();
  if (!was_closing) listener_.ended(code, why, is_refused);
}

void WebSocketClient::set_reading(bool is_reading) {
  is_reading_ = is_reading;
  if (socket_ >= 0) watch();
}

void WebSocketClient::watch() {
  epoll_event event{};
  event.events = (is_reading_ ? EPOLLIN : 0U) | (waits_for_room_ ? EPOLLOUT : 0U);
  event.data.ptr = this;
  epoll_ctl(context_.epoll, EPOLL_CTL_MOD, socket_, &event);
}

}  // namespace dialogue::load
