// The connection that a hook is about. Valid during the hook's call only: do not keep it. set_meta() takes effect when the hook
// returns, then the other calls in their order: a leave() after a join() waits until that has its answer, and so does a send().
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <dialogue/typed.hpp>
#include "server/core/messages/hooks.hpp"

namespace dialogue {

using core::Capabilities, core::Draft, core::HookDecision, core::HookVerdict, core::Identity, core::Right, core::RoomPattern,
    core::RoomRights, core::TokenFacts;

class Client {
 public:
  explicit Client(core::HookClient& connection) : connection_(connection) {}

  [[nodiscard]] const std::string& user_id() const { return connection_.identity().user_id; }
  /// The display name; empty when the identity has none.
  [[nodiscard]] const std::string& name() const { return connection_.identity().name; }
  [[nodiscard]] const std::string& role() const { return connection_.identity().role; }
  /// A JSON object, or empty.
  [[nodiscard]] const std::string& meta() const { return connection_.identity().meta; }
  /// Replaces meta by a JSON object of at most 1024 bytes; members of a room see it from the next join on.
  void set_meta(std::string json_object) { connection_.set_meta(std::move(json_object)); }
  [[nodiscard]] std::string_view session_id() const { return connection_.session_id(); }
  /// All of that, to keep beyond the call.
  [[nodiscard]] std::shared_ptr<const Identity> shared_identity() const {
    return std::make_shared<const Identity>(connection_.identity());
  }

  /// Joins a room, past access rules and on_join, not past its max_size. `room`: an id, or a defined room that is no pattern.
  /// `newest`: so many of the newest events of the room's log come first, with their positions, as for a client that joins with
  /// `history`; 0: only what is published from now on.
  template <RoomName RoomType>
  void join(const RoomType& room, std::uint64_t newest = 0) {
    connection_.join(room_id_of(room), newest);
  }
  template <RoomName RoomType>
  void leave(const RoomType& room) {
    connection_.leave(room_id_of(room));
  }

  /// Sends one event to this connection alone; it is in no log (seq 0). False when the room is neither joined nor asked for by a
  /// join() before this in the same hook, or the room, the event or the payload is not as defined. Where that join is refused, a
  /// line in the log says that the event was not sent.
  bool send(std::string_view room, std::string_view event, std::string_view json) { return connection_.send(room, event, json); }
  template <DefinedRoom RoomType>
  bool send(const RoomType& room, std::string_view event, std::string_view json) {
    return connection_.send(room.id, event, json);
  }
  template <RoomName RoomType, TypedEvent EventType>
  bool send(const RoomType& room, const EventType& event, const PayloadOf<EventType>& data) {
    return connection_.send(room_id_of(room), event.name, to_json(event, data));
  }

  /// Ends the connection: BYE denied_by_hook with this reason, which the client sees (at most 256 bytes; what is longer is cut);
  /// it does not come back by itself.
  void disconnect(std::string_view reason) { connection_.disconnect(reason); }

 private:
  core::HookClient& connection_;
};

}  // namespace dialogue
