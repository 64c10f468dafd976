// See namespace.hpp.
#include "server/socketio/namespace.hpp"

#include "server/socketio/hub.hpp"
#include "shared/base/setup_error.hpp"

namespace dialogue::socketio {
namespace {

void refuse_late(const NamespaceState& state, const char* which) {
  const auto hub = state.hub.lock();
  if (!hub) throw SetupError(which, "the instance was destroyed", "");
  hub->refuse_late("socketio(\"" + state.name + "\")." + which);
}

}  // namespace

const std::string& Namespace::name() const { return state_->name; }

void Namespace::add_middleware(std::function<Admission(Socket&)> now, std::function<void(Socket&, Next)> later) {
  refuse_late(*state_, "use");
  state_->middleware.push_back({std::move(now), std::move(later)});
}

void Namespace::on_connect(std::function<void(Socket&)> handler) {
  refuse_late(*state_, "on_connect");
  state_->connect_handlers.push_back(std::move(handler));
}

void Namespace::on_disconnect(std::function<void(Socket&, std::string_view)> handler) {
  refuse_late(*state_, "on_disconnect");
  state_->disconnect_handlers.push_back(std::move(handler));
}

void Namespace::on(std::string event, std::function<void(Socket&, const Event&)> handler) {
  refuse_late(*state_, "on");
  state_->event_handlers[std::move(event)].push_back(std::move(handler));
}

void Namespace::on_any(std::function<void(Socket&, const Event&)> handler) {
  refuse_late(*state_, "on_any");
  state_->any_handlers.push_back(std::move(handler));
}

}  // namespace dialogue::socketio
