// See line_client.hpp. Lines of a server are as long as its frames, which have bounds of their own.
#include "server/load/wire/line_client.hpp"

namespace dialogue::load {
namespace {

constexpr std::size_t kLineBytesMax = 64 * 1024 * 1024;  // far above what a server sends
constexpr std::uint16_t kNormal = 1000;
constexpr std::string_view kGoodbye = "[45]\n";

}  // namespace

void LineClient::begin() {
  state_ = State::open;
  listener_.opened({});
}

void LineClient::take(std::string_view bytes) {
  const std::size_t end = bytes.rfind('\n');
  if (end == std::string_view::npos) {
    if (bytes.size() > kLineBytesMax) return fail(0, "the server sent a line that does not end", true);
    return keep(bytes);
  }
  if (state_ == State::open) listener_.heard(bytes.substr(0, end));
  if (is_there() && end + 1 < bytes.size()) keep(bytes.substr(end + 1));
}

void LineClient::send_frames(std::string_view frames) {
  if (state_ == State::open) out_.append(frames).append("\n");
}

void LineClient::close(std::uint16_t code) {
  if (state_ != State::open || code != kNormal) return release();
  out_ += kGoodbye;
  flush();
  state_ = State::closing;
}

}  // namespace dialogue::load
