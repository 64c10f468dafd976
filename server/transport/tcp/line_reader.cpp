// Each byte is visited once, however the input is split.
#include "server/transport/tcp/line_reader.hpp"

#include <algorithm>
#include <string_view>

#include "server/transport/bounded_append.hpp"
#include "shared/base/utf8.hpp"

namespace dialogue::transport {
namespace {

constexpr std::size_t kLineEndBytesMax = 2;  ///< CR and LF

}  // namespace

LineEvent LineReader::next(std::span<char>& input, std::uint64_t now_ms) {
  if (is_whole_) {  // what the last event showed is no longer needed
    std::vector<char>().swap(begun_);
    is_whole_ = false;
  }
  if (ended_) input = {};
  if (input.empty()) return {};
  const auto end = std::find(input.begin(), input.end(), '\n');
  const auto length = static_cast<std::size_t>(end - input.begin());
  if (begun_.size() + length > bytes_max_ + kLineEndBytesMax - 1) return fail(LineEvent::Kind::too_long);
  const std::span<char> piece = input.first(length);
  if (end == input.end()) {
    if (begun_.empty()) begun_ms_ = now_ms;
    append_bounded(begun_, piece, bytes_max_ + kLineEndBytesMax);
    input = {};
    return {};
  }
  input = input.subspan(length + 1);
  if (begun_.empty()) return finish(piece);
  append_bounded(begun_, piece, bytes_max_ + kLineEndBytesMax);
  is_whole_ = true;
  return finish(begun_);
}

LineEvent LineReader::finish(std::span<char> line) {
  if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
  if (line.size() > bytes_max_) return fail(LineEvent::Kind::too_long);
  if (!is_utf8({line.data(), line.size()})) return fail(LineEvent::Kind::not_utf8);
  return {.kind = LineEvent::Kind::line, .line = line};
}

LineEvent LineReader::fail(LineEvent::Kind kind) {
  ended_ = true;
  std::vector<char>().swap(begun_);
  is_whole_ = false;
  return {.kind = kind};
}

std::optional<std::uint64_t> LineReader::deadline_ms() const {
  if (begun_.empty() || is_whole_) return std::nullopt;
  return begun_ms_ + timeout_ms_;
}

}  // namespace dialogue::transport
