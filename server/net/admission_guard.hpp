// Where a connection counts as long as it lives: in its loop's load, and among those of its address. A value that is passed on
// with the socket.
#pragma once
#include "server/net/address_limits.hpp"
#include "server/net/connection_count.hpp"

namespace dialogue::net {

struct AdmissionGuard {
  ConnectionCountGuard count;
  AddressLimits::Connection address;
};

}  // namespace dialogue::net
