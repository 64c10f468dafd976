// Rows of the projection: what was said in rooms, read from their logs (bridge/projection.hpp), with the cursor up to which it
// was read; and marks, which say how far each user has read. Functions on a Database: the caller chooses the transaction.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/store/database.hpp"

namespace chat {

/// Up to where a room's log was read.
struct Cursor {
  std::uint64_t epoch = 0, seq = 0;
};

[[nodiscard]] Cursor cursor_of(Database& db, std::string_view room_id);
void set_cursor(Database& db, std::string_view room_id, const Cursor& cursor);
/// Forgets what was read of a room: its log was replaced by another one.
void forget_room_log(Database& db, std::string_view room_id);

struct Message {
  std::uint64_t seq = 0;
  std::string author;
  std::int64_t at_ms = 0;
  std::string text;  ///< empty if the message is deleted
  bool is_edited = false, is_deleted = false;
  std::uint64_t reply = 0;  ///< the message that it answers; 0: none
};

void insert_message(Database& db, std::string_view room_id, const Message& message, const std::vector<std::string>& mentions);
[[nodiscard]] std::optional<Message> find_message(Database& db, std::string_view room_id, std::uint64_t seq);
/// Replaces the text of the message `seq`. `edit_seq`: the sequence of the event that edited it.
void edit_message(Database& db, std::string_view room_id, std::uint64_t seq, std::uint64_t edit_seq, std::string_view text);
/// Removes text, mentions, reactions and the pin, and notes the events to be erased from the log. Returns false if the message is
/// deleted already.
bool delete_message(Database& db, std::string_view room_id, std::uint64_t seq);

void set_reaction(Database& db, std::string_view room_id, std::uint64_t seq, std::string_view user_id, std::string_view emoji,
                  bool is_on);
[[nodiscard]] std::size_t count_emoji(Database& db, std::string_view room_id, std::uint64_t seq);
[[nodiscard]] bool has_emoji(Database& db, std::string_view room_id, std::uint64_t seq, std::string_view emoji);
void set_pin(Database& db, std::string_view room_id, std::uint64_t seq, bool is_on);
[[nodiscard]] std::vector<Message> pins_of(Database& db, std::string_view room_id);

/// Notes an event whose payload is to leave the log.
void insert_erasure(Database& db, std::string_view room_id, std::uint64_t seq);
/// At most `limit` rooms with such events: those after `room_id` first, then from the first one on.
[[nodiscard]] std::vector<std::string> rooms_to_erase_in(Database& db, std::string_view room_id, std::size_t limit);
inline constexpr std::size_t kErasedAtOnceMax = 200;
/// Ascending, at most kErasedAtOnceMax.
[[nodiscard]] std::vector<std::uint64_t> sequences_to_erase(Database& db, std::string_view room_id);
void delete_erasures(Database& db, std::string_view room_id, const std::vector<std::uint64_t>& sequences);

/// The messages of a room that a user has not read.
struct Unread {
  std::uint64_t mark = 0;                  ///< the sequence of the last event that was read
  std::size_t messages = 0, mentions = 0;  ///< of other users, without deleted ones; at most kUnreadMax
};
inline constexpr std::size_t kUnreadMax = 1'000;

[[nodiscard]] Unread unread_in(Database& db, std::string_view room_id, std::string_view user_id);
/// Sets a user's mark in a room, to an older event only if `may_go_back`. Returns false if it did not change.
bool set_mark(Database& db, std::string_view room_id, std::string_view user_id, std::uint64_t seq, bool may_go_back);

}  // namespace chat
