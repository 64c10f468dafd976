// What all loops of one server share. Immutable while they run, so that no lock is needed.
#pragma once
#include "server/net/http_router.hpp"
#include "server/net/server_config.hpp"

namespace dialogue {

struct ServerContext {
  ServerConfig config;
  HttpRouter router;

  void log(const LogLine& line) const {
    if (config.log) config.log(line);
  }
};

}  // namespace dialogue
