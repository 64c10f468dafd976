// operator new and delete for the WebAssembly client, in place of a libc heap that would be larger than the code that uses it.
// Blocks are powers of two; a freed block waits in its size's list for the next request of that size. Memory grows by pages and
// is never given back: the core's own bounds (rooms, publications, catalogue) bound it. WebAssembly only, one thread.
#include <cstddef>
#include <cstdint>
#include <new>

extern "C" unsigned char __heap_base;  // where the linker's data ends

namespace {

constexpr unsigned kSmallestShift = 4;  // 16 bytes: the alignment that every type may ask for
constexpr unsigned kShiftMax = 31;
constexpr std::size_t kPageBytes = 65536;

struct FreeBlock {
  FreeBlock* next;
};
FreeBlock* free_blocks[kShiftMax + 1];
std::uintptr_t top = 0;  // first byte that was never allocated

unsigned shift_for(std::size_t bytes) {
  unsigned shift = kSmallestShift;
  while ((std::size_t{1} << shift) < bytes) ++shift;
  return shift;
}

void* carve(std::size_t bytes) {
  constexpr std::uintptr_t kAlign = (std::uintptr_t{1} << kSmallestShift) - 1;
  if (top == 0) top = (reinterpret_cast<std::uintptr_t>(&__heap_base) + kAlign) & ~kAlign;
  const std::uintptr_t end = top + bytes;
  const std::size_t have = __builtin_wasm_memory_size(0) * kPageBytes;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + kPageBytes - 1) / kPageBytes) == SIZE_MAX) __builtin_trap();
  void* const block = reinterpret_cast<void*>(top);
  top = end;
  return block;
}

}  // namespace

void* operator new(std::size_t bytes) {
  const unsigned shift = shift_for(bytes);
  if (FreeBlock* const block = free_blocks[shift]) {
    free_blocks[shift] = block->next;
    return block;
  }
  return carve(std::size_t{1} << shift);
}

void operator delete(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  FreeBlock*& head = free_blocks[shift_for(bytes)];
  head = new (block) FreeBlock{head};
}

// Compiled with -fsized-deallocation, the core always passes a block's size. A caller that does not is a bug, which shows
// immediately.
void operator delete(void*) noexcept { __builtin_trap(); }
