// Queries to the whole server: every shard is queried, this one combines the parts and answers. LIST of clients, the embedding
// program's queries, and CAN, which one owner shard answers. Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/connection/room_list.hpp"
#include "server/core/context/shard_context.hpp"
#include "server/core/messages/shard_message.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {

class ShardQueries {
 public:
  explicit ShardQueries(const ShardContext& context) : context_(context) {}

  void list(Connection& connection, const Frame& frame);
  void can(Connection& connection, const Frame& frame);
  void handle(RoomsQuery&& query);
  void handle(ConnectionsQuery&& query);
  void handle(UsersQuery&& query);
  void handle(KickUser&& kick);
  void handle(RevokeTokens&& revoke);
  void handle(LeaveRoom&& leave);
  void handle(SendEvent&& send);
  void handle(ObserveQuery&& query);
  void handle(PermissionResponse&& answer);
  void handle(Collected&& collected);

  /// Handles a question that had no answer in time.
  void expired(const RequestKey& key);

 private:
  void permission_expired(const RequestKey& key);
  void gather_expired(std::uint64_t number);
  /// The shards' answers to one question.
  struct Answers {
    std::uint32_t missing = 0;              ///< shards that have not answered
    std::uint64_t limit = kSafeIntegerMax;  ///< the maximum of kept entries, over all shards
    RoomsPart rooms;                        ///< stopped_at: the first of the shards' ones
    std::vector<ConnectionInfo> connections;
    std::vector<UserInfo> users;
    ObserveQuery::Result observed;
    std::size_t count = 0;
    bool is_complete = false;  ///< false: a shard has not answered in time
    std::function<void(Answers&)> finish;

    void add(RoomsPart&& part);
    void add(std::vector<ConnectionInfo>&& part);
    void add(std::vector<UserInfo>&& part);
    void add(std::size_t part) { count += part; }
    void add(ObserveQuery::Result&& part);

    /// Moves the answers out; the overload depends on the question's Result.
    void take(std::vector<RoomInfo>& result) { result = std::move(rooms.rooms); }
    void take(std::vector<ConnectionInfo>& result) { result = std::move(connections); }
    void take(std::vector<UserInfo>& result) { result = std::move(users); }
    void take(std::size_t& result) const { result = count; }
    void take(ObserveQuery::Result& result) { result = std::move(observed); }
  };

  /// Asks every shard.
  template <typename Query>
  void ask_all(Query query, std::function<void(Answers&)> finish);
  /// Asks every shard, and answers `call` with the answers together.
  template <typename Result, typename Query>
  void answer_by_all(CallId call, Query query);

  void finish(std::unordered_map<std::uint64_t, Answers>::iterator found, bool is_complete);
  /// Answers a call with the result, or with the reason why it has none.
  void answer_call(CallId call, const Answers& answers, CallResult&& result) const;

  /// Begins the first waiting LIST, and the next ones if it is refused immediately.
  void list_next(Connection& connection);
  [[nodiscard]] std::optional<Error> begin_list(const Connection& connection, ListAsked&& asked);
  void finish_list(Connection& connection, const ListAsked& asked, RoomsPart& found) const;

  /// Returns the catalogue index of the event to send, or why it cannot be sent. Puts the payload on one line.
  [[nodiscard]] std::variant<std::uint32_t, Error> event_of(SendEvent& send) const;

  const ShardContext& context_;
  std::uint64_t last_gather_ = 0;
  std::unordered_map<std::uint64_t, Answers> gathers_;
};

}  // namespace dialogue::core
