// An instance with the namespace "/x", and the handles of its sockets. The fixture's calls may come from any thread.
#pragma once
#include <dialogue/dialogue.hpp>

#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/server/embed/test_app.hpp"
#include "tests/server/socketio/socketio_client.hpp"

namespace dialogue::test {

namespace sio = dialogue::socketio;

/// An instance that listens once its namespaces are set.
struct Fixture {
  explicit Fixture(std::uint32_t shards = 3)
      : server(create_dialogue([shards] {
          Config config = test_config();
          config.shards = shards;
          config.drain_timeout_ms = 300;
          return config;
        }())) {}
  SioClient connect(const std::string& auth = "") { return SioClient(server.port(), "/x", auth); }

  Instance server;
  sio::Namespace io = server.socketio("/x");
};

/// Handles that handlers give to the test's thread.
class Sockets {
 public:
  void watch(sio::Namespace& io) {
    io.on_connect([this](sio::Socket& socket) {
      const std::lock_guard lock(mutex_);
      all_.push_back(socket);
    });
  }
  sio::Socket of(const std::string& id) {
    const std::lock_guard lock(mutex_);
    for (const sio::Socket& each : all_)
      if (each.id() == id) return each;
    throw std::runtime_error("no socket " + id);
  }

 private:
  std::mutex mutex_;
  std::vector<sio::Socket> all_;
};

}  // namespace dialogue::test
