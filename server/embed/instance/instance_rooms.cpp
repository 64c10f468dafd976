// The rooms that were made at run time before this start: from the store to the server's configuration, and what an operator
// should know of those that do not fit the definitions any more. Nothing of them is lost: the store keeps definition and log.
#include <algorithm>
#include <utility>

#include "server/core/messages/log_message.hpp"
#include "server/core/room/dynamic_room.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/store_answer.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

struct Restored {
  const Config& config;
  const Definitions& definitions;
  const CatalogueView& catalogue;

  void tell(LogLevel level, const char* event, const std::string& room, const std::string& message) const {
    config.logger({level, event, JsonText().text("room", room).text("message", message).take()});
  }

  /// The room as it can be served, or nothing.
  [[nodiscard]] std::optional<core::KeptRoom> room(core::KeptRoom kept) const {
    const std::string& id = kept.key.room;
    auto room = core::read_made_room(kept.definition);
    if (!room || room->id != id) {
      tell(LogLevel::error, "room_definition_damaged", id,
           "what was kept of this room's definition cannot be read: make the room again, its log is still there");
      return std::nullopt;
    }
    const auto same = std::find_if(definitions.rooms.begin(), definitions.rooms.end(),
                                   [&](const RoomDefinition& each) { return each.id == id; });
    if (same != definitions.rooms.end()) {
      tell(LogLevel::warn, "room_defined_twice", id,
           "this room was made at run time, and the definitions have one of the same id now: theirs is served, with the log "
           "that there is");
      return std::nullopt;
    }
    const std::vector<std::string> dropped = core::drop_unknown_events(*room, catalogue);
    for (const std::string& event : dropped)
      tell(LogLevel::warn, "room_event_unknown", id,
           "this room was made with the event " + event +
               ", which the definitions have no more: it is served without it until they have it again");
    if (!dropped.empty()) kept.definition = core::made_room_text(*room);
    return kept;
  }
};

}  // namespace

std::vector<core::KeptRoom> InstanceState::load_rooms(const core::ShardConfig& shard) const {
  if (!store) return {};
  const auto kept = store_answer<store::KeptList>(
      [this](auto done) { store->list_kept({store::KeptKind::room}, std::move(done)); }, {core::StoreStatus::busy});
  if (kept.status != core::StoreStatus::ok)
    throw SetupError("store", "it cannot return the rooms created at run time", "Run `dialogue store check`.");
  if (!kept.is_kept)
    config.logger(
        core::log_message(LogLevel::warn, "state_not_kept",
                          "this store persists no kept state: rooms created at run time, revocations and the key that signs "
                          "guests' ids end with this process"));
  const auto catalogue = CatalogueView::parse(shard.catalogue_bytes);  // the shard has no view of it before it is served
  std::vector<core::KeptRoom> rooms;
  for (const store::KeptEntry& entry : kept.entries) {
    core::KeptRoom each = store::room_of(entry);
    if (!catalogue)
      rooms.push_back(std::move(each));
    else if (auto room = Restored{config, shard.definitions, *catalogue}.room(std::move(each)))
      rooms.push_back(std::move(*room));
  }
  return rooms;
}

}  // namespace dialogue
