// The owner side of a shard: decides joins and leaves, opens rooms' logs, and passes on what concerns them: publications, reads,
// retention. Everything comes as a shard message and is answered by shard messages, also when the asker is on the same shard.
// What needs a log that is not open yet waits for it. Used by its shard only.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/effects/peer_windows.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/middleware/acting_publications.hpp"
#include "server/core/owner/document_keeper.hpp"
#include "server/core/owner/idle_logs.hpp"
#include "server/core/owner/log_follower.hpp"
#include "server/core/owner/log_reader.hpp"
#include "server/core/owner/node_shares.hpp"
#include "server/core/owner/presence_reports.hpp"
#include "server/core/owner/retention_sweeper.hpp"
#include "server/core/owner/room_making.hpp"
#include "server/core/owner/room_sequencer.hpp"
#include "server/core/owner/store_calls.hpp"
#include "server/core/presence/state_reports.hpp"
#include "server/core/room/resume_slots.hpp"
#include "server/core/room/room_registry.hpp"

namespace dialogue::core {

/// Rooms in a list of the busiest.
inline constexpr std::size_t kBusiestMax = 20;

class RoomOwner {
 public:
  RoomOwner(const ShardConfig& config, ShardEffects& effects, RefusalTable& refusals);

  void handle(Join&& join);
  void handle(JoinQuestion&& question);
  void handle(Leave&& leave);
  void handle(Publish&& publish);
  void handle(CreateRoom&& create);
  void handle(DeleteRoom&& remove);
  void handle(ServerPublish&& publish);
  void handle(ReadLog&& request);
  void handle(HistoryQuery&& query);
  void handle(DocumentQuery&& query);
  void handle(CompactDocument&& compact);
  void handle(PermissionQuery&& query);
  void handle(MembersQuery&& query);
  void handle(DeliversTaken&& taken);
  void handle(const LogMoved& moved) { following_.handle(moved); }
  void handle(VolatileEvent&& event);
  void handle(OtherMembers&& others) { shares_.handle(std::move(others)); }
  void handle(const PlaceVerdict& verdict);
  void handle(const RoomMade& made) { making_.handle(made); }
  void handle(const RoomRemoved& removed);
  void handle(WatchStates&& watch);
  void handle(const UnwatchStates& unwatch) { states_.handle(unwatch); }
  void handle(SetState&& set) { states_.handle(std::move(set)); }
  void handle(ForgetUser&& forget);
  void answered(StoreResponse&& answer) { stores_.answered(std::move(answer)); }
  /// The application's answer about a publication for a user.
  void hook_answered(std::uint64_t ticket, HookVerdict&& verdict) { acting_.answered(ticket, std::move(verdict)); }
  /// As RoomSequencer'.
  bool pump() { return sequencer_.pump(); }
  void commit() { sequencer_.commit(); }
  [[nodiscard]] bool has_to_commit() const { return sequencer_.has_to_commit(); }
  /// Whether no publication is on its way into a log.
  [[nodiscard]] bool is_settled() const { return sequencer_.is_idle(); }

  /// A page of the rooms here that `asker` may join, sorted by id; of all when it is null. Looks at no more than
  /// kHiddenRoomsMax that it may not.
  [[nodiscard]] RoomsPart list(const Identity* asker, TransportKind transport, const PageRange& page) const {
    return rooms_.list(asker, transport, page);
  }
  /// The rules of the configuration alone; see RoomRegistry.
  [[nodiscard]] RulesPtr predefined(std::string_view room_id) const { return rooms_.predefined(room_id); }

  /// The rooms here with the most publications, at most kBusiestMax, most first.
  [[nodiscard]] std::vector<RoomRate> busiest() { return sequencer_.busiest(kBusiestMax); }

  /// Reports presence, trims logs, frees idle rooms; returns the next deadline.
  [[nodiscard]] std::uint64_t tick();

  PeerWindows windows;

 private:
  /// Passes a shard message on to the owner shard of `room_id`. False: that is here.
  template <typename T>
  [[nodiscard]] bool passed_on(const std::string& room_id, T& message) {
    const std::uint32_t owner = shard_of(room_id, effects_.shard_count());
    if (owner == effects_.shard()) return false;
    effects_.post(owner, std::move(message));
    return true;
  }
  /// Whether the room's log is open. If not, the shard message is handled again once it is, or refused if it cannot be opened.
  template <typename T>
  [[nodiscard]] bool is_open(Room& room, T& message) {
    if (room.log.phase == RoomLog::Phase::open) return true;
    room.waiting.push_back(std::move(message));
    if (room.log.phase == RoomLog::Phase::closed) open_log(room);
    return false;
  }
  /// Refuses the message if it is a Query.
  template <typename Query>
  void answer_fault(const ShardMessageBody& message, const Error& fault) {
    const auto* query = std::get_if<Query>(&message);
    if (query == nullptr) return;
    typename Query::Result result;
    result.fault = fault;
    effects_.answer(query->call, std::move(result));
  }
  void open_log(Room& room);
  void opened(std::uint64_t number, RoomOpened&& opened);
  /// Called when the room's log was opened, and its documents, if it has some, were loaded.
  void opened(Room& room, RoomOpened&& opened, ErrorCode code);
  void refuse(ShardMessageBody&& message, ErrorCode code);
  void refuse(const Join& join, Error fault);
  void note_refused(const ServerPublish& publish, const Error& fault);
  /// Refuses a join for which the room has no place. A resuming session may find its place held by a join whose answer is on its
  /// way: the shard of the session releases such a place before it passes this join on to here once more.
  void refuse_full(Join&& join, const RoomRules& rules);
  /// Ends the place of the session that this connection resumes, if it has one, and answers `ok`.
  void release_place(Join&& join);
  /// Ends the states and presences of other users that the client had in the places that its join has taken over.
  void end_former_users(Room& room, const Join& join, const std::vector<Room::Slot>& taken);
  /// Ends one presence of the user for each of these places.
  void end_presences(Room& room, const std::string& user_id, const std::vector<Room::Slot>& taken);
  void admit(Room& room, Join&& join);
  /// Answers with what a member of the room must know.
  void grant(Room& room, Join&& join);
  void erased(std::uint64_t number, ErrorCode code, const DeleteRoom& remove);
  /// Ends a room that was deleted and whose log is empty.
  void end(Room& room);
  /// Schedules reports of the room's changed presence to its members and to the other nodes.
  void presence_changed(Room& room);

  const ShardConfig& config_;
  ShardEffects& effects_;
  RoomRegistry rooms_;
  StoreCalls stores_;
  EventRetention retention_;
  ActingPublications acting_;
  DocumentKeeper documents_;
  RoomSequencer sequencer_;
  LogReader log_reader_;
  LogFollower following_;
  RetentionSweeper sweeper_;
  ResumeSlots resume_slots_;
  IdleLogs idle_logs_;
  RoomMaking making_;
  PresenceReports reports_;
  NodeShares shares_;
  StateReports states_;
};

}  // namespace dialogue::core
