// A room that may not be shown is refused by itself; every other fault is a refusal of the question.
#include "server/core/exchange/heads_question.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/core/access/access.hpp"
#include "server/core/connection/fanout.hpp"
#include "server/core/util/envelope_object.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"

namespace dialogue::core {
namespace {

constexpr RateLimit kHeadsQuestions{32, 10'000};

CallDefinition make_heads_stream() {
  CallDefinition definition;
  definition.name = kHeadsStream;
  definition.kind = CallKind::duplex;
  definition.rate_limit = kHeadsQuestions;
  return definition;
}

Error bad_heads(std::string why) { return {ErrorCode::request_invalid, "heads: " + std::move(why), {}}; }

/// At most `max` different texts, each of the length of a name.
bool read_names(JsonReader& value, std::size_t max, std::vector<std::string>& names) {
  const auto is_long = [](const std::string& name) { return name.size() > kNameBytesMax; };
  return read_texts(value, names) && names.size() <= max && std::none_of(names.begin(), names.end(), is_long) &&
         std::set<std::string>(names.begin(), names.end()).size() == names.size();
}

bool may_read(const RoomDefinition& room, std::string_view id, const Identity& identity) {
  return !missing_right(room, id, Right::join, identity) && !missing_right(room, id, Right::history, identity);
}

/// Whether one who is not a member may see the room's head. The rules of a room that was made at run time are its owner's alone.
bool is_open_to(const ShardConfig& config, const Identity& identity, std::string_view id) {
  const auto index = config.hooks.on_join || config.hooks.ask_join ? std::nullopt : config.catalogue.match_room(id);
  if (!index) return false;
  const std::string_view name = config.catalogue.room(*index).id;
  const auto& rooms = config.definitions.rooms;
  const auto room = std::find_if(rooms.begin(), rooms.end(), [name](const RoomDefinition& each) { return each.id == name; });
  return room != rooms.end() && may_read(*room, id, identity);
}

}  // namespace

const CallDefinition& heads_stream() {
  static const CallDefinition kDefinition = make_heads_stream();
  return kDefinition;
}

bool is_heads_question(std::string_view request) { return !raw_in(request, "heads").empty(); }

std::variant<HeadsQuestion, Error> read_heads_question(const ShardConfig& config, Connection& connection,
                                                       std::string_view request) {
  HeadsQuestion question;
  std::vector<std::string> rooms;
  auto fault = read_envelope_object(request, [&](const std::string& key, JsonReader& value) {
    if (key == "heads") return read_names(value, kHeadRoomsMax, rooms);
    if (key == "events") return read_names(value, kHeadEventsMax, question.events);
    return value.skip();
  });
  if (fault) return bad_heads(std::move(*fault));
  if (rooms.empty()) return bad_heads("heads is 1 to " + std::to_string(kHeadRoomsMax) + " rooms");
  for (std::string& room : rooms) {
    if (!is_name(room)) return Error{ErrorCode::name_invalid, std::move(room), {}};
    const Membership* const membership = connection.membership_in(room);
    const bool is_reader =
        membership != nullptr && !membership->leaving &&
        !missing_right(membership->local->rules->definition, room, Right::history, *connection.identity_in(*membership));
    if (is_open_to(config, *connection.identity, room))
      question.rooms.push_back({std::move(room)});
    else if (is_reader)
      question.rooms.push_back({std::move(room), true, membership->history_from()});
    else
      question.refused.push_back(std::move(room));
  }
  return question;
}

}  // namespace dialogue::core
