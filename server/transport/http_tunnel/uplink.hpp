// The frames of a client, numbered from 1, that come by requests which may be lost, repeated and late: each is taken once, in
// order. Sans-io; not thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

namespace dialogue::transport {

class Uplink {
 public:
  /// How many of `count` frames from number `from` were taken before and are to be skipped; nothing: frames before them are
  /// missing. `from` is at least 1.
  [[nodiscard]] std::optional<std::size_t> known(std::uint64_t from, std::size_t count) const;
  /// The next frame was taken.
  void took() { ++received_; }
  [[nodiscard]] std::uint64_t received() const { return received_; }

 private:
  std::uint64_t received_ = 0;
};

}  // namespace dialogue::transport
