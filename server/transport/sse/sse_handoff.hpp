// A push stream that is granted, until the loop where it will live has opened it. A value of one owner.
#pragma once
#include <utility>

#include "server/core/access/identity.hpp"
#include "server/net/admission_guard.hpp"
#include "server/net/byte_stream.hpp"
#include "server/transport/per_loop.hpp"
#include "server/transport/socket/socket_handoff.hpp"
#include "server/transport/sse/sse_limits.hpp"
#include "server/transport/sse/sse_request.hpp"
#include "server/transport/sse/sse_stream.hpp"
#include "server/transport/sse/sse_texts.hpp"

namespace dialogue::transport {

class SseHandoff : public SocketHandoff {
 public:
  /// `limits` and `texts` outlive the server's loops.
  SseHandoff(net::ByteStream stream, net::AdmissionGuard admission, core::PeerFacts peer, SseOpening opening, SseFrames frames,
             const SseLimits& limits, PerLoop<SseTexts>& texts)
      : SocketHandoff(std::move(stream), std::move(admission), std::move(peer)),
        opening_(std::move(opening)),
        frames_(std::move(frames)),
        limits_(limits),
        texts_(texts) {}

  void open(loop::ShardLoop& loop) override;

 private:
  SseOpening opening_;
  SseFrames frames_;
  const SseLimits& limits_;
  PerLoop<SseTexts>& texts_;
};

}  // namespace dialogue::transport
