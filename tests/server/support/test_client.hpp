// A blocking client over a plain TCP socket, for tests that must send exactly these bytes. Every wait has a deadline and fails
// the test when it passes; nothing sleeps. One thread at a time.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/net/socket.hpp"
#include "tests/patience.hpp"
#include "tests/server/transport/websocket/websocket_events.hpp"

namespace dialogue::test {

using namespace net;
using namespace transport;

using testing::kPatienceMs;

struct HttpReply {
  unsigned status = 0;
  std::string head, body;
  [[nodiscard]] std::string field(std::string_view name) const;  ///< empty: absent; names as the server writes them
};

class TestClient {
 public:
  /// Connects to 127.0.0.1.
  explicit TestClient(std::uint16_t port);
  /// Connects a socket that was made before.
  TestClient(std::uint16_t port, Descriptor socket);

  /// Sends everything, or as much as the peer takes before it closes; false: it closed. Fails the test when the peer stops
  /// reading.
  bool send(std::string_view bytes);
  /// One answer to a request. `is_head`: it has no body, whatever its length says.
  [[nodiscard]] HttpReply reply(bool is_head = false);
  /// What has come, up to the end of `part`. Fails the test when the peer closes before.
  [[nodiscard]] std::string read_through(std::string_view part);
  /// Everything until the peer closes.
  [[nodiscard]] std::string read_to_end();
  /// Nothing is there to be read now.
  [[nodiscard]] bool silent();
  /// Waits until bytes are there or the peer has closed, at most `timeout_ms`; false: the time is up.
  [[nodiscard]] bool wait_readable(int timeout_ms);

  /// A WebSocket handshake; fails the test unless it is accepted. `fields` are added to the request.
  void upgrade(std::string_view fields = "");
  bool send_text(std::string_view text) { return send(client_frame(Opcode::text, text)); }
  /// The next WebSocket event. `Kind::need_more`: the peer has closed the connection.
  [[nodiscard]] Seen next();
  /// The next frame of the protocol: a packed message is taken apart. Fails the test when something else comes first.
  [[nodiscard]] std::string next_frame();
  /// Frames and pings are passed over until the peer's Close, whose code is returned; 0: it closed without one.
  [[nodiscard]] std::uint16_t next_close();
  /// Ends the connection by a reset, as a crashed peer's system does.
  void reset();

  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  bool fill();  ///< false: the peer has closed

  Descriptor socket_;
  std::string received_;
  std::vector<std::string> frames_;  ///< of a packed message, last first
  WebSocketReader reader_;
  std::vector<Seen> events_;  ///< last first
};

/// A request as people write it, with a Host.
[[nodiscard]] std::string get_request(std::string_view target, std::string_view fields = "");
[[nodiscard]] std::string upgrade_request(std::string_view fields = "", std::string_view host = "127.0.0.1");

}  // namespace dialogue::test
