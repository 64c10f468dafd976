// The HookClient of hooks: it collects the hook's commands, and carry_out() has them executed, in order, when the hook has
// returned. Lives for one hook call on its shard.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/context/shard_context.hpp"
#include "server/core/effects/effect_log.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue::core {

/// Lays a meta over a connection's identity; its rights are to be judged again. False: an invalid one is logged, and changes
/// nothing.
bool replace_meta(const ShardContext& context, Connection& connection, std::string_view json);

class ConnectionHookClient final : public HookClient {
 public:
  /// Just before the hook is called.
  ConnectionHookClient(const ShardContext& context, Connection& connection);

  [[nodiscard]] const Identity& identity() const override { return *connection_.identity; }
  [[nodiscard]] std::string_view session_id() const override { return connection_.session_id; }
  void set_meta(std::string json_object) override;
  void join(std::string_view room_id, std::uint64_t newest) override;
  void leave(std::string_view room_id) override;
  [[nodiscard]] bool send(std::string_view room_id, std::string_view event, std::string_view json) override;
  void disconnect(std::string_view reason) override;

  void carry_out();
  /// The hook's decision was to deny.
  void denied(const std::string& reason) const;
  /// The hook's decision was to allow a join, from there.
  void allowed_from(const HistoryFrom& from) const;

  /// The frame of an event that a hook sends, when the connection is in its room and the room has the event.
  [[nodiscard]] static std::optional<SharedBytes> event_for(const ShardContext& context, Connection& connection,
                                                            const HookCommand& command);

 private:
  struct Meta {
    std::string json;
  };
  using Command = std::variant<Meta, SharedBytes, HookCommand>;

  void add_command(HookCommand command, std::string_view name, std::string_view text);
  /// Whether the connection will be in a room after its pending commands; absent: no command concerns the room.
  [[nodiscard]] std::optional<bool> will_be_in(std::string_view room_id) const;
  /// Queues a command behind those that wait; returns false if too many wait.
  bool defer(HookCommand&& command) const;

  const ShardContext& context_;
  Connection& connection_;
  std::vector<Command> commands_;
  bool has_steps_ = false;  ///< one of them is not an event: what follows is sent after it
  EffectLog* const effect_log_;
  const std::uint64_t question_;  ///< the hook's call, for the effect_log
};

}  // namespace dialogue::core
