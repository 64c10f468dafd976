// See sqlite_made_rooms.hpp.
#include "server/store/sqlite_made_rooms.hpp"

#include <string>
#include <utility>

#include "server/store/checksum.hpp"

namespace dialogue {
namespace {

std::uint64_t checksum_of(const KeptRoom& room) {
  return Checksum().add(room.key.tenant).add(room.key.room).add(room.definition).value();
}

}  // namespace

SqliteMadeRooms::SqliteMadeRooms(SqliteDatabase& database)
    : put_(database, "INSERT OR REPLACE INTO made_room (tenant, name, checksum, definition) VALUES (?, ?, ?, ?)"),
      drop_(database, "DELETE FROM made_room WHERE tenant = ? AND name = ?"),
      all_(database, "SELECT tenant, name, checksum, definition FROM made_room") {}

void SqliteMadeRooms::put(const KeptRoom& room) { put_.run(room.key.tenant, room.key.room, checksum_of(room), room.definition); }

void SqliteMadeRooms::drop(const RoomKey& key) { drop_.run(key.tenant, key.room); }

std::vector<KeptRoom> SqliteMadeRooms::all() {
  enum Column : int { kTenant, kName, kChecksum, kDefinition };
  std::vector<KeptRoom> found;
  for (SqliteRows rows = all_.query(); rows.next();) {
    KeptRoom room{{std::string(rows.text(kTenant)), std::string(rows.text(kName))}, std::string(rows.text(kDefinition))};
    if (checksum_of(room) != rows.number(kChecksum)) room.definition.clear();
    found.push_back(std::move(room));
  }
  return found;
}

}  // namespace dialogue
