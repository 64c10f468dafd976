// A step through a user's records in a store that is read room by room (Store::find_user). `Reader` has find_room(key), which
// answers nothing where there is no such room, rooms_after(key, count), records_of(room, user, after, looks, found) and
// records(room, sequences). Faults are the reader's.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "server/store/user_data.hpp"

namespace dialogue::store {

template <typename Reader>
[[nodiscard]] UserPage find_user_in_rooms(Reader& reader, const UserQuery& query) {
  using Room = typename Reader::Room;
  UserPage page;
  std::uint64_t looks_left = kRecordsPerStepMax;
  std::size_t bytes = 0;
  // False: there may be more in the room, and `next` says where.
  const auto read_room = [&](const Room& its, std::uint64_t after) {
    const bool is_own = is_room_of(its.key, query.user_id);
    const auto found = reader.records_of(its, is_own ? std::string_view() : query.user_id, after, looks_left,
                                         kUserRecordsPerStepMax - page.records.size());
    for (core::LogRecord& record : reader.records(its, found.sequences)) {
      bytes += record.payload.size();
      const std::uint64_t seq = record.seq;
      page.records.push_back({its.key, its.epoch, std::move(record)});
      if (bytes < kUserBytesPerStepMax) continue;
      page.next = UserCursor{its.key, seq};
      return false;
    }
    looks_left -= found.looked_at;
    if (found.stopped_at) page.next = UserCursor{its.key, *found.stopped_at};
    return !found.stopped_at;
  };
  if (query.after.seq != UserCursor{}.seq) {
    const std::optional<Room> its = reader.find_room(query.after.room);
    if (its && !read_room(*its, query.after.seq)) return page;
  }
  const std::vector<Room> rooms = reader.rooms_after(query.after.room, kRoomsPerUserStepMax);
  for (const Room& each : rooms)
    if (!read_room(each, 0)) return page;
  if (rooms.size() == kRoomsPerUserStepMax) page.next = UserCursor{rooms.back().key};
  return page;
}

}  // namespace dialogue::store
