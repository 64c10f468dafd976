// Rows of uploaded files. A file belongs to its room, and to the message that carries it once that is said. What is gone, or was
// carried by no message for a day, is swept: its bytes first, then its row. Functions on a Database.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/store/database.hpp"

namespace chat {

struct File {
  std::string id, room_id, owner_id, name, type;
  std::uint64_t bytes = 0;
  std::int64_t created_ms = 0;
  std::uint64_t seq = 0;  ///< of the message that carries it; 0: none yet
};

void insert_file(Database& db, const File& file);
/// Not one that is gone.
[[nodiscard]] std::optional<File> find_file(Database& db, std::string_view id);
/// The bytes of a user's files, or with an empty id those of everybody.
[[nodiscard]] std::uint64_t bytes_of_files(Database& db, std::string_view owner_id);
/// The message at `seq` carries it, unless another one does.
void attach_file(Database& db, std::string_view id, std::string_view room_id, std::string_view owner_id, std::uint64_t seq);
/// The files of a message are gone with it.
void drop_files(Database& db, std::string_view room_id, std::uint64_t seq);
/// Up to 100 files whose bytes are to be deleted: those that are gone, and those before `orphans_before_ms` without a message.
[[nodiscard]] std::vector<std::string> files_to_sweep(Database& db, std::int64_t orphans_before_ms);
void mark_gone(Database& db, std::string_view id);
void delete_file(Database& db, std::string_view id);

}  // namespace chat
