// What a program asks a running server about its rooms and users, and does with them: a part of Instance, whose forms of calls
// and thread-safety it has.
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

#include <dialogue/completion.hpp>
#include <dialogue/config.hpp>
#include <dialogue/results.hpp>
#include <dialogue/typed.hpp>

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

  /// Makes a room at run time; its events must be among the defined ones. room_exists, name_invalid, event_unknown.
  /// With a store it is kept before the answer: store_full, store_unavailable.
  std::future<RequestResult> create_room(RoomDefinition room);
  void create_room(RoomDefinition room, RequestCallback done);
  template <CompletionToken<RequestResult> Token>
  auto create_room(RoomDefinition room, Token&& token) {
    return completion_detail::complete<RequestResult>(std::forward<Token>(token), [this, room = std::move(room)](auto done) {
      create_room(room, RequestCallback(std::move(done)));
    });
  }
  /// Ends a room and empties its log; its members get room_deleted. A room that the definitions name is there again at once,
  /// empty, with a new epoch. room_unknown.
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
  /// A page of the rooms that exist now, sorted by id.
  std::future<std::vector<RoomInfo>> list_rooms(ListRange range);
  void list_rooms(ListRange range, RoomsCallback done);
  template <CompletionToken<std::vector<RoomInfo>> Token>
  auto list_rooms(ListRange range, Token&& token) {
    return completion_detail::complete<std::vector<RoomInfo>>(
        std::forward<Token>(token), [this, range](auto done) { list_rooms(range, RoomsCallback(std::move(done))); });
  }
  /// All of them at once: where there may be many, take pages.
  std::future<std::vector<RoomInfo>> list_rooms();
  void list_rooms(RoomsCallback done);
  template <CompletionToken<std::vector<RoomInfo>> Token>
  auto list_rooms(Token&& token) {
    return completion_detail::complete<std::vector<RoomInfo>>(std::forward<Token>(token),
                                                              [this](auto done) { list_rooms(RoomsCallback(std::move(done))); });
  }
  // --- Users ---

  /// A page of the users who are connected, sorted by id.
  std::future<std::vector<UserInfo>> list_users(ListRange range);
  void list_users(ListRange range, UsersCallback done);
  template <CompletionToken<std::vector<UserInfo>> Token>
  auto list_users(ListRange range, Token&& token) {
    return completion_detail::complete<std::vector<UserInfo>>(
        std::forward<Token>(token), [this, range](auto done) { list_users(range, UsersCallback(std::move(done))); });
  }
  /// A page of who is in a room, as its members see it, sorted by user id: places that are kept for lost connections count.
  /// None when there is no such room.
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
  /// The connections of one user; none for an empty id.
  std::future<std::vector<ConnectionInfo>> get_clients(std::string_view user_id);
  void get_clients(std::string_view user_id, ConnectionsCallback done);
  template <CompletionToken<std::vector<ConnectionInfo>> Token>
  auto get_clients(std::string_view user_id, Token&& token) {
    return completion_detail::complete<std::vector<ConnectionInfo>>(
        std::forward<Token>(token),
        [this, user_id = std::string(user_id)](auto done) { get_clients(user_id, ConnectionsCallback(std::move(done))); });
  }
  /// The connections of everybody: where those may be many, take pages of list_users().
  std::future<std::vector<ConnectionInfo>> get_all_clients();
  void get_all_clients(ConnectionsCallback done);
  template <CompletionToken<std::vector<ConnectionInfo>> Token>
  auto get_all_clients(Token&& token) {
    return completion_detail::complete<std::vector<ConnectionInfo>>(
        std::forward<Token>(token), [this](auto done) { get_all_clients(ConnectionsCallback(std::move(done))); });
  }
  /// Ends all connections of a user with a reason that they see (at most 256 bytes; what is longer is cut); how many there were,
  /// none for an empty id.
  std::future<std::size_t> disconnect_user(std::string_view user_id, std::string_view reason);
  void disconnect_user(std::string_view user_id, std::string_view reason, CountCallback done);
  template <CompletionToken<std::size_t> Token>
  auto disconnect_user(std::string_view user_id, std::string_view reason, Token&& token) {
    return completion_detail::complete<std::size_t>(
        std::forward<Token>(token), [this, user_id = std::string(user_id), reason = std::string(reason)](auto done) {
          disconnect_user(user_id, reason, CountCallback(std::move(done)));
        });
  }
  /// Takes tokens back, for good and over restarts (with a store): one by its `token_id`, or those of a `user_id` that were
  /// issued before `issued_before_s` (0: until now; at most a day ahead). Their connections end with token_revoked, here and on
  /// all shards. What is issued later is not touched. `forget_at_s`: when the last of them has expired, if that is known; 0: 366
  /// days from now, which is the longest that a token may live. request_invalid without token_id and user_id.
  std::future<RevokeResult> revoke(Revocation what, std::uint64_t forget_at_s = 0);
  void revoke(Revocation what, std::uint64_t forget_at_s, std::function<void(RevokeResult)> done);
  template <CompletionToken<RevokeResult> Token>
  auto revoke(Revocation what, std::uint64_t forget_at_s, Token&& token) {
    return completion_detail::complete<RevokeResult>(
        std::forward<Token>(token), [this, what = std::move(what), forget_at_s](auto done) {
          revoke(what, forget_at_s, std::function<void(RevokeResult)>(std::move(done)));
        });
  }
  /// The same for the tokens of everybody.
  std::future<RevokeResult> revoke_everybody(std::uint64_t issued_before_s = 0, std::uint64_t forget_at_s = 0);
  void revoke_everybody(std::uint64_t issued_before_s, std::uint64_t forget_at_s, std::function<void(RevokeResult)> done);
  template <CompletionToken<RevokeResult> Token>
  auto revoke_everybody(std::uint64_t issued_before_s, std::uint64_t forget_at_s, Token&& token) {
    return completion_detail::complete<RevokeResult>(std::forward<Token>(token), [this, issued_before_s, forget_at_s](auto done) {
      revoke_everybody(issued_before_s, forget_at_s, std::function<void(RevokeResult)>(std::move(done)));
    });
  }
  /// Takes a user out of a room; how many memberships ended, none for an empty id.
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
  /// Takes a user out of all rooms.
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
