// The connection that a hook is called for. Valid during the call only: do not keep it. set_meta() takes effect when the hook
// returns; then the other calls are carried out in their order. A leave() or send() after a join() waits for the join's result.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <dialogue/typed.hpp>
#include "server/core/messages/hooks.hpp"

namespace dialogue {

using core::Capabilities, core::Draft, core::HistoryFrom, core::HookDecision, core::HookVerdict, core::Identity, core::Right,
    core::RoomPattern, core::RoomRights, core::TokenFacts;

class Client {
 public:
  explicit Client(core::HookClient& connection) : connection_(connection) {}

  [[nodiscard]] const std::string& user_id() const { return connection_.identity().user_id; }
  /// The display name; empty when the identity has none.
  [[nodiscard]] const std::string& name() const { return connection_.identity().name; }
  [[nodiscard]] const std::string& role() const { return connection_.identity().role; }
  /// A JSON object, or empty.
  [[nodiscard]] const std::string& meta() const { return connection_.identity().meta; }
  /// Replaces meta by a JSON object of at most 1024 bytes. Members of a room see it from the next join on.
  void set_meta(std::string json_object) { connection_.set_meta(std::move(json_object)); }
  [[nodiscard]] std::string_view session_id() const { return connection_.session_id(); }
  /// A copy of the identity that may be kept after the call.
  [[nodiscard]] std::shared_ptr<const Identity> shared_identity() const {
    return std::make_shared<const Identity>(connection_.identity());
  }

  /// Joins a room. Bypasses access rules and on_join, but not the room's max_size. `room` is an id, or a defined room other than
  /// a pattern. `newest`: number of the log's newest events to send first, with their positions, as for a client that joins with
  /// `history`. 0: only events published from now on.
  template <RoomName RoomType>
  void join(const RoomType& room, std::uint64_t newest = 0) {
    connection_.join(room_id_of(room), newest);
  }
  template <RoomName RoomType>
  void leave(const RoomType& room) {
    connection_.leave(room_id_of(room));
  }

  /// Sends one event to this connection only. It is not stored (seq 0). False when the connection has neither joined the room nor
  /// requested it by an earlier join() in the same hook, and when the room, the event or the payload does not match the
  /// definitions. If that join is rejected, the event is not sent, and this is logged.
  bool send(std::string_view room, std::string_view event, std::string_view json) { return connection_.send(room, event, json); }
  template <DefinedRoom RoomType>
  bool send(const RoomType& room, std::string_view event, std::string_view json) {
    return connection_.send(room.id, event, json);
  }
  template <RoomName RoomType, TypedEvent EventType>
  bool send(const RoomType& room, const EventType& event, const PayloadOf<EventType>& data) {
    return connection_.send(room_id_of(room), event.name, to_json(event, data));
  }

  /// Ends the connection with BYE denied_by_hook and this reason, cut to 256 bytes. The client does not reconnect by itself.
  void disconnect(std::string_view reason) { connection_.disconnect(reason); }

 private:
  core::HookClient& connection_;
};

}  // namespace dialogue
