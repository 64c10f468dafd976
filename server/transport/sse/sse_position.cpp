// See sse_position.hpp.
#include "server/transport/sse/sse_position.hpp"

#include <cstring>
#include <limits>

#include "server/core/util/base36.hpp"
#include "shared/base/sha256.hpp"

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
  if (const std::size_t mark = id.find(kSseEndMark); mark != std::string_view::npos) {
    constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
    if (!core::read_base36(id.substr(mark + 1), resume.ended.emplace(), kLargest)) return std::nullopt;
    id = id.substr(0, mark);
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

std::string sse_end_mark(std::uint64_t request_digest) {
  std::string mark(1, kSseEndMark);
  core::append_base36(mark, request_digest);
  return mark;
}

std::uint64_t sse_request_digest(std::string_view query, std::string_view authorization) {
  const std::string text = std::string(query) + '\n' + std::string(authorization);
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  std::uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return number;
}

}  // namespace dialogue::transport
