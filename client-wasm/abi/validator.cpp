// The validator as a WebAssembly module of its own (js/src/validator.ts loads it): the catalogue, the check of a payload, and
// which events a room has. Same conventions as abi.cpp: numbers and byte ranges, no imports. A page loads it before it publishes.
#include <array>
#include <cstdint>
#include <string_view>

#include "shared/catalogue/catalogue.hpp"
#include "shared/validate/validator.hpp"

#define DIALOGUE_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace {

using namespace dialogue;

constexpr std::size_t kAreaNumbers = 4;

/// Bytes whose place is given back when they grow.
struct Bytes {
  char* at = nullptr;
  std::size_t capacity = 0;
  char* reserve(std::size_t size) {
    if (size <= capacity) return at;
    ::operator delete(at, capacity);
    at = static_cast<char*>(::operator new(size));
    capacity = size;
    return at;
  }
};

struct Module {
  std::array<double, kAreaNumbers> area{};
  Bytes buffer;
  Bytes catalogue_bytes;  ///< what `catalogue` reads
  CatalogueView catalogue{};
  Verdict verdict{};
};
// In its place from the beginning: no code makes it, and its address is a number.
[[clang::no_destroy]] constinit Module module_;
constexpr Module* self = &module_;

void put_range(std::size_t at, std::string_view text) {
  self->area[at] = static_cast<double>(reinterpret_cast<std::uintptr_t>(text.data()));
  self->area[at + 1] = static_cast<double>(text.size());
}

}  // namespace

/// Call once, before all else. Returns the area.
DIALOGUE_EXPORT(open) double* open_module() { return self->area.data(); }

/// Returns a buffer with at least `size` bytes to write to.
DIALOGUE_EXPORT(buffer) char* buffer(std::uint32_t size) { return self->buffer.reserve(size); }

/// Takes the first `size` bytes of buffer() as the catalogue; false when they are not one, and the old one stays.
DIALOGUE_EXPORT(load) bool load(std::uint32_t size) {
  const std::optional<CatalogueView> parsed =
      CatalogueView::parse({reinterpret_cast<const std::uint8_t*>(self->buffer.at), size});
  if (!parsed) return false;
  const Bytes taken = self->buffer;
  self->buffer = self->catalogue_bytes;
  self->catalogue_bytes = taken;
  self->catalogue = *parsed;
  return true;
}

/// Whether the room whose id is the first `size` bytes of buffer() allows event `index` (all), or sends it to members without
/// explicit subscriptions. A room without a definition does both for every event.
DIALOGUE_EXPORT(room_hears) bool room_hears(std::uint32_t size, std::uint32_t index, bool all) {
  const std::optional<std::uint32_t> found = self->catalogue.match_room({self->buffer.at, size});
  if (!found) return true;
  const CatalogueView::Room room = self->catalogue.room(*found);
  return (all ? room.events : room.subscriptions).contains(index);
}

/// Checks the first `size` bytes of buffer() against event `index`, and passes over the first `passed` faults. An ErrorCode;
/// area: pointer and length of path and argument.
DIALOGUE_EXPORT(validate_past) std::uint32_t validate_past(std::uint32_t index, std::uint32_t size, std::uint32_t passed) {
  validate(self->catalogue, index, {self->buffer.at, size}, self->verdict, passed);
  put_range(0, self->verdict.path());
  put_range(2, self->verdict.argument());
  return static_cast<std::uint32_t>(self->verdict.code);
}

/// As validate_past, for the first fault.
DIALOGUE_EXPORT(validate) std::uint32_t validate_payload(std::uint32_t index, std::uint32_t size) {
  return validate_past(index, size, 0);
}
