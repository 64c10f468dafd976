// Counts what a program allocates, by replacing its operator new. For one file of a program: it defines what may be defined once.
#pragma once
#include <cstdlib>
#include <new>

namespace dialogue::testing {

inline std::size_t allocation_count = 0;

}  // namespace dialogue::testing

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++dialogue::testing::allocation_count;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++dialogue::testing::allocation_count;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
