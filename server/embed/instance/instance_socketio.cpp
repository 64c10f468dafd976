// Namespaces of Socket.IO that the application serves.
#include <dialogue/instance.hpp>

#include <utility>

#include "server/embed/instance/instance_state.hpp"
#include "server/socketio/namespace.hpp"

namespace dialogue {
namespace {

ErrorCode code_of(socketio::Verdict verdict) {
  switch (verdict) {
    case socketio::Verdict::ok:
      return ErrorCode::ok;
    case socketio::Verdict::busy:
      return ErrorCode::rate_limited;
    case socketio::Verdict::closed:
      return ErrorCode::draining;
    case socketio::Verdict::invalid:
      break;
  }
  return ErrorCode::request_invalid;
}

}  // namespace

void serve_namespaces(host::ServerConfig& server_config, const std::shared_ptr<socketio::Hub>& hub) {
  server_config.socketio_applications = [hub](transport::SocketioClient& client, std::string_view nsp) {
    return hub->make(client, nsp);
  };
  server_config.api.emit = [hub](api::Emission what, std::function<void(ErrorCode, std::size_t)> done) {
    const auto state = hub->find(what.nsp);
    if (!state) return done(ErrorCode::not_supported, 0);
    socketio::Arguments arguments;
    for (std::string& argument : what.arguments) arguments.add_json(std::move(argument));
    const socketio::Broadcast sockets(state, {std::move(what.rooms), std::move(what.except)});
    sockets.emit_counted(what.event, arguments,
                         [done = std::move(done)](socketio::EmitResult sent) { done(code_of(sent.verdict), sent.sockets); });
  };
}

socketio::Namespace Instance::socketio(std::string_view name) {
  if (!state_->config.serves_socketio || state_->config.socketio_echo)
    throw SetupError("socketio(\"" + std::string(name) + "\")", "this instance does not serve Socket.IO clients",
                     "Set Config::serves_socketio, and do not set socketio_echo.");
  return socketio::Namespace(state_->socketio->add(name));
}

}  // namespace dialogue
