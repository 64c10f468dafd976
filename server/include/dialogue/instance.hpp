// A Dialogue server inside a program: made by create_dialogue, started by listen() or run(), ended by stop() or the destructor.
//
//   auto server = dialogue::create_dialogue({.definitions = chat_app, .listen = "127.0.0.1:8080"});
//   server.on(chat, message, [](const Message& m, const dialogue::Publication& p) { ... });
//   server.trigger(chat, message, Message{"Hello"});
//   server.run();
//
// Thread-safety: every call may come from any thread, except that hooks are set before listen(), and that listen(), run(), stop()
// and the destructor must not be called from a hook, a handler or a callback. Those run on the server's own threads, several at
// once: they must not block, so they must not wait for a future either. What is asked before listen() is done as soon as it
// listens.
#pragma once
#include <concepts>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <dialogue/client.hpp>
#include <dialogue/config.hpp>
#include <dialogue/listening.hpp>
#include <dialogue/results.hpp>
#include <dialogue/typed.hpp>
#include <dialogue/waiting_hook.hpp>

namespace dialogue {

class Instance {
 public:
  using TriggerCallback = std::function<void(const TriggerResult&)>;
  using RequestCallback = std::function<void(const RequestResult&)>;
  using EventHandler = std::function<void(const Publication&)>;

  Instance(Instance&& other) noexcept;
  Instance& operator=(Instance&& other) noexcept;
  ~Instance();  ///< stop()

  // --- Life ---

  /// Throws SetupError for everything that listen() would refuse, but for what only listening finds: an address in use.
  void check() const;
  /// Starts the threads and listens. Throws SetupError: address in use, unreadable static directory. Call once.
  void listen();
  /// listen(), unless that was done, then waits until stop() has ended.
  void run();
  /// Tells every client to come back later (BYE draining), waits for them to go, at most drain_timeout_ms, and ends the threads.
  /// Pending futures and callbacks get `closed`. Harmless when repeated. There is no way back: make another instance.
  void stop();
  /// Reads the TLS certificate and key again, for new connections; those that there are keep theirs. What is wrong with them is
  /// logged, and the ones from before stay. Nothing where there is no TLS.
  void reload_certificate();
  /// Takes over from `with` what may change while the server runs: `tokens`, `api_keys`, `webhooks.secret`, `allowed_origins`,
  /// `limits.connections_max` and `connections_per_user_max`, `connections_per_address_max`, `http_requests_per_minute`,
  /// `http_messages_per_minute`, `api_key_requests_per_minute`, `memory_mib_max`, and the certificate's files, which are read
  /// again in any case. The rest of `with` is not looked at. All or nothing: throws SetupError, and all stays as it was, where
  /// something is wrong with it. Nobody is disconnected: who came in by a key that is gone stays until his token ends;
  /// Instance::revoke_tokens() is for more. Tokens cannot begin or cease to be checked in this way. From any thread, after
  /// listen().
  void reload(const Config& with);
  /// Writes the flight recorder's file now (Config::record_file), in the place of what was there. Waits for every shard's turn:
  /// not from a hook, a handler or a callback. A failure is logged. Nothing happens without a recorder or before listen().
  void write_recording();
  /// The port that is listened on; 0 before listen() and without a socket.
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t connection_count() const;

  // --- Events ---

  /// Publishes as `system`, past access rules. `json` is checked against the event's schema. Never throws for what the request
  /// says: room_unknown, event_unknown, event_not_allowed, payload verdicts, payload_too_large; closed after stop().
  std::future<TriggerResult> trigger(std::string_view room, std::string_view event, std::string_view json);
  void trigger(std::string_view room, std::string_view event, std::string_view json, TriggerCallback done);

  /// The same with types: `room` is a defined room or the id of one made from a pattern.
  template <RoomName RoomType, TypedEvent EventType>
  std::future<TriggerResult> trigger(const RoomType& room, const EventType& event, const PayloadOf<EventType>& data) {
    return trigger(room_id_of(room), event.name, to_json(event, data));
  }
  template <RoomName RoomType, TypedEvent EventType>
  void trigger(const RoomType& room, const EventType& event, const PayloadOf<EventType>& data, TriggerCallback done) {
    trigger(room_id_of(room), event.name, to_json(event, data), std::move(done));
  }

  /// Sends an event as `system` to all connections that a user has now, or to one session. It belongs to no room and is kept
  /// nowhere: who is not connected misses it. Any event of the definitions will do. event_unknown, payload verdicts,
  /// payload_too_large; closed after stop().
  std::future<SendResult> send_to_user(std::string_view user_id, std::string_view event, std::string_view json);
  std::future<SendResult> send_to_session(std::string_view session_id, std::string_view event, std::string_view json);

  /// The same with types.
  template <TypedEvent EventType>
  std::future<SendResult> send_to_user(std::string_view user_id, const EventType& event, const PayloadOf<EventType>& data) {
    return send_to_user(user_id, event.name, to_json(event, data));
  }
  template <TypedEvent EventType>
  std::future<SendResult> send_to_session(std::string_view session_id, const EventType& event, const PayloadOf<EventType>& data) {
    return send_to_session(session_id, event.name, to_json(event, data));
  }

  /// Hears every accepted publication of `event` in `room`, whoever sent it, in each room's order. `room` may be an id, a pattern
  /// ("game-{id}": all its rooms) or "*"; `event` a name or "*". The handler is called until the returned Listening is stopped.
  Listening on(std::string_view room, std::string_view event, EventHandler handler);

  /// The same with types: handler(const Payload&), or handler(const Payload&, const Publication&).
  template <RoomName RoomType, TypedEvent EventType, TypedHandler<EventType> Handler>
  Listening on(const RoomType& room, const EventType& event, Handler handler) {
    return on(room_id_of(room), event.name,
              [event, handler = std::move(handler)](const Publication& publication) { call_typed(event, handler, publication); });
  }

  /// What a room's log holds: by default the newest 100 events, ascending. `since` and `before` are sequences, exclusive; with
  /// `oldest_first` the oldest ones of that range instead of the newest. Payloads are JSON text. Never throws for what the
  /// request says: room_unknown, store_unavailable, history_damaged; closed after stop().
  std::future<HistoryResult> get_history(std::string_view room, HistoryRange range = {});
  void get_history(std::string_view room, HistoryRange range, std::function<void(HistoryResult)> done);

  // --- Rooms and people ---

  /// Makes a room at run time; its events must be among the defined ones. room_exists, name_invalid, event_unknown.
  /// With a store it is kept before the answer: store_full, store_unavailable.
  std::future<RequestResult> create_room(RoomDefinition room);
  void create_room(RoomDefinition room, RequestCallback done);
  /// Ends a room and empties its log; its members are told room_deleted. A room that the definitions name is there again at once,
  /// empty, with a new epoch. room_unknown.
  std::future<RequestResult> delete_room(std::string_view room_id);
  void delete_room(std::string_view room_id, RequestCallback done);
  /// A page of the rooms that exist now, sorted by id.
  std::future<std::vector<RoomInfo>> list_rooms(ListRange range);
  void list_rooms(ListRange range, std::function<void(std::vector<RoomInfo>)> done);
  /// All of them at once: where there may be many, take pages.
  std::future<std::vector<RoomInfo>> list_rooms();
  void list_rooms(std::function<void(std::vector<RoomInfo>)> done);
  /// A page of the users who are connected, sorted by id.
  std::future<std::vector<UserInfo>> list_users(ListRange range);
  void list_users(ListRange range, std::function<void(std::vector<UserInfo>)> done);
  /// A page of who is in a room, as its members are told, sorted by user id: places that are kept for lost connections count.
  /// None when there is no such room.
  std::future<std::vector<UserInfo>> list_members(std::string_view room, ListRange range);
  void list_members(std::string_view room, ListRange range, std::function<void(std::vector<UserInfo>)> done);
  /// The connections of one user, or of everybody for an empty id: where those may be many, take pages of list_users().
  std::future<std::vector<ConnectionInfo>> get_clients(std::string_view user_id);
  void get_clients(std::string_view user_id, std::function<void(std::vector<ConnectionInfo>)> done);
  /// Ends all connections of a user with a reason that they see; how many there were.
  std::future<std::size_t> disconnect_user(std::string_view user_id, std::string_view reason);
  /// Takes tokens back, for good and over restarts (with a store): one by its `token_id`, those of a `user_id` that were issued
  /// before `issued_before_s` (0: until now; at most a day ahead), or everybody's. Their connections end with token_revoked, here
  /// and on all shards. What is issued later is not touched. `forget_at_s`: when the last of them has expired, if that is known;
  /// 0: 366 days from now, which is the longest that a token may live.
  std::future<RevokeResult> revoke(Revocation what, std::uint64_t forget_at_s = 0);
  void revoke(Revocation what, std::uint64_t forget_at_s, std::function<void(RevokeResult)> done);
  /// Takes a user out of a room, or of all for an empty id; how many memberships ended.
  std::future<std::size_t> remove_from_room(std::string_view user_id, std::string_view room_id);

  // --- Hooks: set before listen(), else SetupError. Several of one kind run in the order in which they were set. ---

  /// After authentication. Return HookDecision::deny(reason) to refuse; a hook that returns nothing allows.
  template <typename Hook>
  requires std::invocable<const Hook&, Client&>
  void on_connect(Hook hook) {
    add_connect_hook([hook = std::move(hook)](Client& client) { return decision_of(hook, client); });
  }
  /// Before a join is granted; may deny likewise.
  template <typename Hook>
  requires std::invocable<const Hook&, Client&, std::string_view>
  void on_join(Hook hook) {
    add_join_hook([hook = std::move(hook)](Client& client, std::string_view room) { return decision_of(hook, client, room); });
  }
  /// After a join was granted.
  void on_joined(std::function<void(Client&, std::string_view room_id)> hook);
  /// After a membership ended, also for each room of a connection that ended.
  void on_leave(std::function<void(Client&, std::string_view room_id)> hook);
  void on_disconnect(std::function<void(Client&, std::string_view reason)> hook);

  // --- Middleware: set before listen(), like hooks ---

  /// What clients publish passes through `middleware` after all rules and before its room: it gets a Draft and returns a
  /// HookVerdict (allow(), deny(reason) or replace(json), which is held against the schema again), or nothing. Those for all
  /// rooms come first, then those of the room, each in the order of their use. What the server itself publishes does not pass
  /// them.
  template <typename Function>
  void use(Function middleware) {
    use(std::string_view(), std::move(middleware));
  }
  /// For one room, an id or a defined room; of a pattern: for all its rooms.
  template <RoomName RoomType, typename Function>
  void use(const RoomType& room, Function middleware) {
    if constexpr (std::is_same_v<Function, WaitingHook>)
      add_middleware({std::string(room_id_of(room)), {}, std::move(middleware.source)});
    else
      add_middleware({std::string(room_id_of(room)),
                      [middleware = std::move(middleware)](const Draft& draft) { return verdict_of(middleware, draft); },
                      {}});
  }
  /// The same as use(), under the name of its siblings.
  template <typename Hook>
  void on_publish(Hook hook) {
    use(std::move(hook));
  }

  // --- Hooks that may wait: what waiting(coroutine) makes, see <dialogue/waiting.hpp> ---

  void on_connect(WaitingHook hook);  ///< asked after those that answer at once
  void on_join(WaitingHook hook);
  void on_leave(WaitingHook hook);  ///< nobody waits for this one and the next
  void on_disconnect(WaitingHook hook);

  // --- In a host's own server ---

  /// Takes over a connected socket whose peer asked for an upgrade at `/dialogue`: a descriptor, the request's head as HTTP text
  /// with its empty line, and the bytes that were read after it. The descriptor is closed by Dialogue, whatever happens.
  void adopt(int descriptor, std::string head, std::string rest = {});
  /// The same for an Asio TCP socket and a Beast request. `rest`: what the host's read buffer still holds.
  template <typename Socket, typename Request>
  requires requires(Socket& socket) { socket.release(); }
  void adopt(Socket socket, const Request& request, std::string rest = {}) {
    std::ostringstream head;
    head << request.base();
    adopt(static_cast<int>(socket.release()), head.str(), std::move(rest));
  }

 private:
  friend Instance create_dialogue(Config config);
  struct State;
  explicit Instance(std::unique_ptr<State> state);

  template <typename Hook, typename... Arguments>
  static HookDecision decision_of(const Hook& hook, Arguments&&... arguments) {
    if constexpr (std::is_void_v<std::invoke_result_t<const Hook&, Arguments...>>) {
      hook(std::forward<Arguments>(arguments)...);
      return HookDecision::allow();
    } else {
      return hook(std::forward<Arguments>(arguments)...);
    }
  }
  template <typename Function>
  static HookVerdict verdict_of(const Function& middleware, const Draft& draft) {
    if constexpr (std::is_void_v<std::invoke_result_t<const Function&, const Draft&>>) {
      middleware(draft);
      return HookVerdict::allow();
    } else {
      return middleware(draft);
    }
  }
  void add_middleware(Middleware step);
  std::future<SendResult> send(SendEvent letter);
  void add_connect_hook(std::function<HookDecision(Client&)> hook);
  void add_join_hook(std::function<HookDecision(Client&, std::string_view)> hook);

  std::unique_ptr<State> state_;
};

/// Checks the configuration and makes an instance that does not listen yet. Throws SetupError for definitions that contradict
/// themselves, a listening address or an origin that cannot be read, an authenticator together with development identities.
[[nodiscard]] Instance create_dialogue(Config config);

}  // namespace dialogue
