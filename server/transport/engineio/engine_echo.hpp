// Sends each message back: the behaviour that the protocol's document describes tests with (`dialogue serve --socketio-echo`).
#pragma once
#include "server/transport/engineio/engine_client.hpp"

namespace dialogue::transport {

class EngineEcho : public EngineClient {
 public:
  explicit EngineEcho(EngineSession& session) : session_(session) {}
  void on_message(std::span<char> data, bool is_binary) override;

 private:
  EngineSession& session_;
};

}  // namespace dialogue::transport
