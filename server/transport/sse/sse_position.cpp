// See sse_position.hpp.
#include "server/transport/sse/sse_position.hpp"

#include "server/core/util/base36.hpp"

namespace dialogue::transport {
namespace {

bool read_position(std::string_view text, SsePosition& position) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  return core::read_base36(text.substr(0, dot), position.epoch) && core::read_base36(text.substr(dot + 1), position.seq);
}

}  // namespace

void append_sse_position(std::string& out, SsePosition position) {
  core::append_base36(out, position.epoch);
  out += '.';
  core::append_base36(out, position.seq);
}

std::string sse_id(std::span<const SsePosition> positions) {
  std::string id;
  for (const SsePosition& position : positions) {
    if (!id.empty()) id += '-';
    append_sse_position(id, position);
  }
  return id;
}

std::optional<SseResume> read_sse_id(std::string_view id) {
  SseResume resume;
  if (id.ends_with(kSseEndMark)) {
    resume.has_ended = true;
    id.remove_suffix(1);
  }
  if (id.size() > kSseIdBytesMax) return std::nullopt;
  while (!id.empty()) {
    const std::size_t end = id.find('-');
    if (!read_position(id.substr(0, end), resume.positions.emplace_back())) return std::nullopt;
    if (end == id.size() - 1) return std::nullopt;
    id.remove_prefix(end == std::string_view::npos ? id.size() : end + 1);
  }
  if (resume.positions.size() > kSseRoomsMax + 1) return std::nullopt;
  return resume;
}

}  // namespace dialogue::transport
