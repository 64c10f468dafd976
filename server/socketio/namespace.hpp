// A Socket.IO namespace of the application: the result of Instance::socketio(). A handle; it may be copied and kept. Handlers
// and middleware are set before listen(), else SetupError. They run on threads of the server, concurrently, as hooks do: they
// must not block, and must not wait for a future. Their exceptions are logged. The other calls are safe from any thread at any
// time.
#pragma once
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/socketio/admission.hpp"
#include "server/socketio/broadcast.hpp"
#include "server/socketio/socket.hpp"
#include "server/socketio/verdict.hpp"
#include "shared/define/define.hpp"

namespace dialogue::socketio {

class Namespace {
 public:
  explicit Namespace(std::shared_ptr<NamespaceState> state) : state_(std::move(state)) {}

  [[nodiscard]] const std::string& name() const;

  // --- Handlers: several of one kind run in the order in which they were set ---

  /// Before a client is connected; all steps must allow it, in their order, within 15 s. A step is
  ///   Admission step(Socket&)       which answers at once, or
  ///   void step(Socket&, Next)      which calls next.allow() or next.refuse(message, data), now or later, on any thread.
  /// Until it is connected a socket can get data and join rooms, but no events.
  template <typename Step>
  void use(Step step) {
    if constexpr (std::is_invocable_v<Step&, Socket&, Next>)
      add_middleware({}, std::move(step));
    else
      add_middleware(std::move(step), {});
  }
  void on_connect(std::function<void(Socket&)> handler);
  /// Calls `handler` when a socket has left. `reason` is one of Socket.IO's: "client namespace disconnect", "server namespace
  /// disconnect", "transport close", "server shutting down". The handler can still read the socket's rooms.
  void on_disconnect(std::function<void(Socket&, std::string_view reason)> handler);
  /// Calls `handler` for an event of a client; for the events of one connection one after the other.
  void on(std::string event, std::function<void(Socket&, const Event&)> handler);
  /// Calls `handler` for every event, in addition to the event's own handlers.
  void on_any(std::function<void(Socket&, const Event&)> handler);
  /// Calls `handler` with the first argument as the payload of an event that define_event() made. An event whose argument does
  /// not fit is logged, and neither handled nor acknowledged.
  template <class EventType, class Handler>
  requires(define_detail::is_event<EventType>) void on(const EventType& event, Handler handler) {
    on(std::string(event.name), [event, handler = std::move(handler)](Socket& socket, const Event& given) mutable {
      const auto payload = from_json(event, given.arguments.json(0));
      if (!payload) throw std::range_error("the first argument does not fit the event's type");
      if constexpr (std::is_invocable_v<Handler&, Socket&, decltype(*payload), const Event&>)
        handler(socket, *payload, given);
      else
        handler(socket, *payload);
    });
  }

  // --- To clients ---

  /// The sockets in a room, or the one whose id this is.
  [[nodiscard]] Broadcast to(std::string_view room) const { return all().to(room); }
  [[nodiscard]] Broadcast except(std::string_view room) const { return all().except(room); }
  /// All sockets.
  [[nodiscard]] Broadcast all() const { return {state_, {}}; }
  /// An event for all sockets.
  template <class... T>
  Verdict emit(std::string_view event, const T&... values) const {
    return all().emit(event, values...);
  }
  Verdict emit_all(std::string_view event, const Arguments& arguments) const { return all().emit_all(event, arguments); }
  template <class... Done>
  auto fetch_sockets(SocketPage page = {}, Done&&... done) const {
    return all().fetch_sockets(std::move(page), std::forward<Done>(done)...);
  }
  Verdict disconnect_sockets(bool closes_transport = false) const { return all().disconnect(closes_transport); }

 private:
  void add_middleware(std::function<Admission(Socket&)> now, std::function<void(Socket&, Next)> later);

  std::shared_ptr<NamespaceState> state_;
};

}  // namespace dialogue::socketio
