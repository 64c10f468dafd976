// Questions to every shard, whose answers are put together where the question came from. Values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/core/access/identity.hpp"
#include "server/core/access/revocation.hpp"
#include "server/core/messages/application_calls.hpp"
#include "server/core/messages/room_events.hpp"
#include "shared/base/transports.hpp"

namespace dialogue::core {

/// A question, `query`, from the shard `reply_to` to every shard; each answers with Collected.
template <typename Query>
struct Gather {
  Query query;
  std::uint32_t reply_to = 0;
  std::uint64_t number = 0;
};
/// The rooms that `asker` may see.
struct VisibleRooms {
  PageRange page;
  std::shared_ptr<const Identity> asker = nullptr;  ///< null: the application, which sees all
  TransportKind transport{};                        ///< of the asker's connection
};
/// An event of no room, for connections of one user or of one session.
struct DirectEvent {
  std::string user_id, session_id;
  EventRecord record;
};
/// The shard continues a scan of its connections. Posted to itself, so that other messages are handled in between.
struct ScanOn {};
/// The requested rooms of one shard. It stops if it meets too many rooms that the caller may not see.
struct RoomsPart {
  std::vector<RoomInfo> rooms;
  std::optional<std::string> stopped_at;  ///< the last room that it visited; no value: it did not stop
};
struct Collected {
  std::uint64_t gather = 0;
  std::variant<RoomsPart, std::vector<ConnectionInfo>, std::vector<UserInfo>, std::size_t, ObserveQuery::Result> part;
};

}  // namespace dialogue::core
