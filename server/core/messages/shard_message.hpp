// Messages between shards, and an embedding program's calls to them: all of them values. A ShardMessage owns one on the heap,
// so that it is cheap to move through mailboxes: `ShardMessage m{DeleteRoom{"chat", call}};`. What a shard posts arrives in its
// order and is handed over in one moment, see docs/decisions/361-one-moment.md; the protocol's order depends on it.
#pragma once
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "server/core/messages/application_calls.hpp"
#include "server/core/messages/membership_messages.hpp"
#include "server/core/messages/node_messages.hpp"
#include "server/core/messages/query_messages.hpp"
#include "server/core/messages/room_events.hpp"

namespace dialogue::core {

using ShardMessageBody =
    std::variant<Deliver, Publish, PublishResponse, ReadLog, LogPiece, HistoryResponse, HistoryQuery, Join, JoinResponse,
                 ReplaceSession, SessionReplaced, Leave, LeaveResponse, PresenceChange, RoomEnded, HookCommandsReady, CreateRoom,
                 DeleteRoom, ServerPublish, RoomsQuery, ConnectionsQuery, KickUser, LeaveRoom, Gather<VisibleRooms>,
                 Gather<ConnectionsQuery>, Gather<KickUser>, Gather<LeaveRoom>, Collected, RevokeTokens, Gather<RevokeTokens>,
                 SendEvent, Gather<DirectEvent>, PermissionQuery, PermissionResponse, EnterUser, UserResponse, UserLeft,
                 UsersQuery, Gather<UsersQuery>, MembersQuery, LogGrew, DeliversTaken, ForgetUser, ObserveQuery,
                 Gather<ObserveQuery>, ScanOn, LogMoved, VolatileEvent, OtherMembers, PlaceVerdict, RoomMade, RoomRemoved,
                 WatchStates, StatesPage, UnwatchStates, SetState, StateRefused, StatesReport, StatesEnded, DocumentQuery,
                 CompactDocument, JoinQuestion, JoinPermitted>;

class ShardMessage {
 public:
  /// From the embedding program.
  template <typename T>
  requires std::constructible_from<ShardMessageBody, T&&> &&
      (!std::same_as<std::remove_cvref_t<T>, ShardMessage>)ShardMessage(T&& body)
      : body_(std::make_unique<ShardMessageBody>(std::forward<T>(body))) {}  // implicit: a shard message is its body
  /// From a shard.
  ShardMessage(ShardMessageBody&& body, std::uint32_t sender)
      : body_(std::make_unique<ShardMessageBody>(std::move(body))), sender_(sender) {}

  /// The shard that posted it; nothing: the embedding program did.
  [[nodiscard]] std::optional<std::uint32_t> sender() const { return sender_; }
  /// Until it is opened.
  [[nodiscard]] const ShardMessageBody& body() const { return *body_; }
  /// Takes the body. Call once.
  [[nodiscard]] ShardMessageBody open() && { return std::move(*std::exchange(body_, nullptr)); }

 private:
  std::unique_ptr<ShardMessageBody> body_;
  std::optional<std::uint32_t> sender_;
};

}  // namespace dialogue::core
