// The sockets of a namespace that some rooms name, to be emitted to or moved. A value; safe from any thread.
//
//   io.to("news").to("sports").except("muted").emit("flash", "goal");
#pragma once
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/calls/completion.hpp"
#include "server/socketio/members.hpp"
#include "server/socketio/socket.hpp"
#include "server/socketio/verdict.hpp"

namespace dialogue::socketio {

struct NamespaceState;

/// A page of sockets, sorted by id: at most `limit` (1,000) whose id is greater than `after`. One of fewer is the last.
struct SocketPage {
  std::string after;
  std::size_t limit = 100;
};

class Broadcast {
 public:
  Broadcast(std::shared_ptr<NamespaceState> state, Target target) : state_(std::move(state)), target_(std::move(target)) {}

  /// Also the sockets in this room: at most 1,000 rooms may be named.
  [[nodiscard]] Broadcast to(std::string_view room) const;
  /// Not the sockets in this room, or the one of this id.
  [[nodiscard]] Broadcast except(std::string_view room) const;

  /// Sends an event to each of them, once.
  template <class... T>
  Verdict emit(std::string_view event, const T&... values) const {
    return emit_all(event, arguments(values...));
  }
  Verdict emit_all(std::string_view event, const Arguments& arguments) const;
  /// The same; `done` gets the number of sockets that it was sent to, on a thread of the server.
  void emit_counted(std::string_view event, const Arguments& arguments, std::function<void(EmitResult)> done) const;

  /// Has each of them join or leave a room, or disconnects them.
  Verdict join(std::string_view room) const;
  Verdict leave(std::string_view room) const;
  Verdict disconnect(bool closes_transport = false) const;

  /// A page of them; none when the server does not run, or is busy.
  void fetch_sockets(SocketPage page, std::function<void(std::vector<Socket>)> done) const;
  [[nodiscard]] std::future<std::vector<Socket>> fetch_sockets(SocketPage page = {}) const;
  template <CompletionToken<std::vector<Socket>> Token>
  auto fetch_sockets(SocketPage page, Token&& token) const {
    return completion_detail::complete<std::vector<Socket>>(
        std::forward<Token>(token), [self = *this, page = std::move(page)](auto done) {
          self.fetch_sockets(page, std::function<void(std::vector<Socket>)>(std::move(done)));
        });
  }

 private:
  std::shared_ptr<NamespaceState> state_;
  Target target_;
};

}  // namespace dialogue::socketio
