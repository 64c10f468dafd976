#include "client-wasm/core/list.hpp"

#include <cstring>
#include <new>

namespace dialogue::client {

void* grow_storage(void* old, std::size_t old_bytes, std::size_t used_bytes, std::size_t new_bytes) {
  void* const storage = ::operator new(new_bytes);
  if (used_bytes != 0) std::memcpy(storage, old, used_bytes);
  ::operator delete(old, old_bytes);
  return storage;
}

}  // namespace dialogue::client
