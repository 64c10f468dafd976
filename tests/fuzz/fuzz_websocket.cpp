// The WebSocket reader on any bytes: how they are cut into reads must not matter, and nothing outside a read is touched (each
// read is its own allocation, so that AddressSanitizer sees a step outside). First byte: the role; second: the seed of the cuts.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "shared/base/utf8.hpp"
#include "tests/server/transport/websocket/websocket_events.hpp"

using namespace dialogue;
using namespace dialogue::transport;
using namespace dialogue::test;

namespace {

constexpr std::uint64_t kNowMs = 1'000;

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<Seen> read_in_pieces(WebSocketReader& reader, const std::string& bytes, std::uint32_t seed) {
  std::vector<Seen> all;
  for (std::size_t at = 0; at < bytes.size();) {
    seed = seed * 1'664'525 + 1'013'904'223;
    const std::size_t size = 1 + (seed >> 24) % 17;
    for (Seen& event : read_all(reader, bytes.substr(at, size), SIZE_MAX, kNowMs)) all.push_back(std::move(event));
    at += size;
  }
  return all;
}

void check(const Seen& event, const WebSocketLimits& limits) {
  using Kind = WebSocketEvent::Kind;
  require(event.payload.size() <= limits.message_bytes_max);
  if (event.kind == Kind::text) require(is_utf8(event.payload));
  if (event.kind == Kind::ping || event.kind == Kind::pong) require(event.payload.size() <= kControlPayloadBytesMax);
  if (event.kind == Kind::close) require(event.close_code == close_code::kNoStatus || is_close_code(event.close_code));
  if (event.kind == Kind::failure) require(is_close_code(event.close_code));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto role = data[0] % 2 ? WebSocketReader::Role::client : WebSocketReader::Role::server;
  WebSocketLimits limits;
  limits.message_bytes_max = 1024;
  limits.fragments_max = 16;
  const std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  WebSocketReader whole(role, limits), pieces(role, limits), single(role, limits);
  const std::vector<Seen> events = read_all(whole, bytes, SIZE_MAX, kNowMs);
  require(events == read_in_pieces(pieces, bytes, data[1]));
  require(events == read_all(single, bytes, 1, kNowMs));
  require(whole.deadline_ms() == single.deadline_ms() && whole.deadline_ms() == pieces.deadline_ms());
  for (const Seen& event : events) check(event, limits);
  return 0;
}
