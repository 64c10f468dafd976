// A connection over a socket that is granted, until the loop where it will live has opened it. A value of one owner.
#pragma once
#include <utility>

#include "server/core/access/identity.hpp"
#include "server/net/admission_guard.hpp"
#include "server/net/byte_stream.hpp"
#include "server/transport/handoff.hpp"

namespace dialogue::transport {

class SocketHandoff : public Handoff {
 public:
  void count_in(net::ConnectionCountGuard count) final { admission_.count = std::move(count); }

 protected:
  SocketHandoff(net::ByteStream stream, net::AdmissionGuard admission, core::PeerFacts peer)
      : stream_(std::move(stream)), admission_(std::move(admission)), peer_(std::move(peer)) {}

  net::ByteStream stream_;
  net::AdmissionGuard admission_;
  core::PeerFacts peer_;
};

}  // namespace dialogue::transport
