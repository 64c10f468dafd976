// See room_list.hpp.
#include "server/core/connection/room_list.hpp"

#include "server/core/messages/shard_message.hpp"
#include "server/core/util/envelope_object.hpp"

namespace dialogue::core {
namespace {

void append_room(std::string& out, const RoomInfo& room) {
  out += "{\"id\":";
  append_json_string(out, room.id);
  out += ",\"name\":";
  append_json_string(out, room.name);
  out += ",\"size\":" + std::to_string(room.size);
  out += ",\"maxSize\":" + (room.max_size ? std::to_string(*room.max_size) : "null") + '}';
}

}  // namespace

std::variant<ListAsked, Error> read_list(std::string_view json) {
  ListAsked asked;
  if (json.empty()) return asked;
  const auto fault = read_envelope_object(json, [&asked](const std::string& key, JsonReader& reader) {
    if (key == "after") return read_bounded(reader, kNameBytesMax, asked.after);
    if (key == "limit") return reader.read_integer(asked.limit);
    return reader.skip();
  });
  if (fault) return Error{ErrorCode::request_invalid, "LIST: " + *fault, {}};
  if (asked.limit == 0 || asked.limit > kListEntriesMax)
    return Error{ErrorCode::request_invalid, "LIST: limit is 1 to " + std::to_string(kListEntriesMax), {}};
  return asked;
}

std::string list_result(const std::vector<RoomInfo>& rooms, std::uint64_t limit, std::size_t bytes_max, std::string_view next) {
  std::string result = "{\"rooms\":[";
  std::size_t told = 0;
  for (std::string item; told < rooms.size() && told < limit; ++told, item.clear()) {
    append_room(item, rooms[told]);
    if (told > 0 && result.size() + item.size() + 1 > bytes_max) break;
    if (told > 0) result += ',';
    result += item;
  }
  result += ']';
  if (told < rooms.size()) {
    result += ",\"omitted\":" + std::to_string(rooms.size() - told);
    next = rooms[told - 1].id;
  }
  if (!next.empty()) {
    result += ",\"next\":";
    append_json_string(result, next);
  }
  return result + '}';
}

}  // namespace dialogue::core
