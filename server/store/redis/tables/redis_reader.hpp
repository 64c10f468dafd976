// Reads logs and the kept state through one connection, each answer from one moment. Faults are thrown as RedisError. Used by one
// thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/kept_state.hpp"
#include "server/store/redis/connection/redis_connection.hpp"
#include "server/store/redis/tables/redis_keys.hpp"
#include "server/store/room_part.hpp"
#include "server/store/user_data.hpp"

namespace dialogue::store {

class RedisReader {
 public:
  explicit RedisReader(RedisConnection& connection) : connection_(connection), keys_(connection.prefix()) {}

  /// As in store.hpp.
  [[nodiscard]] core::RoomOpened open(const core::RoomKey& key);
  [[nodiscard]] core::LogPage read(const core::ReadRange& range);
  [[nodiscard]] KeptList list_kept(const KeptQuery& query);
  [[nodiscard]] UserPage find_user(const UserQuery& query);
  [[nodiscard]] RoomsPage list_rooms(const core::RoomKey& after);

  struct Room {
    core::RoomKey key;
    std::uint64_t epoch = 0, base = 1, head = 0, keep_ms = 0;
    bool is_damaged = false;  ///< nothing but the key is known
  };
  /// Rooms behind `after`, at most `rooms_max`: part by part, in each in the order of their keys. An empty key: from the first.
  [[nodiscard]] std::vector<Room> rooms_after(const core::RoomKey& after, std::uint64_t rooms_max);

  /// Returns the room's state; no value if it was never written.
  [[nodiscard]] std::optional<Room> find_room(const core::RoomKey& key);

  struct Found {
    std::uint64_t epoch = 0, base = 1;
    std::uint64_t folded = 0, news = 0;  ///< so many news were folded, and so many are there
    bool has_news = false;               ///< the news have producers of the user
    std::vector<std::string> producers;
    std::vector<std::uint64_t> sequences;
    std::uint64_t looked_at = 0;              ///< records
    std::optional<std::uint64_t> stopped_at;  ///< the last sequence that was looked at; nothing: the end of the room
    std::vector<std::string> samples;         ///< of payloads
  };
  /// The user's records behind `after`, everybody's where the user is empty, and the producers if they are asked for; looks at no
  /// more than `looks_max` records, and returns no more than `found_max` of both together.
  [[nodiscard]] Found user_in(const core::RoomKey& key, std::string_view user_id, bool with_producers, std::uint64_t after,
                              std::uint64_t looks_max, std::uint64_t found_max);
  [[nodiscard]] Found records_of(const Room& room, std::string_view user_id, std::uint64_t after, std::uint64_t looks_max,
                                 std::size_t found_max) {
    return user_in(room.key, user_id, false, after, looks_max, found_max);
  }
  /// Returns the existing records among these sequences, with at most kUserBytesPerStepMax of payloads beyond the first.
  [[nodiscard]] std::vector<core::LogRecord> records(const Room& room, const std::vector<std::uint64_t>& sequences);
  /// Whether the room has records other than those by which erasures notify members.
  [[nodiscard]] bool has_others(const core::RoomKey& key, std::uint64_t base);

  struct Position {
    std::uint64_t epoch = 0, seq = 0;  ///< epoch 0: the log is damaged
  };
  /// Returns the head of each followed log. `known`: the epoch that the follower of each log knows; 0: none.
  [[nodiscard]] std::vector<Position> heads(const std::vector<core::RoomKey>& keys, const std::vector<std::uint64_t>& known);
  [[nodiscard]] Position kept_version();

  /// Makes Redis rewrite its append-only file in the background, if the user has the right to.
  void rewrite_files();

 private:
  /// Adds what a script found, and answers how many there are then.
  static std::uint64_t add_rooms(const RedisView& found, std::uint64_t rooms_max, std::vector<Room>& rooms);
  [[nodiscard]] RedisAnswer ask(const RedisScript& script, const std::string& part, std::vector<std::string> arguments);

  RedisConnection& connection_;
  const RedisKeys keys_;
};

}  // namespace dialogue::store
