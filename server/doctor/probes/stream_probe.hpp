// Responses without end: the stream of a session over HTTP requests, and the push stream. Whether their pieces come as they are
// sent, and how long they stay open.
#pragma once
#include "server/doctor/probes/probe.hpp"

namespace dialogue::doctor {

struct StreamOutcome {
  StreamResult result{};
  Life life{};
};

enum class StreamUse : std::uint8_t {
  compressed,  ///< a short one that accepts compression, as browsers do
  quiet,       ///< only what the server sends by itself
  busy,        ///< an answer each second
};

/// POST /dialogue/stream, with a session of its own.
[[nodiscard]] boost::asio::awaitable<StreamOutcome> probe_stream(Course course, StreamUse use);
/// GET /events of what is sent to this user. It cannot be busy.
[[nodiscard]] boost::asio::awaitable<StreamOutcome> probe_push(Course course, StreamUse use);

}  // namespace dialogue::doctor
