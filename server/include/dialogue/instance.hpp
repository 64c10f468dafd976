// A Dialogue server inside a program: made by create_dialogue, started by listen() or run(), ended by stop() or the destructor.
//
//   auto server = dialogue::create_dialogue({.definitions = chat_app, .listen = "127.0.0.1:8080"});
//   server.on(chat, message, [](const Message& m, const dialogue::Publication& p) { ... });
//   server.trigger(chat, message, Message{"Hello"});
//   server.run_until_signal();
//
// Thread-safety: every call may come from any thread, except that hooks are set before listen(). Hooks, handlers and callbacks
// run on threads of the server, several at once, and never inside the call that they belong to: they must not block, so they must
// not wait for a future either. listen(), run(), stop() and write_recording() wait for those threads, and throw SetupError there
// instead of waiting for themselves. What is asked before listen() is done as soon as it listens.
//
// Each call that has an answer comes in three forms: it gives a future; with a callback as last argument it calls that; and with
// a completion token of Boost.Asio it does what that says: co_await server.trigger(chat, message, hi, asio::use_awaitable).
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

#include <dialogue/administration.hpp>
#include <dialogue/async_hook.hpp>
#include <dialogue/client.hpp>
#include <dialogue/completion.hpp>
#include <dialogue/config.hpp>
#include <dialogue/hook_result.hpp>
#include <dialogue/results.hpp>
#include <dialogue/socketio.hpp>
#include <dialogue/subscription.hpp>
#include <dialogue/typed.hpp>

namespace dialogue {

class Instance : public Administration {
 public:
  using TriggerCallback = std::function<void(const TriggerResult&)>;
  using SendCallback = std::function<void(const SendResult&)>;
  using EventHandler = std::function<void(const Publication&)>;

  Instance(Instance&& other) noexcept;
  Instance& operator=(Instance&& other) noexcept;
  ~Instance();  ///< stop()

  // --- Life ---

  /// Throws SetupError for everything that listen() would refuse, but for what only listening finds: an address in use.
  void check() const;
  /// Starts the threads and listens. Throws SetupError: address in use, unreadable static directory. Call once.
  void listen();
  /// listen(), unless that was done, then waits until stop() has ended. An instance that was stopped before is not started again:
  /// a line in the log says so, and it returns. Signals end the process as ever: see run_until_signal().
  void run();
  /// run(), and SIGTERM or SIGINT make stop(), so that every client is asked to come back. A second signal ends the process at
  /// once. For a program that has no handlers of its own for the two; another waits for them as it does and calls stop().
  void run_until_signal();
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
  /// something is wrong with it. Nobody is disconnected: a user who came in by a key that is gone stays until the token ends;
  /// revoke_everybody() is for more. Tokens cannot begin or cease to be checked in this way. From any thread, after
  /// listen().
  void reload(const Config& with);
  /// Throws what reload() would throw, and changes nothing.
  void check_reload(const Config& with) const;
  /// Writes the flight recorder's file now (Config::record_file), in the place of what was there. Waits for every shard's turn:
  /// not from a hook, a handler or a callback. A failure is logged. Nothing happens without a recorder or before listen().
  void write_recording();
  /// Calls `done` on a server's thread when all of them have had a turn, so that all are alive; never where the server does not
  /// run or ends. For watchdogs. Does not wait; from any thread.
  void probe(std::function<void()> done) const;
  /// The port that is listened on; 0 before listen() and without a socket.
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t connection_count() const;

  // --- Events ---

  /// Publishes as `system`, past access rules. `json` is checked against the event's schema. Never throws for what the request
  /// says: room_unknown, event_unknown, event_not_allowed, payload verdicts, payload_too_large; closed after stop(). Where more
  /// than Config::trigger_bytes_max is unanswered, it is refused at once (TriggerResult::busy).
  std::future<TriggerResult> trigger(std::string_view room, std::string_view event, std::string_view json);
  void trigger(std::string_view room, std::string_view event, std::string_view json, TriggerCallback done);
  template <CompletionToken<TriggerResult> Token>
  auto trigger(std::string_view room, std::string_view event, std::string_view json, Token&& token) {
    return completion_detail::complete<TriggerResult>(
        std::forward<Token>(token), [this, room = std::string(room), event = std::string(event), json = std::string(json)](
                                        auto done) { trigger(room, event, json, TriggerCallback(std::move(done))); });
  }

  /// The same with types: `room` is a defined room or the id of one made from a pattern.
  template <RoomName RoomType, TypedEvent EventType>
  std::future<TriggerResult> trigger(const RoomType& room, const EventType& event, const PayloadOf<EventType>& data) {
    return trigger(room_id_of(room), event.name, to_json(event, data));
  }
  template <RoomName RoomType, TypedEvent EventType>
  void trigger(const RoomType& room, const EventType& event, const PayloadOf<EventType>& data, TriggerCallback done) {
    trigger(room_id_of(room), event.name, to_json(event, data), std::move(done));
  }
  template <RoomName RoomType, TypedEvent EventType, CompletionToken<TriggerResult> Token>
  auto trigger(const RoomType& room, const EventType& event, const PayloadOf<EventType>& data, Token&& token) {
    return trigger(room_id_of(room), event.name, to_json(event, data), std::forward<Token>(token));
  }

  /// Sends an event as `system` to all connections that a user has now, or to one session. It belongs to no room and is kept
  /// nowhere: who is not connected misses it. Any event of the definitions will do. event_unknown, payload verdicts,
  /// payload_too_large; request_invalid for an empty id; closed after stop(); busy as trigger().
  std::future<SendResult> send_to_user(std::string_view user_id, std::string_view event, std::string_view json);
  void send_to_user(std::string_view user_id, std::string_view event, std::string_view json, SendCallback done);
  template <CompletionToken<SendResult> Token>
  auto send_to_user(std::string_view user_id, std::string_view event, std::string_view json, Token&& token) {
    return completion_detail::complete<SendResult>(
        std::forward<Token>(token), [this, user_id = std::string(user_id), event = std::string(event), json = std::string(json)](
                                        auto done) { send_to_user(user_id, event, json, SendCallback(std::move(done))); });
  }
  std::future<SendResult> send_to_session(std::string_view session_id, std::string_view event, std::string_view json);
  void send_to_session(std::string_view session_id, std::string_view event, std::string_view json, SendCallback done);
  template <CompletionToken<SendResult> Token>
  auto send_to_session(std::string_view session_id, std::string_view event, std::string_view json, Token&& token) {
    return completion_detail::complete<SendResult>(
        std::forward<Token>(token),
        [this, session_id = std::string(session_id), event = std::string(event), json = std::string(json)](auto done) {
          send_to_session(session_id, event, json, SendCallback(std::move(done)));
        });
  }

  /// The same with types; `done` is nothing, a callback or a completion token.
  template <TypedEvent EventType, typename... Done>
  auto send_to_user(std::string_view user_id, const EventType& event, const PayloadOf<EventType>& data, Done&&... done) {
    return send_to_user(user_id, event.name, to_json(event, data), std::forward<Done>(done)...);
  }
  template <TypedEvent EventType, typename... Done>
  auto send_to_session(std::string_view session_id, const EventType& event, const PayloadOf<EventType>& data, Done&&... done) {
    return send_to_session(session_id, event.name, to_json(event, data), std::forward<Done>(done)...);
  }

  /// Hears every accepted publication of `event` in `room`, of every sender, in each room's order. `room` may be an id, a pattern
  /// ("game-{id}": all its rooms) or "*"; `event` a name or "*". The handler is called until the returned Subscription is
  /// stopped.
  Subscription on(std::string_view room, std::string_view event, EventHandler handler);
  template <DefinedRoom RoomType>
  Subscription on(const RoomType& room, std::string_view event, EventHandler handler) {
    return on(std::string_view(room.id), event, std::move(handler));
  }

  /// The same with types: handler(const Payload&), or handler(const Payload&, const Publication&).
  template <RoomName RoomType, TypedEvent EventType, TypedHandler<EventType> Handler>
  Subscription on(const RoomType& room, const EventType& event, Handler handler) {
    return on(room_id_of(room), event.name, [event, handler = std::move(handler)](const Publication& publication) mutable {
      call_typed(event, handler, publication);
    });
  }

  /// What a room's log holds: by default the newest 100 events, ascending. `since` and `before` are sequences, exclusive; with
  /// `oldest_first` the oldest ones of that range instead of the newest. Payloads are JSON text. Never throws for what the
  /// request says: room_unknown, store_unavailable, history_damaged; closed after stop().
  std::future<HistoryResult> get_history(std::string_view room, HistoryRange range = {});
  void get_history(std::string_view room, HistoryRange range, std::function<void(HistoryResult)> done);
  template <CompletionToken<HistoryResult> Token>
  auto get_history(std::string_view room, HistoryRange range, Token&& token) {
    return completion_detail::complete<HistoryResult>(
        std::forward<Token>(token), [this, room = std::string(room), range](auto done) {
          get_history(room, range, std::function<void(HistoryResult)>(std::move(done)));
        });
  }
  template <DefinedRoom RoomType, typename... Done>
  auto get_history(const RoomType& room, HistoryRange range = {}, Done&&... done) {
    return get_history(std::string_view(room.id), range, std::forward<Done>(done)...);
  }

  // --- Hooks: set before listen(), else SetupError. Several of one kind run in the order in which they were set. One that keeps
  // something between its calls (a mutable lambda) guards it: calls come on several threads at once. ---

  /// After authentication. Return HookVerdict::deny(reason), or HookDecision::deny(reason), to refuse; a hook that returns
  /// nothing allows. The client sees the reason: at most 256 bytes, what is longer is cut.
  template <typename Hook>
  requires std::invocable<Hook&, Client&>
  void on_connect(Hook hook) {
    add_connect_hook([hook = std::move(hook)](Client& client) mutable { return hook_detail::decision_of(hook, client); });
  }
  /// Before a join is granted; may deny likewise.
  template <typename Hook>
  requires std::invocable<Hook&, Client&, std::string_view>
  void on_join(Hook hook) {
    add_join_hook([hook = std::move(hook)](Client& client, std::string_view room) mutable {
      return hook_detail::decision_of(hook, client, room);
    });
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
    if constexpr (std::is_same_v<Function, AsyncHook>)
      add_middleware({std::string(room_id_of(room)), {}, std::move(middleware.source)});
    else
      add_middleware({std::string(room_id_of(room)),
                      [middleware = std::move(middleware)](const Draft& draft) mutable {
                        return hook_detail::verdict_of(middleware, draft);
                      },
                      {}});
  }
  /// The same as use(), under the name of its siblings.
  template <typename Hook>
  void on_publish(Hook hook) {
    use(std::move(hook));
  }

  // --- Hooks that may wait: what async_hook(coroutine) makes, see <dialogue/async.hpp> ---

  void on_connect(AsyncHook hook);  ///< asked after those that answer at once
  void on_join(AsyncHook hook);
  void on_leave(AsyncHook hook);  ///< nobody waits for this one and the next
  void on_disconnect(AsyncHook hook);

  // --- Socket.IO clients, see <dialogue/socketio.hpp> ---

  /// A namespace that socket.io-client connects to at /socket.io/, for this program's own events: its first call registers it,
  /// before listen(). `name` begins with a slash: at most 128 bytes of UTF-8 without "," and "?". "/" takes the place of the
  /// rooms that are otherwise served there. Throws SetupError for another name, for more than 64, for a new one after listen(),
  /// and where Config says that Socket.IO clients are not served.
  [[nodiscard]] dialogue::socketio::Namespace socketio(std::string_view name);

  // --- In a host's own server ---

  /// Takes over a connected socket whose peer asked for an upgrade at `/dialogue` (is_dialogue_target() says so): a descriptor,
  /// the request's head as HTTP text with its empty line, and the bytes that were read after it. The descriptor is closed by
  /// Dialogue, whatever happens. Before listen() as many as 256 wait for it; one that cannot be served is closed, and logged.
  void adopt(int descriptor, std::string head, std::string rest = {});
  /// The same for an Asio TCP socket and a Beast request. `rest`: what the host's read buffer still holds.
  template <typename Socket, typename Request>
  requires requires(Socket& socket) { socket.release(); }
  void adopt(Socket socket, const Request& request, std::string rest = {}) {
    std::ostringstream head;
    head << request.base();
    adopt(socket.is_open() ? static_cast<int>(socket.release()) : -1, head.str(), std::move(rest));
  }

 private:
  friend Instance create_dialogue(Config config);
  explicit Instance(std::unique_ptr<InstanceState> state);

  void add_middleware(core::Middleware step);
  void send(core::SendEvent event, SendCallback done);
  void add_connect_hook(std::function<HookDecision(Client&)> hook);
  void add_join_hook(std::function<HookDecision(Client&, std::string_view)> hook);
};

/// Checks the configuration and makes an instance that does not listen yet. Throws SetupError for definitions that contradict
/// themselves, a listening address or an origin that cannot be read, an authenticator together with development identities.
[[nodiscard]] Instance create_dialogue(Config config);

/// Whether a request's target is the path where WebSockets are served, with or without a query: for a host that mounts Dialogue
/// in a server of its own. `/dialogueX` and `/dialogue/x` are the host's.
[[nodiscard]] constexpr bool is_dialogue_target(std::string_view target) {
  return target.substr(0, target.find('?')) == "/dialogue";
}

}  // namespace dialogue
