// A client that speaks the protocol's frames as JSON values, on the raw client of the network tests. Every wait has a deadline
// and fails the test when it passes. One thread at a time.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "shared/protocol/frames.hpp"
#include "tests/server/support/test_client.hpp"

namespace dialogue::test {

using nlohmann::json;

class FrameClient {
 public:
  /// Connects, and says HELLO as `user`.
  FrameClient(std::uint16_t port, const std::string& user) : FrameClient({{"identity", {{"userId", user}}}}, port) {}

  /// Connects, and says HELLO with a token.
  [[nodiscard]] static FrameClient with_token(std::uint16_t port, const std::string& token) {
    return FrameClient({{"token", token}}, port);
  }

  void send(const json& frame) { client_.send_text(frame.dump()); }

  /// The next frame, whatever it is.
  [[nodiscard]] json next() { return json::parse(client_.next_frame()); }

  /// The next frame of a type; others are passed over.
  [[nodiscard]] json wait_for(FrameType type) {
    for (;;)
      if (json frame = json::parse(client_.next_frame()); frame.at(0) == static_cast<int>(type)) return frame;
  }

  /// Joins a room: the JOINED frame.
  json join(const std::string& room, int req = 1) {
    send(json::array({2, req, 0, 0, 0, room, json::object()}));
    return wait_for(FrameType::joined);
  }

  /// Ends the connection: a server that stops waits for clients that are still there.
  void reset() { client_.reset(); }

  /// Reads on until the server's Close: its code.
  [[nodiscard]] std::uint16_t wait_for_close() { return client_.next_close(); }

 private:
  FrameClient(const json& hello, std::uint16_t port) : client_(port) {
    client_.upgrade();
    send(json::array({1, 1, 0, 0, hello}));
  }

  TestClient client_;
};

}  // namespace dialogue::test
