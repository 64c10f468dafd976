// A packed WebAssembly module back into its bytes: a module of its own, which js/src/packed.ts carries and runs once for each
// module that is inlined. No imports, and memory only for the tables; the caller grows it for text and bytes.
#include "client-wasm/packing/model.hpp"

using namespace dialogue::packing;

/// Writes the `size` bytes to `out` that pack() made the text at `text` of.
extern "C" __attribute__((export_name("u"))) void unpack(const char* text, std::uint8_t* out, std::uint32_t size) {
  std::uint32_t range = 1, code = 0;
  walk(out, size, [&](float probability) -> std::uint32_t {
    while (range >> 24 == 0) {
      range <<= 6;
      code = code << 6 | ((*text + (*text < '\\')) & 63);
      ++text;
    }
    const auto bound = static_cast<std::uint32_t>(static_cast<float>(range) * probability);
    if (code < bound) {
      range = bound;
      return 1;
    }
    code -= bound;
    range -= bound;
    return 0;
  });
}
