// See socketio_endpoint.hpp.
#include "server/transport/socketio/socketio_endpoint.hpp"

#include <utility>

#include "server/transport/engineio/engine_echo.hpp"
#include "server/transport/socketio/echo_namespace.hpp"

namespace dialogue::transport {

SocketioEndpoint::SocketioEndpoint(const SocketioLimits& limits, const CatalogueView& catalogue, std::uint32_t loop_count,
                                   MakeNamespace applications)
    : limits_(limits), context_(catalogue, limits.pids_max) {
  if (!limits_.is_served) return;
  if (limits_.is_echo)
    make_ = EchoNamespace::make;
  else
    make_ = [this, applications = std::move(applications)](SocketioClient& client,
                                                           std::string_view nsp) -> std::shared_ptr<SocketioNamespace> {
      if (auto made = applications ? applications(client, nsp) : nullptr) return made;
      if (nsp != "/") return nullptr;
      return std::make_shared<RoomsSocket>(client, context_);
    };
  endpoints_.push_back(std::make_unique<EngineEndpoint>(limits_.engine, loop_count, [this](EngineSession& session) {
    return std::make_unique<SocketioClient>(session, limits_, make_);
  }));
  if (!limits_.is_echo) return;
  EngineLimits bare = limits_.engine;
  bare.path = "/engine.io";
  endpoints_.push_back(std::make_unique<EngineEndpoint>(
      bare, loop_count, [](EngineSession& session) { return std::make_unique<EngineEcho>(session); }));
}

}  // namespace dialogue::transport
