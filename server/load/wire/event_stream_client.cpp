// See event_stream_client.hpp.
#include "server/load/wire/event_stream_client.hpp"

#include <utility>

namespace dialogue::load {
namespace {

constexpr std::size_t kEventLineBytesMax = 64 * 1024 * 1024;  // far above what a server sends
constexpr std::string_view kData = "data: ", kDataDense = "data:";

}  // namespace

void EventStreamClient::open(std::string_view path) {
  path_ = path;
  connect_socket();
}

void EventStreamClient::begin() {
  state_ = State::upgrading;
  out_ = "GET " + path_ + " HTTP/1.1\r\nHost: " + context_.authority + "\r\nAccept: text/event-stream\r\n\r\n";
}

void EventStreamClient::take(std::string_view bytes) {
  if (state_ == State::upgrading && !take_http_head(bytes, "HTTP/1.1 200", "the push stream")) return;
  for (std::size_t end = 0; is_there() && (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
    const std::string_view line = bytes.substr(0, end);
    if (line.starts_with(kData))
      listener_.heard(line.substr(kData.size()));
    else if (line.starts_with(kDataDense))
      listener_.heard(line.substr(kDataDense.size()));
  }
  if (!is_there() || bytes.empty()) return;
  if (bytes.size() > kEventLineBytesMax) return fail(0, "the server sent a line that does not end", true);
  keep(bytes);
}

}  // namespace dialogue::load
