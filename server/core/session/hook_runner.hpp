// Calls the application's hooks about a connection, and carries out afterwards what they asked of it. What a hook throws is
// logged; where it could deny, that is a denial with `internal`. Used by its shard only.
#pragma once
#include <optional>
#include <string_view>

#include "server/core/messages/shard_message.hpp"
#include "server/core/session/shard_context.hpp"

namespace dialogue::core {

class HookRunner {
 public:
  explicit HookRunner(const ShardContext& context) : context_(context) {}

  /// A refusal when the hook denied.
  [[nodiscard]] std::optional<Error> on_connect(Connection& connection) const;
  [[nodiscard]] std::optional<Error> on_join(Connection& connection, std::string_view room_id) const;
  void on_joined(Connection& connection, std::string_view room_id) const;
  void on_leave(Connection& connection, std::string_view room_id) const;
  void on_disconnect(Connection& connection, std::string_view reason) const;

 private:
  /// Runs `call(client)` and carries out its wishes; false when it threw.
  template <typename Call>
  bool run(Connection& connection, std::string_view name, const Call& call) const;

  const ShardContext& context_;
};

}  // namespace dialogue::core
