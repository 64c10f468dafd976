// A client's recording, read line by line. Each line is a JSON array (js/src/recorder.ts writes them):
//
//   ["dialogue-client-recording", 1, client version, seed, 1 with payloads, bytes that are kept, calls that are gone]
//   [name of an export, [its arguments], its result (null: none, "trap": the module failed), [numbers in the area], text]
//   ["end", number of calls, those that are gone included]
//
// The area has its values before receive() and after next(), publish() and position(). The text is the subject of the call: the
// rest of a frame after its integers, a room's id, the catalogue in base64, or a payload, which is masked if payloads are not
// kept. Reads a borrowed text; not thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::client {

inline constexpr std::string_view kRecordingName = "dialogue-client-recording";
inline constexpr std::uint64_t kRecordingVersion = 1;

struct RecordingHead {
  std::string client_version;
  double seed = 0;
  bool keeps_payloads = false;
  std::uint64_t bytes_max = 0, dropped = 0;  ///< dropped: the oldest calls, for want of space
};

struct RecordedCall {
  std::string name;
  std::vector<double> arguments;
  std::optional<double> result;
  bool trapped = false;  ///< the module failed in it
  std::vector<double> area;
  std::string text;
};

class RecordingReader {
 public:
  explicit RecordingReader(std::string_view text) : rest_(text) {}

  /// Reads the first line. Returns what is wrong with it; empty when nothing is.
  [[nodiscard]] std::string read_head(RecordingHead& head);
  /// Reads the next call; returns false after the last, or if the recording is malformed: see problem().
  [[nodiscard]] bool next(RecordedCall& call);
  /// The line that was read last, from 1 on.
  [[nodiscard]] std::size_t line() const { return line_; }
  /// Returns what is wrong with the recording, with the line; empty: nothing is.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  [[nodiscard]] std::string_view take_line();
  bool fail(std::string_view what);

  std::string_view rest_;
  std::string problem_;
  std::size_t line_ = 0;
  std::uint64_t dropped_ = 0, calls_ = 0;
};

}  // namespace dialogue::client
