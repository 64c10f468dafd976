// Bounds of the HTTP side. Sources: docs/decisions/042-http-limits.md. A plain value.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dialogue::http {

struct HttpLimits {
  std::size_t header_bytes_max =
      8 * 1024;                            ///< request line and all fields; over it 431, or 414 when the target alone is too long
  std::size_t header_fields_max = 64;      ///< over it 431
  std::size_t body_bytes_max = 64 * 1024;  ///< over it 413: what is read and dropped; bodies of the API have a bound of their own
  std::uint64_t header_timeout_ms = 5'000;       ///< for the whole header, from the first byte, or from the connection
  std::uint64_t keep_alive_timeout_ms = 75'000;  ///< for the next request of a kept connection to begin
  std::uint64_t body_timeout_ms = 15'000;        ///< for the whole body
  std::uint64_t write_timeout_ms = 15'000;       ///< for the whole answer, plus 1 s for each 64 KiB of it
  std::uint64_t answer_timeout_ms = 15'000;      ///< for the API to know what to answer; over it 503
  std::uint64_t ready_timeout_ms = 2'000;        ///< for the store to answer /ready; over it 503
  std::uint64_t ready_age_ms = 1'000;            ///< the lifetime of its answer
  std::uint64_t linger_timeout_ms = 2'000;       ///< for the peer to read a refusal before the socket is closed
};

/// Room of every read buffer: what Beast itself does not bound (chunk extensions, trailers) ends here.
inline constexpr std::size_t kHttpBufferBytesMax = 64 * 1024;

}  // namespace dialogue::http
