// See recovery_offset.hpp. Names hold none of the separators.
#include "server/transport/socketio/recovery_offset.hpp"

#include <algorithm>

#include "server/core/util/base36.hpp"
#include "shared/base/names.hpp"

namespace dialogue::transport {
namespace {

constexpr char kRoomSeparator = '/', kIdEnd = '=', kEpochEnd = '.', kEventsMark = '*', kEventSeparator = ',';

/// Cuts off what stands before the next `separator`, or all.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

bool read_events(std::string_view text, std::vector<std::string>& events) {
  while (!text.empty()) {
    const std::string_view name = take_until(text, kEventSeparator);
    if (!is_name(name)) return false;
    events.emplace_back(name);
  }
  return true;
}

bool read_room(std::string_view text, RecoveredRoom& room) {
  const std::size_t mark = text.find(kEventsMark);
  if (mark != std::string_view::npos) {
    if (!read_events(text.substr(mark + 1), room.events.emplace())) return false;
    text = text.substr(0, mark);
  }
  room.id = take_until(text, kIdEnd);
  const std::string_view epoch = take_until(text, kEpochEnd);
  return is_name(room.id) && core::read_base36(epoch, room.epoch) && core::read_base36(text, room.seq);
}

}  // namespace

void append_offset(std::string& offset, std::string_view room_id, std::uint64_t epoch, std::uint64_t seq) {
  if (!offset.empty()) offset += kRoomSeparator;
  offset.append(room_id) += kIdEnd;
  core::append_base36(offset, epoch);
  offset += kEpochEnd;
  core::append_base36(offset, seq);
}

void append_offset_events(std::string& offset, const std::vector<std::string>& events) {
  offset += kEventsMark;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i > 0) offset += kEventSeparator;
    offset += events[i];
  }
}

std::optional<std::vector<RecoveredRoom>> read_offset(std::string_view offset) {
  std::vector<RecoveredRoom> rooms;
  if (offset.empty() || offset.size() > kOffsetBytesMax || offset.ends_with(kRoomSeparator)) return std::nullopt;
  if (offset == kNoRoomsOffset) return rooms;
  while (!offset.empty()) {
    RecoveredRoom room;
    if (rooms.size() == kRecoveredRoomsMax || !read_room(take_until(offset, kRoomSeparator), room)) return std::nullopt;
    if (std::any_of(rooms.begin(), rooms.end(), [&](const RecoveredRoom& other) { return other.id == room.id; }))
      return std::nullopt;
    rooms.push_back(std::move(room));
  }
  return rooms;
}

}  // namespace dialogue::transport
