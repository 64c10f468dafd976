#include "client-wasm/core/incoming.hpp"

#include <algorithm>

namespace dialogue::client {

namespace {
constexpr std::uint64_t kServerFrameMin = 32;  // lower types are the client's own

bool read_integer(double number, std::uint64_t& out) {
  if (!(number >= 0 && number <= static_cast<double>(kSafeIntegerMax))) return false;  // refuses NaN as well
  out = static_cast<std::uint64_t>(number);
  return static_cast<double>(out) == number;
}

/// The part of the table that the client needs, without the names.
struct Shape {
  std::uint8_t type, integers, elements;
};
constexpr auto kShapes = [] {
  std::array<Shape, kFrameShapes.size()> shapes{};
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const FrameShape& shape = kFrameShapes[i];
    shapes[i] = {static_cast<std::uint8_t>(shape.type), shape.integers,
                 static_cast<std::uint8_t>(1 + shape.integers + shape.strings + shape.ext + shape.payload)};
  }
  return shapes;
}();
}  // namespace

std::optional<Incoming> read_incoming(std::span<const double> numbers, std::size_t element_count) {
  std::uint64_t type = 0;
  if (numbers.empty() || !read_integer(numbers[0], type) || type < kServerFrameMin) return std::nullopt;
  for (const Shape& shape : kShapes) {
    if (shape.type != type) continue;
    if (numbers.size() <= shape.integers || element_count != shape.elements) return std::nullopt;
    Incoming frame;
    frame.type = static_cast<FrameType>(type);
    for (std::size_t i = 0; i < shape.integers; ++i)
      if (!read_integer(numbers[i + 1], frame.integers[i])) return std::nullopt;
    return frame;
  }
  return std::nullopt;
}

}  // namespace dialogue::client
