// Splits a byte stream into lines. Sans-io: bytes and the time are passed in, events are returned.
//
//   std::span<char> input = what was received;
//   for (auto event = reader.next(input, now); event.kind != Kind::need_more; event = reader.next(input, now)) ...
//
// A line that is complete in the input is returned as a view of it; only incomplete ones are copied, so an idle reader holds no
// buffer. Views are valid until the next call. Not thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dialogue::transport {

struct LineEvent {
  /// need_more: the input is used up. too_long, not_utf8: the stream must end; all later input is ignored.
  enum class Kind : std::uint8_t { need_more, line, too_long, not_utf8 };
  Kind kind = Kind::need_more;
  std::span<char> line{};  ///< valid UTF-8 without its LF, nor a CR before that; may be changed in place
};

class LineReader {
 public:
  /// `bytes_max` of one line, its end not counted; `timeout_ms` from the first byte of a line to its last.
  LineReader(std::size_t bytes_max, std::uint64_t timeout_ms) : bytes_max_(bytes_max), timeout_ms_(timeout_ms) {}

  /// The next event in `input`, which is cut at its front by what was used.
  [[nodiscard]] LineEvent next(std::span<char>& input, std::uint64_t now_ms);

  /// The maximum length of lines, from the next one on.
  void allow(std::size_t bytes_max) { bytes_max_ = bytes_max; }

  /// When the line that has begun must be complete; nothing while none has. Passing it is the caller's to see.
  [[nodiscard]] std::optional<std::uint64_t> deadline_ms() const;

 private:
  [[nodiscard]] LineEvent finish(std::span<char> line);
  [[nodiscard]] LineEvent fail(LineEvent::Kind kind);

  std::size_t bytes_max_;
  const std::uint64_t timeout_ms_;
  std::vector<char> begun_;  ///< what has come of a line that is not whole yet; or the line that was returned last
  std::uint64_t begun_ms_ = 0;
  bool is_whole_ = false;  ///< begun_ was returned
  bool ended_ = false;
};

}  // namespace dialogue::transport
