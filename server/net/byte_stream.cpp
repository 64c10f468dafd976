// See byte_stream.hpp. TLS reads and writes the descriptor itself: no byte is copied between buffers of ours and of OpenSSL's.
#include "server/net/byte_stream.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace dialogue::net {
namespace {

namespace asio = boost::asio;
constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kAwait{};

/// The maximum of bytes that are sent as one piece: a copy costs less than the kernel's handling of a list of pieces. Measured:
/// docs/performance.md.
constexpr std::size_t kCopiedBytesMax = 1024;
constexpr std::size_t kRecordBytesMax = 16 * 1024;  ///< of TLS: RFC 8446 section 5.1
constexpr std::uint8_t kUnwaitedMax = 8;            ///< of a head, a body or an answer each: less than a turn's work
constexpr char kHandshakeRecord = 0x16;             ///< the first byte of a TLS connection

/// As many bytes of the parts as make one record.
std::string first_record(std::span<const iovec> parts) {
  std::string record;
  for (const iovec& part : parts) {
    const std::size_t room = kRecordBytesMax - record.size();
    record.append(static_cast<const char*>(part.iov_base), std::min(part.iov_len, room));
    if (part.iov_len >= room) break;
  }
  return record;
}

/// The parts one after the other in `into`, and their size; 0 when they are larger than that.
std::size_t join(std::span<const iovec> parts, std::span<char> into) {
  std::size_t size = 0;
  for (const iovec& part : parts) {
    if (part.iov_len > into.size() - size) return 0;
    std::copy_n(static_cast<const char*>(part.iov_base), part.iov_len, into.begin() + static_cast<std::ptrdiff_t>(size));
    size += part.iov_len;
  }
  return size;
}

/// What came of a system call that sends, made again where a signal was in its way.
ByteStream::Transfer sent_by(const auto& call) {
  while (true) {
    const ssize_t size = call();
    if (size >= 0) return {ByteStream::Outcome::done, static_cast<std::size_t>(size)};
    if (errno == EAGAIN) return {ByteStream::Outcome::wants_write, 0};
    if (errno != EINTR) return {ByteStream::Outcome::ended, 0};
  }
}

}  // namespace

ByteStream::ByteStream(Socket socket, SslSession tls)
    : socket_(std::make_unique<Socket>(std::move(socket))), tls_(std::move(tls)) {
  if (tls_ && !set_tls_socket(tls_.get(), socket_->native_handle())) close();
}

ByteStream ByteStream::within_tls(Socket socket) {
  ByteStream stream(std::move(socket));
  stream.is_within_tls_ = true;
  return stream;
}

bool ByteStream::speaks_http2() const {
  if (!tls_) return false;
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(tls_.get(), &name, &size);
  return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
}

void ByteStream::detach() {
  if (!socket_) return;
  error_code ignored;
  detached_ = Descriptor(socket_->release(ignored));
  socket_.reset();
}

ByteStream::Transfer ByteStream::receive(std::span<char> into) {
  if (!is_open()) return {Outcome::ended, 0};  // its descriptor may be another connection's by now
  if (tls_) {
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_read_ex(tls_.get(), into.data(), into.size(), &size);
    return result > 0 ? Transfer{Outcome::done, size} : Transfer{outcome_of(result), 0};
  }
  return receive_plain(into);
}

ByteStream::Transfer ByteStream::receive_plain(std::span<char> into, int flags) {
  while (true) {
    const ssize_t size = ::recv(descriptor(), into.data(), into.size(), MSG_DONTWAIT | flags);
    if (size > 0) return {Outcome::done, static_cast<std::size_t>(size)};
    if (size == 0 || (errno != EAGAIN && errno != EINTR)) return {Outcome::ended, 0};
    if (errno == EAGAIN) return {Outcome::wants_read, 0};
  }
}

ByteStream::Transfer ByteStream::send(std::span<const iovec> parts) {
  if (!is_open()) return {Outcome::ended, 0};
  if (tls_) return send_encrypted(parts);
  if (parts.size() == 1) return send_plain(static_cast<const char*>(parts.front().iov_base), parts.front().iov_len);
  std::array<char, kCopiedBytesMax> copy;
  if (const std::size_t size = join(parts, copy); size > 0) return send_plain(copy.data(), size);
  return send_gathered(parts);
}

ByteStream::Transfer ByteStream::send_plain(const char* bytes, std::size_t count) {
  return sent_by([&] { return ::send(descriptor(), bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL); });
}

ByteStream::Transfer ByteStream::send_gathered(std::span<const iovec> parts) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());  // sendmsg does not write to it
  message.msg_iovlen = parts.size();
  return sent_by([&] { return ::sendmsg(descriptor(), &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
}

ByteStream::Transfer ByteStream::send_encrypted(std::span<const iovec> parts) {
  const bool is_repeated = has_unsent();
  if (!is_repeated) unsent_ = std::make_unique<std::string>(first_record(parts));
  const std::size_t taken = is_repeated ? 0 : unsent_->size();
  while (!unsent_->empty()) {
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_write_ex(tls_.get(), unsent_->data(), unsent_->size(), &size);
    if (result <= 0) return {outcome_of(result), taken};
    unsent_->erase(0, size);
  }
  unsent_.reset();  // an idle connection holds no buffer
  return {Outcome::done, taken};
}

ByteStream::Outcome ByteStream::outcome_of(int result) {
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Outcome::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::wants_write;
    case SSL_ERROR_SYSCALL:
    case SSL_ERROR_SSL:
      SSL_set_quiet_shutdown(tls_.get(), 1);  // after a fault nothing may be said any more
      return Outcome::ended;
    default:
      return Outcome::ended;
  }
}

void ByteStream::shut_down_sending() {
  if (!is_open()) return;
  ERR_clear_error();
  if (tls_) SSL_shutdown(tls_.get());
  ::shutdown(descriptor(), SHUT_WR);
}

void ByteStream::cancel() {
  error_code ignored;
  if (socket_) socket_->cancel(ignored);
}

void ByteStream::close() {
  error_code ignored;
  if (socket_) socket_->close(ignored);
  detached_ = Descriptor();
}

std::uint32_t ByteStream::unacknowledged() {
  int bytes = 0;
  return ::ioctl(descriptor(), SIOCOUTQ, &bytes) == 0 ? static_cast<std::uint32_t>(std::max(bytes, 0)) : 0;
}

void ByteStream::limit_unsent(int bytes) { ::setsockopt(descriptor(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes); }

void ByteStream::abort() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

ByteStream::Awaitable<error_code> ByteStream::wait_for(Outcome outcome) {
  if (outcome == Outcome::ended) co_return asio::error::eof;
  unwaited_ = 0;
  const auto direction = outcome == Outcome::wants_read ? Socket::wait_read : Socket::wait_write;
  const auto [error] = co_await socket_->async_wait(direction, kAwait);
  co_return error;
}

ByteStream::Awaitable<void> ByteStream::take_turns() {
  if (++unwaited_ < kUnwaitedMax) co_return;
  unwaited_ = 0;
  co_await asio::post(socket_->get_executor(), kAwait);
}

ByteStream::Awaitable<error_code> ByteStream::accept_tls() {
  error_code error = co_await wait_for(Outcome::wants_read);
  if (error) co_return error;
  char first = 0;
  if (::recv(socket_->native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && first != kHandshakeRecord) {
    tls_.reset();
    co_return error_code{};
  }
  while (socket_->is_open()) {
    ERR_clear_error();
    const int result = SSL_do_handshake(tls_.get());
    if (result == 1) co_return error_code{};
    error = co_await wait_for(outcome_of(result));
    if (error) co_return error;
  }
  co_return asio::error::eof;
}

ByteStream::Awaitable<std::pair<error_code, std::size_t>> ByteStream::read_some(asio::mutable_buffer into) {
  co_await take_turns();
  while (true) {
    const Transfer received = receive({static_cast<char*>(into.data()), into.size()});
    if (received.outcome == Outcome::done) co_return std::pair{error_code{}, received.size};
    const error_code error = co_await wait_for(received.outcome);
    if (error) co_return std::pair{error, std::size_t{0}};
  }
}

ByteStream::Awaitable<bool> ByteStream::peer_left() {
  while (socket_ && socket_->is_open()) {
    const error_code error = co_await wait_for(Outcome::wants_read);
    if (error || !socket_ || !socket_->is_open()) co_return false;
    char byte = 0;
    if (!tls_) {
      const Transfer seen = receive_plain({&byte, 1}, MSG_PEEK);
      if (seen.outcome != Outcome::wants_read) co_return seen.outcome == Outcome::ended;
      continue;
    }
    ERR_clear_error();
    const int result = SSL_peek(tls_.get(), &byte, 1);
    if (result > 0) co_return false;
    if (outcome_of(result) == Outcome::ended) co_return true;
  }
  co_return false;
}

ByteStream::Awaitable<std::pair<error_code, std::size_t>> ByteStream::peek_below_tls(std::span<char> into) {
  while (socket_->is_open()) {
    const Transfer received = receive_plain(into, MSG_PEEK);
    if (received.outcome == Outcome::done) co_return std::pair{error_code{}, received.size};
    const error_code error = co_await wait_for(received.outcome);
    if (error) co_return std::pair{error, std::size_t{0}};
  }
  co_return std::pair{error_code(asio::error::eof), std::size_t{0}};
}

error_code ByteStream::take_below_tls(std::span<char> into) {
  while (!into.empty()) {
    const Transfer received = receive_plain(into);
    if (received.outcome != Outcome::done) return asio::error::eof;
    into = into.subspan(received.size);
  }
  return {};
}

ByteStream::Awaitable<error_code> ByteStream::write(std::string_view first, std::string_view second) {
  while (!first.empty() || !second.empty() || has_unsent()) {
    co_await take_turns();
    const auto part = [](std::string_view text) { return iovec{const_cast<char*>(text.data()), text.size()}; };
    const std::array<iovec, 2> parts = {part(first), part(second)};
    const Transfer sent = send(parts);
    const std::size_t of_first = std::min(sent.size, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(sent.size - of_first);
    if (sent.outcome == Outcome::done) continue;
    const error_code error = co_await wait_for(sent.outcome);
    if (error) co_return error;
  }
  co_return error_code{};
}

}  // namespace dialogue::net
