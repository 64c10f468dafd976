// Bounds of HTTP/2 connections. Those that an operator may need are settings; the others are constants with the reason beside
// them. A plain value.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>

namespace dialogue::http2 {

struct Http2Limits {
  std::uint32_t streams_max = 100;  ///< concurrently per connection; 0: HTTP/2 is not offered
  std::size_t sockets_max =
      std::numeric_limits<std::size_t>::max();  ///< of the server: beyond, a request is refused (a stream takes two)
  std::uint64_t header_timeout_ms = 5'000;      ///< for the preface and SETTINGS, and for each header block
  std::uint64_t idle_timeout_ms = 75'000;       ///< without a stream, until the connection is closed in order
  std::uint64_t stall_timeout_ms = 15'000;      ///< the time without progress after which a stream, or the connection, is cut
  std::uint64_t linger_timeout_ms = 2'000;      ///< for the peer to read GOAWAY before the socket is closed
  std::uint64_t goaway_delay_ms = 1'000;        ///< at drain, between the notice and the last stream that is accepted
  std::uint64_t ping_interval_ms = 25'000;      ///< silence after which a peer that has streams is pinged
  std::uint64_t ping_timeout_ms = 8'000;        ///< and the time limit of the answer
};

/// The maximum of body bytes that are received and not read: for one stream the default of RFC 9113 section 6.9.2, which needs no
/// SETTINGS; for the connection sixteen times as many, so that one stream that is read slowly does not stop the others.
inline constexpr std::int32_t kStreamWindowBytes = 65'535;
inline constexpr std::int32_t kConnectionWindowBytes = 1024 * 1024;

/// A request head beyond HttpLimits::header_bytes_max is answered with 431. One beyond this, decoded and counted as RFC 9113
/// section 6.5.2 does, or longer on the wire, ends the connection: HPACK makes four kilobytes out of one byte.
inline constexpr std::size_t kHeaderListBytesMax = 32 * 1024;
inline constexpr std::size_t kHeaderBlockBytesMax = 32 * 1024;

/// The maximum of output that is formed ahead, and a frame; the rest waits at the stream's source.
inline constexpr std::size_t kOutputBytesMax = 16 * 1024;
/// What the system may hold between a request and its stream, each way; it counts its own overhead too.
inline constexpr int kPipeBytesMax = 64 * 1024;
/// The head of a response of ours.
inline constexpr std::size_t kResponseHeadBytesMax = 16 * 1024;

/// Frames that carry nothing (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, RST_STREAM, empty DATA, CONTINUATION, invalid ones;
/// libnghttp2 skips unknown ones): the burst, and the number per second. A DATA frame that was sent pays for two.
inline constexpr std::uint32_t kIdleFramesMax = 1'000, kIdleFramesPerSecond = 100, kIdleFramesPerData = 2;
/// Streams that ended before their response (CVE-2023-44487, CVE-2025-8671): the burst, and the number per second.
inline constexpr std::uint32_t kCancelledStreamsMax = 200, kCancelledStreamsPerSecond = 20;

}  // namespace dialogue::http2
