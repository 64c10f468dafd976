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

struct CollectRooms {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  std::shared_ptr<const Identity> asker;  ///< null: the application, which sees all
  PageRange page;
  TransportKind transport{};  ///< what carries the asker's connection
};
struct CollectConnections {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  std::string user_id;
};
struct CollectUsers {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  PageRange page;
  std::vector<std::string> users;
};
struct CollectKicked {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  std::string user_id, reason;
};
struct CollectRevoked {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  Revocation what;
};
struct CollectLeft {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  std::string user_id, room_id;
};
/// An event of no room, for connections of one user or of one session.
struct CollectSent {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  std::string user_id, session_id;
  EventRecord record;
};
struct CollectObserved {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  ObserveQuery query;
};
/// The shard goes on with a scan of its connections. Posted to itself, so that others have their turn between.
struct ScanOn {};
/// The rooms of one shard that were asked for. Where it came on too many that the asker may not see, it stopped there.
struct RoomsPart {
  std::vector<RoomInfo> rooms;
  std::optional<std::string> stopped_at;  ///< the last room that it looked at; nothing: it did not stop
};
struct Collected {
  std::uint64_t gather = 0;
  std::variant<RoomsPart, std::vector<ConnectionInfo>, std::vector<UserInfo>, std::size_t, ObserveQuery::Result> part;
};

}  // namespace dialogue::core
