// Any bytes as a stream of lines: read in pieces of every size as TCP may bring them, they give what the whole gives, and that is
// what a splitter without any cleverness gives.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/transport/tcp/line_reader.hpp"
#include "shared/base/utf8.hpp"

using namespace dialogue;
using namespace dialogue::transport;

namespace {

constexpr std::size_t kBytesMax = 24;

void require(bool condition) {
  if (!condition) std::abort();
}

void take(LineReader& reader, std::string piece, std::string& seen) {
  std::span<char> input(piece);
  for (auto event = reader.next(input, 1); event.kind != LineEvent::Kind::need_more; event = reader.next(input, 1)) {
    if (event.kind == LineEvent::Kind::line)
      seen.append(event.line.data(), event.line.size()).append("\n");
    else
      seen.append(event.kind == LineEvent::Kind::too_long ? "L" : "U");
  }
  require(input.empty());
}

std::string expected(const std::string& text) {
  std::string seen;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const bool is_whole = end != std::string::npos;
    std::string line = text.substr(at, is_whole ? end - at : std::string::npos);
    if (line.size() > kBytesMax + 1) return seen + "L";
    if (!is_whole) return seen;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.size() > kBytesMax) return seen + "L";
    if (!is_utf8(line)) return seen + "U";
    seen += line + "\n";
    at = end + 1;
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 32;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string whole, pieces;
  LineReader at_once(kBytesMax, 1000), in_pieces(kBytesMax, 1000);
  take(at_once, text, whole);
  for (std::size_t at = 0; at < text.size(); at += step) take(in_pieces, text.substr(at, step), pieces);
  require(whole == expected(text));
  require(pieces == whole);
  return 0;
}
