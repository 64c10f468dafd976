// The content of a load publication, with which each member can check it: its author, its number, and its time.
//
//   {"n":12,"from":3,"at":456789,"text":"xxxx"}
//
// `n` counts the publisher's publications from 1, `from` is the publisher's index, `at` microseconds on the generator's clock.
// Pure; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dialogue::load {

struct Stamp {
  std::uint64_t n = 0;
  std::uint64_t from = 0;
  std::uint64_t at_us = 0;
};

inline constexpr std::string_view kStampMarker = "\"n\":";

/// A payload of `bytes` bytes, or as many as the stamp itself needs.
void write_body(std::string& out, const Stamp& stamp, std::size_t bytes);

/// The next stamp in `text`, whatever surrounds it; the read part is removed from the front of `text`. Nothing if there is no
/// other.
[[nodiscard]] std::optional<Stamp> take_stamp(std::string_view& text, std::string_view marker = kStampMarker);

}  // namespace dialogue::load
