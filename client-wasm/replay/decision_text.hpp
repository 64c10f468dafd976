// The inputs and decisions of a client in words: kinds, frames, states and errors by their names, rooms by their ids, times
// since the beginning of the recording. Not thread-safe.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "client-wasm/replay/calls.hpp"

namespace dialogue::client {

class DecisionText {
 public:
  /// A call with its arguments and results, such as "+22 ms receive ACK 7 1 0 99 1 1234 0"; of next() and deadline() their
  /// results.
  [[nodiscard]] std::string of(const CallRow& row, const RecordedCall& call);

 private:
  [[nodiscard]] std::string input(const CallRow& row, const RecordedCall& call) const;
  [[nodiscard]] std::string action(double kind, std::span<const double> area) const;
  [[nodiscard]] std::string time(double now) const;
  [[nodiscard]] std::string room(double handle) const;
  [[nodiscard]] std::string sent(double reference, std::span<const double> numbers) const;

  std::optional<double> began_;
  std::map<std::uint32_t, std::string> rooms_;  ///< ids by handle
};

}  // namespace dialogue::client
