// The four functions of the C library that the core and the validator come down to; copying and filling are instructions of
// WebAssembly. WebAssembly only.
#include <cstddef>
#include <cstdint>

extern "C" {

int memcmp(const void* left, const void* right, std::size_t size) {
  const auto* const a = static_cast<const unsigned char*>(left);
  const auto* const b = static_cast<const unsigned char*>(right);
  for (std::size_t i = 0; i < size; ++i)
    if (a[i] != b[i]) return a[i] - b[i];
  return 0;
}

void* memchr(const void* text, int byte, std::size_t size) {
  const auto* const bytes = static_cast<const unsigned char*>(text);
  for (std::size_t i = 0; i < size; ++i)
    if (bytes[i] == static_cast<unsigned char>(byte)) return const_cast<unsigned char*>(bytes + i);
  return nullptr;
}

std::size_t strlen(const char* text) {
  std::size_t size = 0;
  while (text[size] != 0) ++size;
  return size;
}

/// What the standard library calls where it would throw, such as for a vector beyond its largest size.
[[noreturn]] void abort() { __builtin_trap(); }

}  // extern "C"
