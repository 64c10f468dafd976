// See tunnel_call.hpp.
#include "server/transport/http_tunnel/tunnel_call.hpp"

#include "server/core/util/time.hpp"
#include "server/http/response/http_response.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/transport/http_tunnel/stream_response.hpp"
#include "server/transport/http_tunnel/tunnel_answer.hpp"
#include "server/transport/http_tunnel/tunnel_table.hpp"
#include "server/transport/stream_texts.hpp"

namespace dialogue::transport {
namespace {

constexpr std::uint64_t kPatienceMs = 5'000;  ///< beyond the time of a poll

}  // namespace

// Its loop has stopped, or drains. The socket of a stream closes with it.
TunnelCall::~TunnelCall() {
  if (!respond_) return;
  respond_(tunnel_refusal(kUnavailable, "The server is shutting down.", core::kMsPerSecond, origin_, ErrorCode::draining));
}

void TunnelCall::take_socket(net::ByteStream stream, net::AdmissionGuard admission) {
  socket_ = std::make_unique<Socket>(Socket{std::move(stream), std::move(admission)});
}

std::uint64_t TunnelCall::wait_ms() const { return (kind_ == Kind::poll ? request_->hold_ms : 0) + kPatienceMs; }

void TunnelCall::count_in(net::ConnectionCountGuard count) {
  if (socket_) socket_->admission.count = std::move(count);
}

void TunnelCall::open(loop::ShardLoop& loop) { tables_.of(loop).serve(loop, *this); }

void TunnelCall::respond(http::HttpResponse response) {
  if (const http::Responder respond = take_respond()) return respond(std::move(response));
  if (!socket_) return;
  Socket socket = take_socket_from();
  const auto out = std::make_shared<StreamResponse>(to_, std::move(socket.stream), std::move(socket.admission), limits_);
  if (!out->begin(nullptr)) return;
  out->append(http::response_head(response, false, static_cast<std::int64_t>(to_.now().unix_ms / core::kMsPerSecond)));
  if (response.body) out->append(*response.body);
  out->finish();
}

}  // namespace dialogue::transport
