// See http_entrance.hpp.
#include "server/http/http_entrance.hpp"

#include <utility>

#include "server/http/http_session.hpp"
#include "server/http/plain_handshake.hpp"

namespace dialogue::http {

void HttpEntrance::enter(loop::ShardLoop& loop, loop::AcceptedSocket socket) {
  if (socket.place && socket.place->is_lost) return;
  if (socket.received.size() > kHttpBufferBytesMax) return;  // an adopted request that no limit of ours would let pass
  if (socket.listener == loop::ListenerKind::tls)
    HttpSession::begin(loop, context_, std::move(socket));
  else if (socket.listener == loop::ListenerKind::http2_stream)
    HttpSession::begin_stream(loop, context_, std::move(socket));
  else
    PlainHandshake::begin(loop, context_, std::move(socket));
}

}  // namespace dialogue::http
