// Middleware that never decides: its session closes in time, and its late answer does nothing.
#include <dialogue/dialogue.hpp>

#include <catch2/catch.hpp>
#include <mutex>
#include <vector>

#include "tests/server/embed/test_app.hpp"
#include "tests/server/socketio/socketio_client.hpp"

using namespace dialogue;
using namespace dialogue::test;
namespace sio = dialogue::socketio;

TEST_CASE("a client whose middleware does not decide within its time is closed, and its later answer does nothing", "[timed]") {
  std::mutex mutex;
  std::vector<sio::Next> kept;
  bool is_connected = false;
  Instance server = create_dialogue(test_config());
  sio::Namespace io = server.socketio("/x");
  io.use([&](sio::Socket&, const sio::Next& next) {
    const std::lock_guard lock(mutex);
    kept.push_back(next);
  });
  io.on_connect([&](sio::Socket&) { is_connected = true; });
  server.listen();
  SioClient ann(server.port());
  ann.send("40/x,");
  ann.await_close();
  {
    const std::lock_guard lock(mutex);
    REQUIRE(kept.size() == 1);
    kept.front().allow();
  }
  CHECK(value_of(io.fetch_sockets()).empty());
  server.stop();
  CHECK_FALSE(is_connected);
}
