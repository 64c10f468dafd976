// See tunnel_request.hpp. Unknown members are passed over: later versions may say more.
#include "server/transport/http_tunnel/tunnel_request.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "server/core/util/envelope_object.hpp"
#include "shared/base/names.hpp"

namespace dialogue::transport {
namespace {

constexpr std::size_t kSessionBytesMax = 64;
constexpr std::uint64_t kNormalEnd = 1000, kGoingAway = 1001;  ///< RFC 6455 section 7.4.1

bool read_opening(JsonReader& reader, std::string& opening) {
  return core::read_bounded(reader, kOpeningBytesMax, opening) && opening.size() >= kOpeningBytesMin &&
         std::all_of(opening.begin(), opening.end(), is_name_byte);
}

bool read_end(JsonReader& reader, std::optional<std::uint16_t>& end) {
  std::uint64_t code = 0;
  if (!reader.read_integer(code) || (code != kNormalEnd && code != kGoingAway)) return false;
  end = static_cast<std::uint16_t>(code);
  return true;
}

/// The frames behind the first line, each ended by LF or CR LF; false: there are more than that.
bool split(std::string& body, std::size_t begin, std::size_t frames_max, std::vector<std::span<char>>& frames) {
  while (begin < body.size()) {
    const std::size_t line_end = std::min(body.find('\n', begin), body.size());
    const std::size_t end = line_end > begin && body[line_end - 1] == '\r' ? line_end - 1 : line_end;
    if (end > begin && frames.size() == frames_max) return false;
    if (end > begin) frames.emplace_back(body.data() + begin, end - begin);
    begin = line_end + 1;
  }
  return true;
}

}  // namespace

std::variant<std::unique_ptr<TunnelRequest>, std::string> read_tunnel_request(std::string body, const TunnelLimits& limits) {
  auto request = std::make_unique<TunnelRequest>();
  request->body = std::move(body);
  request->hold_ms = limits.hold_ms_max;
  const std::string_view text = request->body;
  const std::size_t line = std::min(text.find('\n'), text.size());
  if (line > limits.head_bytes_max)
    return "The first line has more than " + std::to_string(limits.head_bytes_max) +
           " bytes. It is a JSON object; frames follow.";
  std::string opening;
  const auto fault = core::read_envelope_object(text.substr(0, line), [&](const std::string& key, JsonReader& reader) {
    if (key == "open") return read_opening(reader, opening);
    if (key == "session") return core::read_bounded(reader, kSessionBytesMax, request->session) && !request->session.empty();
    if (key == "have") return reader.read_integer(request->have);
    if (key == "from") return reader.read_integer(request->from) && request->from > 0;
    if (key == "hold") return reader.read_integer(request->hold_ms);
    return key == "close" ? read_end(reader, request->end) : reader.skip();
  });
  if (fault) return R"(The first line is a JSON object such as {"session":"...","have":3,"from":2}: )" + *fault + '.';
  if (opening.empty() == request->session.empty())
    return R"(The first line names a session, or opens one with "open" and 16 to 64 random letters and digits.)";
  if (!opening.empty() && (request->have > 0 || request->from > 1))
    return std::string("A request that opens a session acknowledges nothing, and its first frame is number 1.");
  request->hold_ms = std::min(request->hold_ms, limits.hold_ms_max);
  if (!split(request->body, line + 1, limits.frames_max, request->frames))
    return "A request has at most " + std::to_string(limits.frames_max) + " frames.";
  return request;
}

}  // namespace dialogue::transport
