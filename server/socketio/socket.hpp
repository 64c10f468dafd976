// A client's connection to one namespace, as the application sees it: a handle, which may be copied, kept, and used after the
// client has left; its calls then do nothing. Safe from any thread. A handler's calls to the sockets of its own thread are
// executed immediately. Calls of one thread are always executed in order, and all sockets receive broadcasts in the same order.
//
//   io.on("join", [](socketio::Socket& socket, const socketio::Event& event) {
//     socket.join("room-1");
//     socket.to("room-1").emit("joined", socket.id());
//     event.ack("welcome");
//   });
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/calls/completion.hpp"
#include "server/socketio/arguments.hpp"
#include "server/socketio/verdict.hpp"

namespace dialogue::socketio {

class Broadcast;
struct SocketRecord;

/// What a client came with.
struct Handshake {
  std::string auth;           ///< the JSON object that the client gave as `auth`; "{}" where it gave none
  std::string address;        ///< of the client, textual, as a trusted proxy reports it
  std::string origin;         ///< of the page, where it is not the server's own
  std::uint64_t unix_ms = 0;  ///< when it connected
};

class Socket {
 public:
  explicit Socket(std::shared_ptr<SocketRecord> record) : record_(std::move(record)) {}

  /// Random, and new with each connection. It is also the name of a room that has this socket alone.
  [[nodiscard]] const std::string& id() const;
  [[nodiscard]] const std::string& nsp() const;
  [[nodiscard]] const Handshake& handshake() const;
  [[nodiscard]] bool is_connected() const;
  /// The rooms that it is in, besides that of its id.
  [[nodiscard]] std::vector<std::string> rooms() const;
  /// A text that the application keeps with the socket, for example JSON; empty at first.
  [[nodiscard]] std::string data() const;
  void set_data(std::string data) const;

  /// Sends an event to this client alone. Values: see Arguments::add().
  template <class... T>
  Verdict emit(std::string_view event, const T&... values) const {
    return emit_all(event, arguments(values...));
  }
  /// Like emit(), but takes the arguments as one object.
  Verdict emit_all(std::string_view event, const Arguments& arguments) const;

  /// Sends an event and waits at most `timeout` for the client's acknowledgement. `done` is called once, on a thread of the
  /// server, as a handler is.
  void emit_with_ack(std::chrono::milliseconds timeout, std::string_view event, const Arguments& arguments,
                     std::function<void(AckResult)> done) const;
  [[nodiscard]] std::future<AckResult> emit_with_ack(std::chrono::milliseconds timeout, std::string_view event,
                                                     const Arguments& arguments) const;
  template <CompletionToken<AckResult> Token>
  auto emit_with_ack(std::chrono::milliseconds timeout, std::string_view event, const Arguments& arguments, Token&& token) const {
    return completion_detail::complete<AckResult>(
        std::forward<Token>(token), [self = *this, timeout, event = std::string(event), arguments](auto done) {
          self.emit_with_ack(timeout, event, arguments, std::function<void(AckResult)>(std::move(done)));
        });
  }

  /// Rooms are names of 1 to 256 bytes. A socket is in at most 1,000; a further one is refused by a line in the log.
  Verdict join(std::string_view room) const;
  Verdict leave(std::string_view room) const;

  /// All sockets in a room but this one; more rooms may follow.
  [[nodiscard]] Broadcast to(std::string_view room) const;
  /// All sockets of the namespace but this one.
  [[nodiscard]] Broadcast broadcast() const;

  /// Ends the client's connection to this namespace (it does not reconnect by itself), or to all of them, with the transport.
  Verdict disconnect(bool closes_transport = false) const;

  friend bool operator==(const Socket&, const Socket&) = default;

 private:
  friend class Next;
  std::shared_ptr<SocketRecord> record_;
};

/// Answers an event, where its client waits for that. May be copied and called later, on any thread; the first call counts.
class Ack {
 public:
  Ack() = default;
  Ack(std::shared_ptr<SocketRecord> record, std::uint64_t id);

  /// Whether the client waits for an answer.
  explicit operator bool() const { return answer_ != nullptr; }
  template <class... T>
  void operator()(const T&... values) const {
    send(arguments(values...));
  }
  void send(const Arguments& arguments) const;

 private:
  struct Answer;
  std::shared_ptr<Answer> answer_;
};

/// What a client has emitted.
struct Event {
  std::string name;
  Arguments arguments;
  Ack ack;
};

}  // namespace dialogue::socketio
