// The head of a response, from the text of HTTP/1.1 that the HTTP side writes to the fields of HTTP/2. Pure; safe from any
// thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dialogue::http2 {

struct ResponseHead {
  std::size_t size = 0;  ///< of its text, with the empty line; 0: it is not complete yet
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> fields{};  ///< lower-case; without those that are specific to a connection
  std::optional<std::uint64_t> length{};                      ///< of the body; absent: it ends with the connection

  /// 100 Continue and the like, which another head follows.
  [[nodiscard]] bool is_interim() const { return status >= 100 && status < 200; }
  [[nodiscard]] bool has_body(bool is_head_request) const {
    return !is_head_request && status != 204 && status != 304 && length != std::uint64_t{0};
  }
};

/// The head at the front of `text`. Absent: it is not one.
[[nodiscard]] std::optional<ResponseHead> read_response_head(std::string_view text);

}  // namespace dialogue::http2
