// See sse_position.hpp.
#include "server/transport/sse/sse_position.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <limits>

#include "shared/base/limits.hpp"
#include "shared/base/sha256.hpp"

namespace dialogue::transport {
namespace {

constexpr int kBase = 36;

void append_base36(std::string& out, std::uint64_t value) {
  std::array<char, 16> digits;  // 2^64 has 13 in base 36
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value, kBase).ptr);
}

/// Lower-case digits without a sign or leading zeros.
bool read_base36(std::string_view text, std::uint64_t& value, std::uint64_t largest = kSafeIntegerMax) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  for (const char c : text)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))) return false;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, kBase);
  return fault == std::errc{} && end == text.data() + text.size() && value <= largest;
}

bool read_position(std::string_view text, SsePosition& position) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  return read_base36(text.substr(0, dot), position.epoch) && read_base36(text.substr(dot + 1), position.seq);
}

}  // namespace

void append_sse_position(std::string& out, SsePosition position) {
  append_base36(out, position.epoch);
  out += '.';
  append_base36(out, position.seq);
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
    if (!read_base36(id.substr(mark + 1), resume.ended.emplace(), kLargest)) return std::nullopt;
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
  append_base36(mark, request_digest);
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
