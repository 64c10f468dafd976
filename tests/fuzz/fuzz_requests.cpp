// Fuzzes the body of a request that carries a connection's frames. What is accepted keeps its bounds, and its frames are the
// body's lines, in order and without their ends.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "server/net/session_id.hpp"
#include "server/transport/http_tunnel/tunnel_request.hpp"

namespace {

using namespace dialogue::transport;
namespace net = dialogue::net;

void demand(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const TunnelLimits limits;
  auto read = read_tunnel_request(std::string(reinterpret_cast<const char*>(data), size), limits);
  if (const auto* fault = std::get_if<std::string>(&read)) {
    demand(!fault->empty());
    return 0;
  }
  const TunnelRequest& request = *std::get<std::unique_ptr<TunnelRequest>>(read);
  demand(request.frames.size() <= limits.frames_max && request.hold_ms <= limits.hold_ms_max && request.from > 0);
  const char* before = request.body.data();
  for (const std::span<char> frame : request.frames) {
    demand(!frame.empty() && frame.data() > before && frame.data() + frame.size() <= request.body.data() + request.body.size());
    demand(std::string_view(frame.data(), frame.size()).find('\n') == std::string_view::npos);
    before = frame.data();
  }
  if (const auto loop = net::loop_of_session(request.session, 11)) demand(*loop < 11);
  return 0;
}
