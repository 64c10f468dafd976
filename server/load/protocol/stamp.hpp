// What a publication of the load carries, so that each member can check it: who sent it, its number, and when.
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

/// The next stamp in `text`, whatever stands around it; `text` is cut at its front by what was read. Nothing when there is no
/// more.
[[nodiscard]] std::optional<Stamp> take_stamp(std::string_view& text, std::string_view marker = kStampMarker);

}  // namespace dialogue::load
