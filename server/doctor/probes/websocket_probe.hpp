// A WebSocket: whether it is upgraded, whether frames pass, and how long it stays open.
#pragma once
#include "server/doctor/probes/probe.hpp"

namespace dialogue::doctor {

/// `is_busy`: a frame and its answer pass each second; otherwise only what the server sends by itself.
[[nodiscard]] boost::asio::awaitable<WebSocketResult> probe_websocket(Course course, bool is_busy);

}  // namespace dialogue::doctor
