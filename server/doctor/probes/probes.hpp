// The probes of doctor, each on connections of its own. What they share is in probe.hpp.
#pragma once
#include "server/doctor/probes/probe.hpp"

namespace dialogue::doctor {

/// Whether the address leads to Dialogue: name, connection, TLS, /health and /ready. Looks up the name of `route` for all others.
[[nodiscard]] boost::asio::awaitable<AddressResult> probe_address(boost::asio::any_io_executor executor, Route& route);

/// The largest body that a message needs.
[[nodiscard]] boost::asio::awaitable<BodyResult> probe_body(Course course);
/// A request as a page of this origin sends it.
[[nodiscard]] boost::asio::awaitable<OriginResult> probe_origin(Course course);

/// Probes long polling: whether a poll that the server holds is answered, and if not, after how long it is cut.
[[nodiscard]] boost::asio::awaitable<PollResult> probe_poll(Course course);

struct StreamOutcome {
  StreamResult result{};
  Life life{};
};

enum class StreamUse : std::uint8_t {
  compressed,  ///< a short one that accepts compression, as browsers do
  quiet,       ///< only what the server sends by itself
  busy,        ///< an answer each second
};

/// POST /dialogue/stream, with a session of its own: whether its pieces come as they are sent, and how long it stays open.
[[nodiscard]] boost::asio::awaitable<StreamOutcome> probe_stream(Course course, StreamUse use);
/// Probes GET /events, for events of this user. `use` is not `busy`, since the stream has one direction only.
[[nodiscard]] boost::asio::awaitable<StreamOutcome> probe_push(Course course, StreamUse use);

/// A WebSocket: whether it is upgraded, whether frames pass, and how long it stays open. `is_busy`: a frame and its answer pass
/// each second; otherwise only what the server sends by itself.
[[nodiscard]] boost::asio::awaitable<WebSocketResult> probe_websocket(Course course, bool is_busy);

}  // namespace dialogue::doctor
