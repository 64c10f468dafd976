// Where a loop's new sockets go: into the handshake of what their listener speaks. Outlives the loops; on their threads.
#pragma once
#include "server/http/http_context.hpp"
#include "server/loop/accepted_socket.hpp"

namespace dialogue::http {

class HttpEntrance : public loop::SocketEntrance {
 public:
  explicit HttpEntrance(const HttpContext& context) : context_(context) {}
  void enter(loop::ShardLoop& loop, loop::AcceptedSocket socket) override;

 private:
  const HttpContext& context_;
};

}  // namespace dialogue::http
