// See rooms_request.hpp. Members of other names are an application's own, and passed over.
#include "server/transport/socketio/rooms_request.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "server/core/connection/hello.hpp"
#include "server/core/util/envelope_object.hpp"
#include "server/transport/socketio/recovery_offset.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

constexpr std::size_t kTokenBytesMax = 8 * 1024, kPidBytesMax = 160;

constexpr std::array<std::pair<std::string_view, RoomsAction>, 8> kActions = {{
    {"dialogue:join", RoomsAction::join},
    {"dialogue:leave", RoomsAction::leave},
    {"dialogue:subscribe", RoomsAction::subscribe},
    {"dialogue:subscribeAll", RoomsAction::subscribe_all},
    {"dialogue:unsubscribe", RoomsAction::unsubscribe},
    {"dialogue:trigger", RoomsAction::trigger},
    {"dialogue:listRooms", RoomsAction::list},
    {"dialogue:history", RoomsAction::history},
}};

/// A member that may be null, as JavaScript writes what is not there.
bool read_optional(JsonReader& reader, std::size_t bytes_max, std::string& out) {
  return reader.peek() == 'n' ? reader.skip() : core::read_bounded(reader, bytes_max, out);
}

bool read_number(JsonReader& reader, std::optional<std::uint64_t>& out) {
  if (reader.peek() == 'n') return reader.skip();
  std::uint64_t value = 0;
  if (!reader.read_integer(value)) return false;
  out = value;
  return true;
}

/// The room would judge it as well, but its words are about frames.
bool read_id(JsonReader& reader, std::string& id, bool& is_good) {
  if (reader.peek() == 'n') return reader.skip();
  is_good = reader.peek() == '"';
  if (!is_good) return reader.skip();
  if (!reader.read_string(id)) return false;
  is_good = is_name(id) && id.size() <= core::kProducerIdBytesMax;
  return true;
}

}  // namespace

std::variant<RoomsAuth, std::string> read_rooms_auth(std::string_view auth) {
  RoomsAuth read;
  if (auth.empty()) return read;
  JsonText identity;
  bool has_identity = false;
  const auto fault = core::read_envelope_object(auth, [&](const std::string& key, JsonReader& reader) {
    if (key == "token") return read_optional(reader, kTokenBytesMax, read.token);
    if (key == "pid") return read_optional(reader, kPidBytesMax, read.pid);
    if (key == "offset") return read_optional(reader, kOffsetBytesMax, read.offset);
    if ((key != "userId" && key != "name" && key != "meta") || reader.peek() == 'n') return reader.skip();
    std::string_view value;
    has_identity = true;
    if (!reader.read_raw(value)) return false;
    identity.raw(key, value);
    return true;
  });
  if (fault) return "auth: " + *fault;
  if (has_identity) read.identity = identity.take();
  return read;
}

std::optional<RoomsAction> rooms_action(std::string_view event) {
  const auto found = std::find_if(kActions.begin(), kActions.end(), [&](const auto& each) { return each.first == event; });
  if (found == kActions.end()) return std::nullopt;
  return found->second;
}

std::variant<RoomsRequest, std::string> read_rooms_request(RoomsAction action, std::string_view argument) {
  RoomsRequest read;
  if (argument.empty() || argument == "null") {
    if (action == RoomsAction::list) return read;
    return std::string("an object with roomId is required");
  }
  const std::string event_key = action == RoomsAction::trigger ? "event" : "eventName";
  bool has_event = false, is_id_good = true;
  const auto fault = core::read_envelope_object(argument, [&](const std::string& key, JsonReader& reader) {
    if (key == "roomId") return reader.read_string(read.room_id);
    if (key == event_key) return (has_event = reader.read_string(read.event));
    if (key == "data") return reader.read_document(read.data);
    if (key == "delete" && action == RoomsAction::trigger) return reader.read_boolean(read.deletes);
    if (key == "id" && action == RoomsAction::trigger) return read_id(reader, read.id, is_id_good);
    if (key == "limit") return read_number(reader, read.limit);
    return key == "before" ? read_number(reader, read.before) : reader.skip();
  });
  if (fault) return *fault;
  if (!is_id_good) return std::string("id is 1 to 64 of A-Z a-z 0-9 _ - . : @ ~");
  const bool needs_event =
      action == RoomsAction::trigger || action == RoomsAction::subscribe || action == RoomsAction::unsubscribe;
  if (action != RoomsAction::list && read.room_id.empty()) return std::string("roomId is missing");
  if (needs_event && read.event.empty()) return event_key + (has_event ? " is empty" : " is missing");
  return read;
}

}  // namespace dialogue::transport
