// A namespace that the application has registered: its handlers, which do not change while the server runs.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/socketio/admission.hpp"
#include "server/socketio/socket.hpp"

namespace dialogue::socketio {

class Hub;

/// One step before a client is connected: `now` is synchronous, `later` answers by its Next.
struct Middleware {
  std::function<Admission(Socket&)> now;
  std::function<void(Socket&, Next)> later;
};

using EventHandler = std::function<void(Socket&, const Event&)>;

struct NamespaceState {
  NamespaceState(std::string its_name, std::weak_ptr<Hub> its_hub) : name(std::move(its_name)), hub(std::move(its_hub)) {}

  const std::string name;
  const std::weak_ptr<Hub> hub;
  std::vector<Middleware> middleware;
  std::vector<std::function<void(Socket&)>> connect_handlers;
  std::vector<std::function<void(Socket&, std::string_view)>> disconnect_handlers;
  std::map<std::string, std::vector<EventHandler>, std::less<>> event_handlers;
  std::vector<EventHandler> any_handlers;

  /// They may hold what holds this.
  void forget_handlers() {
    middleware.clear();
    connect_handlers.clear();
    disconnect_handlers.clear();
    event_handlers.clear();
    any_handlers.clear();
  }
};

}  // namespace dialogue::socketio
