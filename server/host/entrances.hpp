// Where a loop's new sockets go, by the listener that accepted them. Outlives the loops; on their threads.
#pragma once
#include <utility>

#include "server/http/http_entrance.hpp"
#include "server/loop/accepted_socket.hpp"
#include "server/transport/tcp/tcp_entrance.hpp"

namespace dialogue::host {

class Entrances : public loop::SocketEntrance {
 public:
  Entrances(const http::HttpContext& http, const transport::TcpContext& tcp) : http_(http), tcp_(tcp) {}

  void enter(loop::ShardLoop& loop, loop::AcceptedSocket socket) override {
    const bool is_tcp = socket.listener == loop::ListenerKind::tcp || socket.listener == loop::ListenerKind::tcp_tls;
    is_tcp ? tcp_.enter(loop, std::move(socket)) : http_.enter(loop, std::move(socket));
  }

 private:
  http::HttpEntrance http_;
  transport::TcpEntrance tcp_;
};

}  // namespace dialogue::host
