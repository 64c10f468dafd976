// See echo_namespace.hpp.
#include "server/transport/socketio/echo_namespace.hpp"

#include "server/net/session_id.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {

std::shared_ptr<SocketioNamespace> EchoNamespace::make(SocketioClient& client, std::string_view nsp) {
  if (nsp != "/" && nsp != "/custom") return nullptr;
  return std::make_shared<EchoNamespace>(client, nsp);
}

void EchoNamespace::begin(std::string_view auth) {
  client_.send(socketio_head(SocketioType::connect, nsp_) + JsonText().text("sid", net::make_session_id(0)).take());
  client_.send(socketio_head(SocketioType::event, nsp_) + R"(["auth",)" + std::string(auth.empty() ? "{}" : auth) + "]");
}

void EchoNamespace::on_packet(const SocketioPacket& packet, const std::vector<std::string>& attachments) {
  if (packet.type != SocketioType::event && packet.type != SocketioType::binary_event) return;
  if (packet.fault != ErrorCode::ok) return;
  const SocketioEvent event = read_socketio_event(packet.data);
  if (event.name == "message") {
    std::string text = socketio_head(packet.type, nsp_, {}, packet.attachments) + R"(["message-back")";
    client_.send(text.append(event.rest), attachments);
  } else if (event.name == "message-with-ack" && packet.id) {
    const auto type = packet.attachments > 0 ? SocketioType::binary_ack : SocketioType::ack;
    std::string text = socketio_head(type, nsp_, packet.id, packet.attachments) + "[";
    client_.send(text.append(event.rest.substr(event.rest.starts_with(',') ? 1 : 0)), attachments);
  }
}

}  // namespace dialogue::transport
