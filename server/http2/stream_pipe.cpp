// See stream_pipe.hpp. Nothing is read before flow control lets it go, so that the socket's own bound is the only buffer.
#include "server/http2/stream_pipe.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "server/core/util/elapsed.hpp"
#include "server/http2/http2_limits.hpp"

namespace dialogue::http2 {
namespace {

constexpr std::size_t kHeadReadBytes = 4 * 1024;
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr int kSystemShare = 2;  ///< socket(7): the system doubles what it is asked for

std::string chunk_head(std::size_t size) {
  std::array<char, 2 * sizeof size> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  return std::string(digits.data(), end) + "\r\n";
}

/// Receives available bytes and returns their number; 0 at the end; negative: an error in errno.
ssize_t receive(int descriptor, std::span<char> into) {
  while (true) {
    const ssize_t size = ::recv(descriptor, into.data(), into.size(), MSG_DONTWAIT);
    if (size >= 0 || errno != EINTR) return size;
  }
}

}  // namespace

std::optional<std::pair<net::Descriptor, net::Descriptor>> make_pipe() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::nullopt;
  const int bytes = kPipeBytesMax / kSystemShare;
  for (const int end : ends) ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  return std::pair{net::Descriptor(ends[0]), net::Descriptor(ends[1])};
}

// --- The request's body ---

void StreamPipe::frame_body() {
  if (!body_.empty()) {
    framed_ = body_.size();
    outgoing_ = framing_.is_chunked ? chunk_head(framed_) : std::string();
    outgoing_ += std::exchange(body_, std::string());
    if (framing_.is_chunked) outgoing_ += "\r\n";
  } else if (is_body_complete_ && !std::exchange(has_end_, true) && framing_.is_chunked) {
    outgoing_ = kLastChunk;
  }
}

std::size_t StreamPipe::write() {
  std::size_t gone = 0;
  while (true) {
    if (outgoing_.empty()) frame_body();
    if (outgoing_.empty()) return gone;
    const ssize_t size =
        ::send(descriptor_.get(), outgoing_.data() + sent_, outgoing_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return gone;
    sent_ += size < 0 ? outgoing_.size() - sent_ : static_cast<std::size_t>(size);  // who closed wants no more of it
    if (sent_ < outgoing_.size()) continue;
    gone += std::exchange(framed_, 0);
    sent_ = 0;
    std::string().swap(outgoing_);
  }
}

// --- The response ---

std::variant<StreamPipe::Fault, ResponseHead> StreamPipe::read_head(std::uint64_t now_ms) {
  if (has_responded_) return Fault::none;
  while (true) {
    auto head = read_response_head(received_);
    if (!head || received_.size() > kResponseHeadBytesMax) return Fault::broken;
    if (head->size > 0) {
      received_.erase(0, head->size);
      has_responded_ = !head->is_interim();
      left_ = head->length;
      moved_ms_ = now_ms;
      return std::move(*head);
    }
    std::array<char, kHeadReadBytes> bytes;
    const ssize_t size = receive(descriptor_.get(), bytes);
    if (size < 0 && errno == EAGAIN) return Fault::none;
    if (size <= 0) return Fault::broken;
    received_.append(bytes.data(), static_cast<std::size_t>(size));
  }
}

BodyPart StreamPipe::read(std::span<char> into, std::uint64_t now_ms) {
  moved_ms_ = now_ms;
  std::size_t size = std::min(received_.size(), into.size());
  if (size > 0) {
    std::copy_n(received_.data(), size, into.data());
    received_.erase(0, size);
  } else {
    const ssize_t got = receive(descriptor_.get(), into);
    if (got < 0 && errno == EAGAIN) {
      waits_ = true;
      return {BodyPart::State::wait, 0};
    }
    if (got < 0 || (got == 0 && left_)) return {BodyPart::State::broken, 0};
    if (got == 0) return {BodyPart::State::last, 0};
    size = static_cast<std::size_t>(got);
  }
  if (!left_) return {BodyPart::State::more, size};
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, *left_));
  *left_ -= size;
  return {*left_ == 0 ? BodyPart::State::last : BodyPart::State::more, size};
}

std::uint64_t StreamPipe::stalled_ms(std::uint64_t now_ms) const {
  return has_responded_ && !waits_ ? core::elapsed_ms(now_ms, moved_ms_) : 0;
}

bool StreamPipe::wake(std::uint64_t now_ms) {
  if (!std::exchange(waits_, false)) return false;
  moved_ms_ = now_ms;
  return true;
}

}  // namespace dialogue::http2
