// A connection's pending questions to the application, and the application's commands to the connection. Values, used by their
// shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "server/core/messages/shard_message.hpp"

namespace dialogue::core {

struct AskedJoin {
  std::uint64_t ticket = 0;  ///< 0: it waits for the application's own join of the room
  Join join;
  std::string token = {};  ///< with ticket 0: the token of the JOIN
};

/// A publication in the chain of middleware, or through it and waiting for those of its room that came before it.
struct PendingPublish {
  std::uint64_t ticket = 0;  ///< 0: it is through
  std::size_t step = 0;      ///< of the chain
  Publish message;
  std::optional<Error> fault;  ///< it is refused, and its number is not consumed
};

/// A HISTORY that waits until the application has answered whether its asker may join.
struct AskedHistory {
  std::uint64_t ticket = 0;  ///< one question is for all of a membership
  HistoryFrom from;          ///< as far as it was answered
  ReadLog read;
};

/// The commands of a hook to its connection, executed after the hook.
struct HookCommand {
  enum class Kind : std::uint8_t { join, leave, send, disconnect };
  Kind kind = Kind::join;
  std::string room_id;       ///< empty: of no room
  std::string text;          ///< disconnect: the reason; send: the payload, checked
  std::uint32_t event = 0;   ///< send: catalogue index
  std::uint64_t newest = 0;  ///< join: number of the room's newest events to send first
};

/// The maximum of pending commands of one connection, from all of its hooks. A further command is dropped and logged.
inline constexpr std::size_t kHookCommandsMax = 1024;

struct PendingHooks {
  std::vector<AskedJoin> joins;
  std::vector<PendingPublish> drafts;  ///< of all rooms, in the order in which they came
  std::vector<AskedHistory> histories;
  std::deque<HookCommand> commands;  ///< in the order in which they are executed

  [[nodiscard]] bool empty() const { return joins.empty() && drafts.empty() && histories.empty() && commands.empty(); }
};

}  // namespace dialogue::core
