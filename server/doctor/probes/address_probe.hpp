// Whether the address leads to Dialogue: name, connection, TLS, /health and /ready.
#pragma once
#include "server/doctor/probes/probe.hpp"

namespace dialogue::doctor {

/// Looks up the name of `route` for all other probes.
[[nodiscard]] boost::asio::awaitable<AddressResult> probe_address(boost::asio::any_io_executor executor, Route& route);

}  // namespace dialogue::doctor
