// The namespaces `/` and `/custom` of the server that the protocol's documents describe tests with: says which `auth` it was
// given, sends `message` back as `message-back`, and acknowledges `message-with-ack` with its arguments (`dialogue serve
// --socketio-echo`).
#pragma once
#include "server/transport/socketio/socketio_client.hpp"

namespace dialogue::transport {

class EchoNamespace : public SocketioNamespace {
 public:
  EchoNamespace(SocketioClient& client, std::string_view nsp) : client_(client), nsp_(nsp) {}

  [[nodiscard]] static std::shared_ptr<SocketioNamespace> make(SocketioClient& client, std::string_view nsp);

  void begin(std::string_view auth) override;
  void on_packet(const SocketioPacket& packet, const std::vector<std::string>& attachments) override;
  void on_left(SocketioEnd) override {}

 private:
  SocketioClient& client_;
  const std::string nsp_;
};

}  // namespace dialogue::transport
