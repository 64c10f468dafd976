// All namespaces of an instance: those that are registered, the loops that have their sockets, and the one order in which calls
// reach these. Safe from any thread. Handles keep their namespaces; the instance keeps the hub, and ends it after its server.
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/socketio/loop_share.hpp"
#include "server/socketio/namespace_state.hpp"
#include "server/socketio/once.hpp"
#include "server/transport/socketio/socketio_client.hpp"

namespace dialogue::socketio {

class Hub : public std::enable_shared_from_this<Hub> {
 public:
  /// `fail` receives the exceptions of the application's callbacks.
  Hub(Later later, std::function<void(const char* what)> fail) : later_(std::move(later)), fail_(std::move(fail)) {}

  /// The namespace of this name, registered if it is not. Throws SetupError: not a name, too many, or the server runs already.
  [[nodiscard]] std::shared_ptr<NamespaceState> add(std::string_view name);
  /// Null: it is not registered.
  [[nodiscard]] std::shared_ptr<NamespaceState> find(std::string_view name) const;
  /// While it serves, nothing is registered.
  void serve(bool is_serving);
  /// Throws SetupError while it serves.
  void refuse_late(const std::string& which) const;

  /// For a client that connects, on its loop's thread. Null: there is no such namespace.
  [[nodiscard]] std::shared_ptr<transport::SocketioNamespace> make(transport::SocketioClient& client, std::string_view nsp);

  /// Posts a call of this number of bytes to one loop, or to all of them, in the order of these calls. The part of the own
  /// thread's loop is executed immediately. Refused as a whole, and dropped, unless the verdict is ok.
  Verdict ask(LoopShare& part, LoopShare::Call call, std::size_t bytes);
  /// `make` gets the number of loops that will make its call.
  Verdict ask_all(const std::function<LoopShare::Call(std::size_t loops)>& make, std::size_t bytes);

  /// A question that is answered once; what `done` throws is reported.
  template <typename Result>
  [[nodiscard]] std::shared_ptr<Once<Result>> once(std::function<void(Result)> done, Result when_dropped) const {
    const auto guarded = [done = std::move(done), fail = fail_](Result result) {
      try {
        done(std::move(result));
      } catch (const std::exception& fault) { fail(fault.what()); } catch (...) {
        fail("an exception that is not a std::exception");
      }
    };
    return std::make_shared<Once<Result>>(guarded, std::move(when_dropped), later_);
  }

  /// The server is gone: calls are `closed` from here on, and handlers are freed.
  void end();

 private:
  [[nodiscard]] std::shared_ptr<LoopShare> part_of(loop::ShardLoop& loop);

  const Later later_;
  const std::function<void(const char* what)> fail_;

  mutable std::mutex names_mutex_;
  std::map<std::string, std::shared_ptr<NamespaceState>, std::less<>> namespaces_;  ///< at most kNamespacesMax
  bool is_serving_ = false;

  std::mutex order_mutex_;                                              ///< of all calls
  std::map<const loop::ShardLoop*, std::shared_ptr<LoopShare>> parts_;  ///< as many as the server has loops, at most
  bool has_ended_ = false;
};

}  // namespace dialogue::socketio
