#include "client-wasm/core/incoming.hpp"

#include <algorithm>

namespace dialogue::client {

namespace {
constexpr std::uint64_t kServerFrameMin = 32;  // lower types are the client's own

bool read_integer(double number, std::uint64_t& out) {
  if (!(number >= 0 && number <= static_cast<double>(kSafeIntegerMax))) return false;  // refuses NaN as well
  const auto integer = static_cast<std::int64_t>(number);  // signed, which a processor converts in one instruction
  out = static_cast<std::uint64_t>(integer);
  return static_cast<double>(integer) == number;
}

constexpr bool is_of_server(const FrameShape& shape) { return static_cast<std::uint64_t>(shape.type) > kServerFrameMin; }

/// The part of the table that the client needs: a server's frames, without their names.
struct Shape {
  std::uint8_t type, integers, elements;
};
constexpr auto kShapes = [] {
  std::array<Shape, std::count_if(kFrameShapes.begin(), kFrameShapes.end(), is_of_server)> shapes{};
  auto* next = shapes.begin();
  for (const FrameShape& shape : kFrameShapes)
    if (is_of_server(shape))
      *next++ = {static_cast<std::uint8_t>(shape.type), shape.integers,
                 static_cast<std::uint8_t>(1 + shape.integers + shape.strings + shape.ext + shape.payload)};
  return shapes;
}();
}  // namespace

std::optional<Incoming> read_incoming(std::span<const double> numbers, std::size_t element_count) {
  std::optional<Incoming> frame;  // the one that is returned, everywhere: it is not copied then
  std::uint64_t type = 0;
  if (numbers.empty() || !read_integer(numbers[0], type)) return frame;
  for (const Shape& shape : kShapes) {
    if (shape.type != type) continue;
    if (numbers.size() <= shape.integers || element_count != shape.elements) break;
    frame.emplace().type = static_cast<FrameType>(type);
    for (std::size_t i = 0; i < shape.integers; ++i) {
      if (read_integer(numbers[i + 1], frame->integers[i])) continue;
      frame.reset();
      break;
    }
    break;
  }
  return frame;
}

}  // namespace dialogue::client
