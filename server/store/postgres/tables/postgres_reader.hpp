// Reads logs and the kept state through one connection, each answer from one snapshot. Faults are thrown as PostgresError. Used
// by one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/store/kept_state.hpp"
#include "server/store/postgres/connection/postgres_connection.hpp"
#include "server/store/room_part.hpp"
#include "server/store/user_data.hpp"

namespace dialogue::store {

class PostgresReader {
 public:
  explicit PostgresReader(PostgresConnection& connection) : connection_(connection) {}

  /// As in store.hpp.
  [[nodiscard]] core::RoomOpened open(const core::RoomKey& key);
  [[nodiscard]] core::LogPage read(const core::ReadRange& range);
  [[nodiscard]] KeptList list_kept(const KeptQuery& query);
  [[nodiscard]] UserPage find_user(const UserQuery& query);
  [[nodiscard]] RoomsPage list_rooms(const core::RoomKey& after);

  struct Room {
    core::RoomKey key;
    std::uint64_t id = 0, epoch = 0, base = 1, keep_ms = 0;
  };
  /// Rooms behind `after` in the order of their keys, at most `rooms_max`.
  [[nodiscard]] std::vector<Room> rooms_after(const core::RoomKey& after, std::uint64_t rooms_max);
  struct Found {
    std::vector<std::uint64_t> sequences;
    std::uint64_t looked_at = 0;              ///< records
    std::optional<std::uint64_t> stopped_at;  ///< the last sequence that was looked at; nothing: the end of the room
  };
  /// The user's records behind `after`, everybody's where the user is empty; looks at no more than `looks_max` and returns no
  /// more than `found_max`.
  [[nodiscard]] Found records_of(const Room& room, std::string_view user_id, std::uint64_t after, std::uint64_t looks_max,
                                 std::size_t found_max);
  /// Returns the existing records among these sequences, with at most kUserBytesPerStepMax of payloads beyond the first.
  [[nodiscard]] std::vector<core::LogRecord> records(const Room& room, const std::vector<std::uint64_t>& sequences);
  /// Returns the room's state, with the id 0 if it was never written.
  [[nodiscard]] Room room(const core::RoomKey& key);
  [[nodiscard]] std::optional<Room> find_room(const core::RoomKey& key);

  /// How far followed logs have come, a head for each.
  struct Position {
    std::uint64_t epoch = 0, seq = 0;
  };
  /// `known`: the epoch that the follower of each knows; 0: none.
  [[nodiscard]] std::vector<Position> heads(const std::vector<core::RoomKey>& keys, const std::vector<std::uint64_t>& known);
  [[nodiscard]] Position kept_version();

 private:
  PostgresConnection& connection_;
};

}  // namespace dialogue::store
