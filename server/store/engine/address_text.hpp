// The parts that addresses of database servers have in common. Pure functions.
#pragma once
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dialogue::store {

/// Reads a number; returns false unless the whole text is a number of this type.
template <typename Number>
[[nodiscard]] bool read_number(std::string_view text, Number& number) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// Reads "host", "host:port" or "[address]:port"; without a port it stays as it is. What is wrong, as a sentence; empty: nothing.
[[nodiscard]] inline std::string read_place(std::string_view place, std::string& host, std::uint16_t& port) {
  if (place.starts_with('[')) {
    const std::size_t end = place.find(']');
    if (end == std::string_view::npos) return "a bracket of its host is missing.";
    host = place.substr(1, end - 1);
    place.remove_prefix(end + 1);
  } else {
    const std::size_t colon = place.find(':') == std::string_view::npos ? place.size() : place.find(':');
    host = place.substr(0, colon);
    place.remove_prefix(colon);
  }
  if (host.empty()) return "its host is missing.";
  if (place.empty()) return {};
  if (!place.starts_with(':') || !read_number(place.substr(1), port) || port == 0)
    return "its port is not a number from 1 to 65535.";
  return {};
}

}  // namespace dialogue::store
