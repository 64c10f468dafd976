// Calls the application's hooks about a connection, and executes their commands afterwards. Exceptions of a hook are logged; if
// the hook could deny, one counts as a denial with `internal`. Used by its shard only.
#pragma once
#include <optional>
#include <string_view>

#include "server/core/context/shard_context.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue::core {

class HookRunner {
 public:
  explicit HookRunner(const ShardContext& context) : context_(context) {}

  /// A refusal when the hook denied.
  [[nodiscard]] std::optional<Error> on_connect(Connection& connection) const;
  /// A bound of what the member may read is put into `history_from`.
  [[nodiscard]] std::optional<Error> on_join(Connection& connection, std::string_view room_id, HistoryFrom& history_from) const;
  void on_joined(Connection& connection, std::string_view room_id) const;
  void on_leave(Connection& connection, std::string_view room_id) const;
  void on_disconnect(Connection& connection, std::string_view reason) const;

 private:
  /// Runs `call(client)` and executes its commands; false when it threw.
  template <typename Call>
  bool run(Connection& connection, std::string_view name, const Call& call) const;

  const ShardContext& context_;
};

}  // namespace dialogue::core
