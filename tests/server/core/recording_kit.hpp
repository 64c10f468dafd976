// A bug report becomes a test: a recording that somebody sent, run again, its decisions compared with those that are right.
//
//   1. put it at tests/server/core/recordings/NAME.rec
//   2. dialogue replay tests/server/core/recordings/NAME.rec > tests/server/core/recordings/NAME.expected
//   3. mend NAME.expected where the decisions are wrong: that is the failing test
//   4. TEST_CASE("what must not happen again") { check_recording("NAME"); }
//
// When decisions change on purpose, step 2 renews the expectation. Used by one test at a time.
#pragma once
#include <catch2/catch.hpp>
#include <sstream>
#include <string>

#include "server/replay/recorder.hpp"
#include "server/replay/replay.hpp"
#include "server/replay/replay_text.hpp"
#include "tests/file_bytes.hpp"
#include "tests/source_dir.hpp"

namespace dialogue::testing {

using namespace replay;

[[nodiscard]] inline RecordingOptions recording_options(bool keeps_payloads) {
  RecordingOptions options;
  options.keeps_payloads = keeps_payloads;
  options.salt = "salt";
  return options;
}

[[nodiscard]] inline std::string recording_file(const std::string& name) {
  const std::string path = source_dir() + "/tests/server/core/recordings/" + name;
  if (!std::filesystem::exists(path)) FAIL(path << " is not there");
  return file_bytes(path);
}

/// Replays recordings/NAME.rec and compares it, line by line, with recordings/NAME.expected.
inline void check_recording(const std::string& name) {
  std::string replayed;
  const ReplayReport report =
      replay::verify(recording_file(name + ".rec"), [&](const ReplayedInput& input) { replayed += text_of(input); });
  replayed += text_of(report);
  std::istringstream now(replayed), then(recording_file(name + ".expected"));
  std::string line, expected;
  for (std::size_t number = 1; std::getline(then, expected); ++number) {
    INFO(name << ".expected, line " << number);
    std::getline(now, line);
    REQUIRE(line == expected);
  }
  CHECK_FALSE(std::getline(now, line));
}

}  // namespace dialogue::testing
