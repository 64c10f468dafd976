// The validator as a WebAssembly module of its own, for tests/shared/wasm_parity.mjs: write a catalogue or a payload to input(),
// call load() or check(), read what the accessors of the verdict point at. One instance, one thread.
#include "shared/validate/validator.hpp"

namespace {

std::uint8_t catalogue_bytes[dialogue::kCatalogueBytesMax];
char input_bytes[dialogue::kCatalogueBytesMax];
dialogue::CatalogueView catalogue;
dialogue::Verdict verdict;

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

EXPORT(input) char* input() { return input_bytes; }

EXPORT(load) int load(std::uint32_t size) {
  for (std::uint32_t i = 0; i < size; ++i) catalogue_bytes[i] = static_cast<std::uint8_t>(input_bytes[i]);
  const auto parsed = dialogue::CatalogueView::parse({catalogue_bytes, size});
  if (parsed) catalogue = *parsed;
  return parsed ? 1 : 0;
}

EXPORT(check) int check(std::uint32_t event, std::uint32_t size, std::uint32_t passed) {
  dialogue::validate(catalogue, event, {input_bytes, size}, verdict, passed);
  return static_cast<int>(verdict.code);
}

EXPORT(offset) std::uint32_t offset() { return verdict.offset; }
EXPORT(path) const char* path() { return verdict.path_bytes.data(); }
EXPORT(path_length) std::uint32_t path_length() { return verdict.path_length; }
EXPORT(argument) const char* argument() { return verdict.argument_bytes.data(); }
EXPORT(argument_length) std::uint32_t argument_length() { return verdict.argument_length; }
