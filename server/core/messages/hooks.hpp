// The application's hooks: functions that the core calls at fixed points, on the shard's own thread. They must not block;
// asynchronous questions go to a HookSource. A hook that throws is logged. It counts as a denial with code `internal` if it
// could deny, and is ignored otherwise.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/access/identity.hpp"
#include "server/core/messages/hook_question.hpp"

namespace dialogue::core {

/// Allow, or deny with a reason that the client sees (denied_by_hook).
struct HookDecision {
  std::optional<std::string> denied;
  std::optional<HistoryFrom> history_from = std::nullopt;  ///< as in HookVerdict
  static HookDecision allow() { return {}; }
  static HookDecision allow_from(HistoryFrom from) { return {std::nullopt, from}; }
  static HookDecision deny(std::string reason) { return {std::move(reason)}; }
};

/// The connection that a hook is about; valid during the call only. Its calls take effect after the hook returns, in their order.
class HookClient {
 public:
  virtual ~HookClient() = default;
  [[nodiscard]] virtual const Identity& identity() const = 0;
  [[nodiscard]] virtual std::string_view session_id() const = 0;
  virtual void set_meta(std::string json_object) = 0;
  /// Past access rules and hooks, not past max_size. The newest `newest` events of the room's log come first.
  virtual void join(std::string_view room_id, std::uint64_t newest) = 0;
  void join(std::string_view room_id) { join(room_id, 0); }
  virtual void leave(std::string_view room_id) = 0;
  /// Sends one event to this connection alone, as EVENT with seq 0 in a room it is in. False: unknown room or event, or invalid
  /// payload.
  virtual bool send(std::string_view room_id, std::string_view event, std::string_view json) = 0;
  virtual void disconnect(std::string_view reason) = 0;
};

/// One accepted publication, after its delivery was decided.
struct Publication {
  std::string_view room_id, event, from, payload;  ///< payload: JSON text
  std::uint64_t seq = 0, epoch = 0, timestamp_ms = 0;
  bool deletes = false;  ///< it deletes the key that the payload has
};

/// A publication before it is appended: its sender may publish it, and it fits its schema.
struct Draft {
  const Identity& identity;                              ///< of the sender
  std::string_view session_id, room_id, event, payload;  ///< session_id: empty for what an application publishes for a user
  bool deletes = false;                                  ///< it deletes the key that the payload has
};

/// One step of the chain that drafts pass before they go to their room. One of the two functions is set.
struct Middleware {
  std::string room;                                ///< an id, or a pattern of the definitions: its rooms only; empty: all
  std::function<HookVerdict(const Draft&)> judge;  ///< synchronous
  HookSource ask;                                  ///< later
};

struct Hooks {
  std::function<HookDecision(HookClient&)> on_connect;                         ///< after authentication, before WELCOME is final
  std::function<HookDecision(HookClient&, std::string_view room_id)> on_join;  ///< before the join is granted
  std::function<void(HookClient&, std::string_view room_id)> on_joined;        ///< after it was granted
  std::function<void(HookClient&, std::string_view room_id)> on_leave;         ///< also for each room when a connection ends
  std::function<void(HookClient&, std::string_view reason)> on_disconnect;
  std::function<void(const Publication&)> on_event;  ///< on the room's owner shard
  HookSource ask_connect, ask_join;                  ///< asked when on_connect and on_join have allowed
  std::vector<Middleware> middleware;                ///< in the order in which drafts pass it
};

}  // namespace dialogue::core
