// Questions to the whole server: every shard is asked, this one puts the parts together and answers. LIST of clients, and what
// the embedding program asks; CAN, which one owner shard answers. Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "server/core/connection/room_list.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/session/shard_context.hpp"
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

  /// No answer came in time.
  void permission_expired(const RequestKey& key);
  void gather_expired(std::uint64_t number);

 private:
  struct Gather {
    std::uint32_t missing = 0;              ///< shards that have not answered
    std::uint64_t limit = kSafeIntegerMax;  ///< of what is kept, however many shards there are
    RoomsPart rooms;                        ///< stopped_at: the first of the shards' ones
    std::vector<ConnectionInfo> connections;
    std::vector<UserInfo> users;
    ObserveQuery::Result observed;
    std::size_t count = 0;
    bool is_complete = false;  ///< false: a shard has not answered in time
    std::function<void(Gather&)> finish;

    void add(RoomsPart&& part);
    void add(std::vector<ConnectionInfo>&& part);
    void add(std::vector<UserInfo>&& part);
    void add(std::size_t part) { count += part; }
    void add(ObserveQuery::Result&& part);
  };

  /// Asks every shard; `question` gets the gather's number and where to answer.
  template <typename Question>
  void ask_all(Question question, std::function<void(Gather&)> finish);

  void finish(std::unordered_map<std::uint64_t, Gather>::iterator found, bool is_complete);
  /// With the result, or why there is none.
  void answer_call(CallId call, const Gather& gather, CallResult&& result) const;

  /// Begins the first LIST that waits, and those after it where it is refused at once.
  void list_next(Connection& connection);
  [[nodiscard]] std::optional<Error> begin_list(const Connection& connection, ListAsked&& asked);
  void finish_list(Connection& connection, const ListAsked& asked, RoomsPart& found) const;

  /// The catalogue index of what is to be sent, or why it cannot be. Puts the payload on one line.
  [[nodiscard]] std::variant<std::uint32_t, Error> event_of(SendEvent& send) const;

  const ShardContext& context_;
  std::uint64_t last_gather_ = 0;
  std::unordered_map<std::uint64_t, Gather> gathers_;
};

}  // namespace dialogue::core
