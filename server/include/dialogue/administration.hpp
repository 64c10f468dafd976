// Calls that inspect and manage the rooms and users of a running server: a base of Instance. See Instance for call forms and
// thread safety.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dialogue/config.hpp>
#include <dialogue/results.hpp>
#include <dialogue/typed.hpp>

#include "server/calls/completion.hpp"

namespace dialogue {

using core::ConnectionInfo, core::Revocation, core::RoomInfo, core::UserInfo;

struct InstanceState;

class Administration {
 public:
  using RequestCallback = std::function<void(const RequestResult&)>;
  using CountCallback = std::function<void(std::size_t)>;
  using RoomsCallback = std::function<void(std::vector<RoomInfo>)>;
  using UsersCallback = std::function<void(std::vector<UserInfo>)>;
  using ConnectionsCallback = std::function<void(std::vector<ConnectionInfo>)>;

  // --- Rooms ---

  /// Creates a room at run time. Its events must be defined. It can have neither states nor middleware, which only rooms of
  /// the definitions have. With a store the room is stored before the answer. Errors: room_exists, name_invalid,
  /// event_unknown, request_invalid; store_full, store_unavailable.
  std::future<RequestResult> create_room(RoomDefinition room);
  void create_room(RoomDefinition room, RequestCallback done);
  template <CompletionToken<RequestResult> Token>
  auto create_room(RoomDefinition room, Token&& token) {
    return completion_detail::complete<RequestResult>(std::forward<Token>(token), [this, room = std::move(room)](auto done) {
      create_room(room, RequestCallback(std::move(done)));
    });
  }
  /// Deletes a room and its log; its members receive room_deleted. A room of the definitions is recreated immediately, empty,
  /// with a new epoch. Error: room_unknown.
  std::future<RequestResult> delete_room(std::string_view room_id);
  void delete_room(std::string_view room_id, RequestCallback done);
  template <CompletionToken<RequestResult> Token>
  auto delete_room(std::string_view room_id, Token&& token) {
    return completion_detail::complete<RequestResult>(std::forward<Token>(token), [this, id = std::string(room_id)](auto done) {
      delete_room(id, RequestCallback(std::move(done)));
    });
  }
  template <DefinedRoom RoomType, typename... Done>
  auto delete_room(const RoomType& room, Done&&... done) {
    return delete_room(std::string_view(room.id), std::forward<Done>(done)...);
  }
  /// Erases single events of a room: removes their payloads from the log and from the store's files; their positions stay. Events
  /// that the log no longer has are ignored. Members receive the event `erased`, if the room lists it. `sequences`: 1 to 256
  /// positions, as ranges, each with its first and last sequence. Errors: request_invalid, room_unknown, not_supported (by the
  /// store), rate_limited (64 erasures wait), store_unavailable, draining, closed.
  std::future<EraseResult> erase_events(std::string_view room, std::vector<SeqRange> sequences);
  void erase_events(std::string_view room, std::vector<SeqRange> sequences, std::function<void(EraseResult)> done);
  template <CompletionToken<EraseResult> Token>
  auto erase_events(std::string_view room, std::vector<SeqRange> sequences, Token&& token) {
    return completion_detail::complete<EraseResult>(
        std::forward<Token>(token), [this, room = std::string(room), sequences = std::move(sequences)](auto done) {
          erase_events(room, sequences, std::function<void(EraseResult)>(std::move(done)));
        });
  }
  template <DefinedRoom RoomType, typename... Done>
  auto erase_events(const RoomType& room, std::vector<SeqRange> sequences, Done&&... done) {
    return erase_events(std::string_view(room.id), std::move(sequences), std::forward<Done>(done)...);
  }
  /// A page of the current rooms, sorted by id.
  std::future<std::vector<RoomInfo>> list_rooms(ListRange range);
  void list_rooms(ListRange range, RoomsCallback done);
  template <CompletionToken<std::vector<RoomInfo>> Token>
  auto list_rooms(ListRange range, Token&& token) {
    return completion_detail::complete<std::vector<RoomInfo>>(
        std::forward<Token>(token), [this, range](auto done) { list_rooms(range, RoomsCallback(std::move(done))); });
  }
  /// All current rooms in one answer. Use pages when there may be many.
  std::future<std::vector<RoomInfo>> list_rooms();
  void list_rooms(RoomsCallback done);
  template <CompletionToken<std::vector<RoomInfo>> Token>
  auto list_rooms(Token&& token) {
    return completion_detail::complete<std::vector<RoomInfo>>(std::forward<Token>(token),
                                                              [this](auto done) { list_rooms(RoomsCallback(std::move(done))); });
  }
  // --- Users ---

  /// A page of the connected users, sorted by id.
  std::future<std::vector<UserInfo>> list_users(ListRange range);
  void list_users(ListRange range, UsersCallback done);
  template <CompletionToken<std::vector<UserInfo>> Token>
  auto list_users(ListRange range, Token&& token) {
    return completion_detail::complete<std::vector<UserInfo>>(
        std::forward<Token>(token), [this, range](auto done) { list_users(range, UsersCallback(std::move(done))); });
  }
  /// A page of a room's members as the other members see them, sorted by user id. Slots reserved for lost connections count.
  /// Lists the users in a room; empty if the room does not exist.
  std::future<std::vector<UserInfo>> list_members(std::string_view room, ListRange range);
  void list_members(std::string_view room, ListRange range, UsersCallback done);
  template <CompletionToken<std::vector<UserInfo>> Token>
  auto list_members(std::string_view room, ListRange range, Token&& token) {
    return completion_detail::complete<std::vector<UserInfo>>(
        std::forward<Token>(token),
        [this, room = std::string(room), range](auto done) { list_members(room, range, UsersCallback(std::move(done))); });
  }
  template <DefinedRoom RoomType, typename... Done>
  auto list_members(const RoomType& room, ListRange range, Done&&... done) {
    return list_members(std::string_view(room.id), std::move(range), std::forward<Done>(done)...);
  }
  /// The connections of one user. Empty for an empty id.
  std::future<std::vector<ConnectionInfo>> get_clients(std::string_view user_id);
  void get_clients(std::string_view user_id, ConnectionsCallback done);
  template <CompletionToken<std::vector<ConnectionInfo>> Token>
  auto get_clients(std::string_view user_id, Token&& token) {
    return completion_detail::complete<std::vector<ConnectionInfo>>(
        std::forward<Token>(token),
        [this, user_id = std::string(user_id)](auto done) { get_clients(user_id, ConnectionsCallback(std::move(done))); });
  }
  /// All connections in one answer. When there may be many, page through list_users() instead.
  std::future<std::vector<ConnectionInfo>> get_all_clients();
  void get_all_clients(ConnectionsCallback done);
  template <CompletionToken<std::vector<ConnectionInfo>> Token>
  auto get_all_clients(Token&& token) {
    return completion_detail::complete<std::vector<ConnectionInfo>>(
        std::forward<Token>(token), [this](auto done) { get_all_clients(ConnectionsCallback(std::move(done))); });
  }
  /// Ends all connections of a user and returns their number, 0 for an empty id. The user's clients receive the reason, cut to
  /// 256 bytes.
  std::future<std::size_t> disconnect_user(std::string_view user_id, std::string_view reason);
  void disconnect_user(std::string_view user_id, std::string_view reason, CountCallback done);
  template <CompletionToken<std::size_t> Token>
  auto disconnect_user(std::string_view user_id, std::string_view reason, Token&& token) {
    return completion_detail::complete<std::size_t>(
        std::forward<Token>(token), [this, user_id = std::string(user_id), reason = std::string(reason)](auto done) {
          disconnect_user(user_id, reason, CountCallback(std::move(done)));
        });
  }
  /// Revokes tokens permanently. With a store, revocations survive restarts. Revokes one token by its `token_id`, or the tokens
  /// of a `user_id` issued before `issued_before_s`: Unix time by the issuer's clock, at most a day ahead. 0: now by the server's
  /// clock; since clocks differ, tokens issued within 30 s after it are refused, too, with token_expired. Connections end with
  /// token_revoked on all shards. `forget_at_s`: when the last of the tokens expires; 0 if unknown: 366 days from now, the
  /// longest lifetime of a token. Error: request_invalid without token_id and user_id.
  std::future<RevokeResult> revoke(Revocation what, std::uint64_t forget_at_s = 0);
  void revoke(Revocation what, std::uint64_t forget_at_s, std::function<void(RevokeResult)> done);
  template <CompletionToken<RevokeResult> Token>
  auto revoke(Revocation what, std::uint64_t forget_at_s, Token&& token) {
    return completion_detail::complete<RevokeResult>(
        std::forward<Token>(token), [this, what = std::move(what), forget_at_s](auto done) {
          revoke(what, forget_at_s, std::function<void(RevokeResult)>(std::move(done)));
        });
  }
  /// Revokes the tokens of all users, like revoke().
  std::future<RevokeResult> revoke_everybody(std::uint64_t issued_before_s = 0, std::uint64_t forget_at_s = 0);
  void revoke_everybody(std::uint64_t issued_before_s, std::uint64_t forget_at_s, std::function<void(RevokeResult)> done);
  template <CompletionToken<RevokeResult> Token>
  auto revoke_everybody(std::uint64_t issued_before_s, std::uint64_t forget_at_s, Token&& token) {
    return completion_detail::complete<RevokeResult>(std::forward<Token>(token), [this, issued_before_s, forget_at_s](auto done) {
      revoke_everybody(issued_before_s, forget_at_s, std::function<void(RevokeResult)>(std::move(done)));
    });
  }
  /// Removes a user from a room and returns the number of memberships that ended, 0 for an empty id.
  std::future<std::size_t> remove_from_room(std::string_view user_id, std::string_view room_id);
  void remove_from_room(std::string_view user_id, std::string_view room_id, CountCallback done);
  template <CompletionToken<std::size_t> Token>
  auto remove_from_room(std::string_view user_id, std::string_view room_id, Token&& token) {
    return completion_detail::complete<std::size_t>(
        std::forward<Token>(token), [this, user_id = std::string(user_id), room_id = std::string(room_id)](auto done) {
          remove_from_room(user_id, room_id, CountCallback(std::move(done)));
        });
  }
  template <DefinedRoom RoomType, typename... Done>
  auto remove_from_room(std::string_view user_id, const RoomType& room, Done&&... done) {
    return remove_from_room(user_id, std::string_view(room.id), std::forward<Done>(done)...);
  }
  /// Removes a user from all rooms and returns the number of memberships that ended.
  std::future<std::size_t> remove_from_all_rooms(std::string_view user_id);
  void remove_from_all_rooms(std::string_view user_id, CountCallback done);
  template <CompletionToken<std::size_t> Token>
  auto remove_from_all_rooms(std::string_view user_id, Token&& token) {
    return completion_detail::complete<std::size_t>(
        std::forward<Token>(token),
        [this, user_id = std::string(user_id)](auto done) { remove_from_all_rooms(user_id, CountCallback(std::move(done))); });
  }

 protected:
  explicit Administration(std::unique_ptr<InstanceState> state);
  Administration(Administration&& other) noexcept;
  Administration& operator=(Administration&& other) = delete;
  ~Administration();

  std::unique_ptr<InstanceState> state_;
};

}  // namespace dialogue
