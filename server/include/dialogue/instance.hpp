// A Dialogue server inside a program: made by create_dialogue(), started by listen() or run(), ended by stop() or the destructor.
//
//   auto server = dialogue::create_dialogue({.definitions = chat_app, .listen = "127.0.0.1:8080"});
//   server.on(chat, message, [](const Message& m, const dialogue::Publication& p) { ... });
//   server.trigger(chat, message, Message{"Hello"});
//   server.run_until_signal();
//
// Thread-safety: every call may come from any thread; only hooks must be set before listen(). Hooks, handlers and callbacks run
// on server threads, concurrently, and never inside the call that they belong to. They must not block, so they must not wait for
// a future. listen(), run(), stop() and write_recording() wait for the server threads and throw SetupError when called on one.
// Requests made before listen() are carried out as soon as it listens.
//
// Each call with a result has three forms. It returns a future; with a callback as last argument it calls that; with a Boost.Asio
// completion token it completes that: co_await server.trigger(chat, message, hi, asio::use_awaitable).
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
#include <dialogue/calls.hpp>
#include <dialogue/client.hpp>
#include <dialogue/config.hpp>
#include <dialogue/hook_result.hpp>
#include <dialogue/results.hpp>
#include <dialogue/route.hpp>
#include <dialogue/socketio.hpp>
#include <dialogue/subscription.hpp>
#include <dialogue/typed.hpp>

#include "server/calls/completion.hpp"

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

  /// Throws the SetupError that listen() would throw, except for faults that only listening finds, such as an address in use.
  void check() const;
  /// Starts the threads and listens. Throws SetupError: address in use, unreadable static directory. Call once.
  void listen();
  /// listen(), unless the instance listens already; then waits until stop() has ended. After stop() it logs a line and returns: a
  /// stopped instance cannot be restarted. Signal handling is unchanged: see run_until_signal().
  void run();
  /// run(), with SIGTERM and SIGINT calling stop(), so that every client is asked to reconnect. A second signal ends the process
  /// immediately. If your program handles these signals itself, call stop() instead.
  void run_until_signal();
  /// Asks every client to reconnect later (BYE draining), waits at most drain_timeout_ms for them to disconnect, and ends the
  /// threads. Pending futures and callbacks receive `closed`. Idempotent. A stopped instance cannot be restarted.
  void stop();
  /// Reads the TLS certificate and key again. Applies to new connections only. If the files are faulty, this is logged and the
  /// previous certificate stays. Without TLS this does nothing.
  void reload_certificate();
  /// Applies the fields of `with` that may change while the server runs: those that docs/guides/configuration.md lists as `hot`,
  /// and the secrets `auth.keys`, `api_keys`, `hooks.secret` and `otlp_headers`. The certificate's files are always read again.
  /// All other fields are ignored. All or nothing: if a field is faulty it throws SetupError and changes nothing. No client is
  /// disconnected. Sessions authenticated with a removed key last until their token expires; use revoke_everybody() to end them.
  /// Verification of tokens cannot be switched on or off by a reload. From any
  /// thread, after listen().
  void reload(const Config& with);
  /// Throws the SetupError that reload() would throw, and changes nothing.
  void check_reload(const Config& with) const;
  /// Writes the flight recorder's file now (Config::record) and replaces the previous one. Waits for every shard: do not
  /// call it from a hook, a handler or a callback. A failure is logged. Does nothing without a recorder or before listen().
  void write_recording();
  /// Calls `done` on a server thread after every shard has taken a turn, as proof that all are alive. Never calls it when the
  /// server is not running or is stopping. For watchdogs. Does not wait; from any thread.
  void probe(std::function<void()> done) const;
  /// The port of the listener. 0 before listen(), and without a listener.
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t connection_count() const;

  // --- Events ---

  /// Publishes as `system`, bypassing access rules. `json` is validated against the event's schema. Reports faults of the request
  /// in its result and never throws for them: room_unknown, event_unknown, event_not_allowed, payload errors, payload_too_large;
  /// closed after stop(). Rejected immediately with TriggerResult::busy when more than Config::trigger_bytes_max is unanswered.
  std::future<TriggerResult> trigger(std::string_view room, std::string_view event, std::string_view json);
  void trigger(std::string_view room, std::string_view event, std::string_view json, TriggerCallback done);
  template <CompletionToken<TriggerResult> Token>
  auto trigger(std::string_view room, std::string_view event, std::string_view json, Token&& token) {
    return completion_detail::complete<TriggerResult>(
        std::forward<Token>(token), [this, room = std::string(room), event = std::string(event), json = std::string(json)](
                                        auto done) { trigger(room, event, json, TriggerCallback(std::move(done))); });
  }

  /// Typed form of trigger(). `room` is a defined room or the id of a room made from a pattern.
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

  /// Publishes for a user, as a connection of the user would, without one: with the user's rights in the room, `rateLimit` and
  /// middleware (with an empty session). For bots, jobs, and gateways of other protocols. Membership is not needed. With `key`,
  /// an idempotency key (docs/guides/http-api.md, "Safe retries"), a retry returns the first receipt, also after a restart;
  /// empty: none. Errors: as for trigger(), also forbidden, rate_limited and hook_unavailable (with retry_after_ms),
  /// denied_by_hook, producer_conflict; request_invalid for an identity that others may not see, or a key of another form.
  std::future<TriggerResult> trigger_as(const Identity& user, std::string_view room, std::string_view event,
                                        std::string_view json, std::string_view key = {});
  void trigger_as(const Identity& user, std::string_view room, std::string_view event, std::string_view json,
                  std::string_view key, TriggerCallback done);
  template <CompletionToken<TriggerResult> Token>
  auto trigger_as(const Identity& user, std::string_view room, std::string_view event, std::string_view json,
                  std::string_view key, Token&& token) {
    return completion_detail::complete<TriggerResult>(
        std::forward<Token>(token),
        [this, user, room = std::string(room), event = std::string(event), json = std::string(json),
         key = std::string(key)](auto done) { trigger_as(user, room, event, json, key, TriggerCallback(std::move(done))); });
  }

  /// The typed form of trigger_as().
  template <RoomName RoomType, TypedEvent EventType>
  std::future<TriggerResult> trigger_as(const Identity& user, const RoomType& room, const EventType& event,
                                        const PayloadOf<EventType>& data, std::string_view key = {}) {
    return trigger_as(user, room_id_of(room), event.name, to_json(event, data), key);
  }
  template <RoomName RoomType, TypedEvent EventType>
  void trigger_as(const Identity& user, const RoomType& room, const EventType& event, const PayloadOf<EventType>& data,
                  std::string_view key, TriggerCallback done) {
    trigger_as(user, room_id_of(room), event.name, to_json(event, data), key, std::move(done));
  }
  template <RoomName RoomType, TypedEvent EventType, CompletionToken<TriggerResult> Token>
  auto trigger_as(const Identity& user, const RoomType& room, const EventType& event, const PayloadOf<EventType>& data,
                  std::string_view key, Token&& token) {
    return trigger_as(user, room_id_of(room), event.name, to_json(event, data), key, std::forward<Token>(token));
  }

  /// Deletes the key of `json`, for an event with the delivery latest(). Members receive an event whose Publication `deletes`;
  /// clients that join later do not receive the key. `json` is a whole payload, checked as by trigger(). Errors: as for
  /// trigger(); request_invalid for events with another delivery.
  std::future<TriggerResult> delete_key(std::string_view room, std::string_view event, std::string_view json);
  void delete_key(std::string_view room, std::string_view event, std::string_view json, TriggerCallback done);
  template <CompletionToken<TriggerResult> Token>
  auto delete_key(std::string_view room, std::string_view event, std::string_view json, Token&& token) {
    return completion_detail::complete<TriggerResult>(
        std::forward<Token>(token), [this, room = std::string(room), event = std::string(event), json = std::string(json)](
                                        auto done) { delete_key(room, event, json, TriggerCallback(std::move(done))); });
  }

  /// The typed form of delete_key().
  template <RoomName RoomType, TypedEvent EventType>
  std::future<TriggerResult> delete_key(const RoomType& room, const EventType& event, const PayloadOf<EventType>& data) {
    return delete_key(room_id_of(room), event.name, to_json(event, data));
  }
  template <RoomName RoomType, TypedEvent EventType>
  void delete_key(const RoomType& room, const EventType& event, const PayloadOf<EventType>& data, TriggerCallback done) {
    delete_key(room_id_of(room), event.name, to_json(event, data), std::move(done));
  }
  template <RoomName RoomType, TypedEvent EventType, CompletionToken<TriggerResult> Token>
  auto delete_key(const RoomType& room, const EventType& event, const PayloadOf<EventType>& data, Token&& token) {
    return delete_key(room_id_of(room), event.name, to_json(event, data), std::forward<Token>(token));
  }

  /// Sends an event as `system` to all current connections of a user, or to one session. It belongs to no room. Not stored:
  /// offline users do not receive it. Any defined event is allowed. Errors: event_unknown, payload errors, payload_too_large;
  /// request_invalid for an empty id; closed after stop(); busy as for trigger().
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

  /// Typed forms. `done` is absent, a callback or a completion token.
  template <TypedEvent EventType, typename... Done>
  auto send_to_user(std::string_view user_id, const EventType& event, const PayloadOf<EventType>& data, Done&&... done) {
    return send_to_user(user_id, event.name, to_json(event, data), std::forward<Done>(done)...);
  }
  template <TypedEvent EventType, typename... Done>
  auto send_to_session(std::string_view session_id, const EventType& event, const PayloadOf<EventType>& data, Done&&... done) {
    return send_to_session(session_id, event.name, to_json(event, data), std::forward<Done>(done)...);
  }

  /// Called for every accepted publication of `event` in `room`, from all senders, in each room's order. `room` is an id, a
  /// pattern ("game-{id}" for all its rooms) or "*"; `event` is a name or "*". The handler is called until the returned
  /// Subscription is stopped.
  Subscription on(std::string_view room, std::string_view event, EventHandler handler);
  template <DefinedRoom RoomType>
  Subscription on(const RoomType& room, std::string_view event, EventHandler handler) {
    return on(std::string_view(room.id), event, std::move(handler));
  }

  /// Typed form: handler(const Payload&), or handler(const Payload&, const Publication&).
  template <RoomName RoomType, TypedEvent EventType, TypedHandler<EventType> Handler>
  Subscription on(const RoomType& room, const EventType& event, Handler handler) {
    return on(room_id_of(room), event.name, [event, handler = std::move(handler)](const Publication& publication) mutable {
      call_typed(event, handler, publication);
    });
  }

  /// Reads a room's log: by default the newest 100 events, ascending. `since` and `before` are sequences, exclusive.
  /// `oldest_first` selects the oldest events of that range instead of the newest. Payloads are JSON text. Reports faults in its
  /// result and never throws for them: room_unknown, store_unavailable, history_damaged; closed after stop().
  std::future<HistoryResult> get_history(std::string_view room, HistoryRange range = {});
  void get_history(std::string_view room, HistoryRange range, std::function<void(HistoryResult)> done);
  template <CompletionToken<HistoryResult> Token>
  auto get_history(std::string_view room, HistoryRange range, Token&& token) {
    return completion_detail::complete<HistoryResult>(
        std::forward<Token>(token), [this, room = std::string(room), range = std::move(range)](auto done) {
          get_history(room, range, std::function<void(HistoryResult)>(std::move(done)));
        });
  }
  template <DefinedRoom RoomType, typename... Done>
  auto get_history(const RoomType& room, HistoryRange range = {}, Done&&... done) {
    return get_history(std::string_view(room.id), std::move(range), std::forward<Done>(done)...);
  }

  // --- Hooks: set before listen(), else SetupError. Hooks of one kind run in the order of registration. They are called on
  // several threads concurrently: a hook with state (a mutable lambda) must guard it. ---

  /// Runs after authentication. Return HookVerdict::deny(reason) or HookDecision::deny(reason) to reject the client; a hook that
  /// returns nothing allows. The client receives the reason, cut to 256 bytes.
  template <typename Hook>
  requires std::invocable<Hook&, Client&>
  void on_connect(Hook hook) {
    add_connect_hook([hook = std::move(hook)](Client& client) mutable { return hook_detail::decision_of(hook, client); });
  }
  /// Runs before a join is granted; may deny in the same way.
  template <typename Hook>
  requires std::invocable<Hook&, Client&, std::string_view>
  void on_join(Hook hook) {
    add_join_hook([hook = std::move(hook)](Client& client, std::string_view room) mutable {
      return hook_detail::decision_of(hook, client, room);
    });
  }
  /// Runs after a join was granted.
  void on_joined(std::function<void(Client&, std::string_view room_id)> hook);
  /// Runs after a membership ended, once for each room of a connection that ended.
  void on_leave(std::function<void(Client&, std::string_view room_id)> hook);
  void on_disconnect(std::function<void(Client&, std::string_view reason)> hook);

  // --- Middleware: set before listen(), like hooks ---

  /// Runs `middleware` for every publication of a client, after all rules and before the room. It gets a Draft and returns
  /// nothing or a HookVerdict: allow(), deny(reason) or replace(json). A replacement is validated against the schema again.
  /// Middleware for all rooms runs first, then that of the room, each in order of registration. Publications of the server itself
  /// bypass middleware.
  template <typename Function>
  void use(Function middleware) {
    use(std::string_view(), std::move(middleware));
  }
  /// Middleware for one room: an id or a defined room. A pattern applies to all its rooms.
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
  /// Alias of use().
  template <typename Hook>
  void on_publish(Hook hook) {
    use(std::move(hook));
  }

  // --- Calls and streams: set before listen(), like hooks; see <dialogue/calls.hpp> ---

  /// Sets the handler of a call or stream. Throws SetupError if the definitions have none of this name, or it has a handler.
  void handle(std::string_view name, CallFunction handler);
  /// Sets the handler of a call or stream, with the types of its definition. `handler` takes the request, and the TypedCallHandle
  /// if it needs it; it returns the answer, or void if it answers by the handle. Or it is the result of async_call(coroutine).
  template <TypedCall CallType, typename Handler>
  void handle(const CallType& call, Handler handler) {
    if constexpr (requires { handler.coroutine; })
      handle(call.name, [handler = std::move(handler), threw = call_threw(call.name)](const CallHandle& begun) {
        handler.template begin<CallType>(begun, threw);
      });
    else
      handle(call.name, call_detail::function_of<CallType>(std::move(handler)));
  }

  // --- Asynchronous hooks: the results of async_hook(coroutine), see <dialogue/async.hpp> ---

  void on_connect(AsyncHook hook);  ///< runs after the synchronous hooks
  void on_join(AsyncHook hook);
  void on_leave(AsyncHook hook);       ///< notification only; the result is ignored
  void on_disconnect(AsyncHook hook);  ///< notification only; the result is ignored

  // --- HTTP routes of the application, see <dialogue/route.hpp>: set before listen(), like hooks ---

  /// Answers requests of `method` ("GET" also answers HEAD) whose path fits `path` on the listener of Config::listen. A segment
  /// "{name}" stands for any one segment. Literal segments beat parameters. Throws SetupError for a path of the server itself,
  /// for a second route that fits exactly the paths of another, and for faulty options. A handler that throws is answered 500.
  template <typename Function>
  requires std::convertible_to<std::invoke_result_t<Function&, const RouteRequest&>, RouteResponse>
  void route(std::string_view method, std::string_view path, Function handler, RouteOptions options = {}) {
    add_route(method, path, std::function<RouteResponse(const RouteRequest&)>(std::move(handler)), std::move(options));
  }
  void route(std::string_view method, std::string_view path, AsyncRoute handler, RouteOptions options = {});
  void route(std::string_view method, std::string_view path, StreamRoute handler, RouteOptions options = {});

  // --- Socket.IO clients, see <dialogue/socketio.hpp> ---

  /// Returns a namespace that socket.io-client connects to at /socket.io/, for this program's own events. The first call with a
  /// name registers it and must come before listen(). `name` begins with a slash and has at most 128 bytes of UTF-8 without ","
  /// and "?". "/" replaces the rooms that are otherwise served there. Throws SetupError for any other name, for more than 64
  /// names, for a new name after listen(), and when Config::serves_socketio is false.
  [[nodiscard]] dialogue::socketio::Namespace socketio(std::string_view name);

  // --- In a host's own server ---

  /// Adopts a connected socket whose peer requested an upgrade at `/dialogue` (see is_dialogue_target()): a descriptor, the
  /// request's head as HTTP text with its empty line, and the bytes that were read after it. Dialogue always closes the
  /// descriptor. Up to 256 sockets may be adopted before listen(). A socket that cannot be served is closed, and this is logged.
  void adopt(int descriptor, std::string head, std::string rest = {});
  /// Form for an Asio TCP socket and a Beast request. `rest`: the remaining bytes of the host's read buffer.
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
  /// Logs that a handler threw.
  [[nodiscard]] std::function<void(const char*)> call_threw(std::string_view name) const;
  void add_route(std::string_view method, std::string_view path, std::function<RouteResponse(const RouteRequest&)> handler,
                 RouteOptions options);
  void send(core::SendEvent event, SendCallback done);
  void publish(core::ServerPublish publish, TriggerCallback done);
  void add_connect_hook(std::function<HookDecision(Client&)> hook);
  void add_join_hook(std::function<HookDecision(Client&, std::string_view)> hook);
};

/// Checks the configuration and makes an instance that does not listen yet. Throws SetupError for contradictory definitions, for
/// an invalid listening address or origin, and for an authenticator together with development identities.
[[nodiscard]] Instance create_dialogue(Config config);

/// Whether a request's target is the WebSocket path, with or without a query. For a host that mounts Dialogue in its own server.
/// `/dialogueX` and `/dialogue/x` belong to the host.
[[nodiscard]] constexpr bool is_dialogue_target(std::string_view target) {
  return target.substr(0, target.find('?')) == "/dialogue";
}

}  // namespace dialogue
