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

  /// Returns the room in the form in which it can be served; no value if it cannot.
  [[nodiscard]] std::optional<core::KeptRoom> room(core::KeptRoom kept) const {
    const std::string& id = kept.key.room;
    auto room = core::read_made_room(kept.definition);
    if (!room || room->id != id) {
      tell(LogLevel::error, "room_definition_damaged", id,
           "the stored definition of this room cannot be read: create the room again, its log still exists");
      return std::nullopt;
    }
    const auto same = std::find_if(definitions.rooms.begin(), definitions.rooms.end(),
                                   [&](const RoomDefinition& each) { return each.id == id; });
    if (same != definitions.rooms.end()) {
      tell(LogLevel::warn, "room_defined_twice", id,
           "this room was created at run time, and the definitions now have a room with the same id: the defined one is served, "
           "with the existing log");
      return std::nullopt;
    }
    const std::vector<std::string> dropped = core::drop_unknown_events(*room, catalogue);
    for (const std::string& event : dropped)
      tell(LogLevel::warn, "room_event_unknown", id,
           "this room was created with the event " + event +
               ", which is no longer defined: the room is served without it until it is defined again");
    if (!dropped.empty()) kept.definition = core::made_room_text(*room);
    return kept;
  }
};

void refuse_incomplete_copy(store::Store& store) {
  const auto marks = store_answer<store::KeptList>(
      [&store](auto done) { store.list_kept({store::KeptKind::copying}, std::move(done)); }, {core::StoreStatus::busy});
  if (marks.status == core::StoreStatus::ok && !marks.entries.empty())
    throw SetupError("store", "it is an incomplete copy of " + marks.entries[0].value,
                     "Delete it, and run `dialogue store copy` again.");
}

}  // namespace

std::vector<core::KeptRoom> load_rooms(const Config& config, const core::ShardConfig& shard) {
  if (!config.store) return {};
  refuse_incomplete_copy(*config.store);
  const auto kept = store_answer<store::KeptList>(
      [&](auto done) { config.store->list_kept({store::KeptKind::room}, std::move(done)); }, {core::StoreStatus::busy});
  if (kept.status != core::StoreStatus::ok)
    throw SetupError("store", "it cannot return the rooms created at run time", "Run `dialogue store check`.");
  if (!kept.is_kept)
    config.logger(core::log_message(LogLevel::warn, "state_not_kept",
                                    "this store does not keep rooms created at run time, revocations and the key that signs "
                                    "guests' ids: they end with this process"));
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
