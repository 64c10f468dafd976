#include "client-wasm/core/list.hpp"

#include <cstring>
#include <new>

namespace dialogue::client {

namespace {
constexpr std::size_t kCapacityMin = 8;
}

void Storage::reserve_items(std::size_t count, std::size_t bytes) {
  auto* const storage = static_cast<char*>(::operator new(count* bytes));
  if (size_ != 0) std::memcpy(storage, bytes_, size_ * bytes);
  ::operator delete(bytes_, capacity_* bytes);
  bytes_ = storage;
  capacity_ = count;
}

void* Storage::insert_item(std::size_t index, std::size_t bytes) {
  if (size_ == capacity_) reserve_items(capacity_ == 0 ? kCapacityMin : capacity_ * 2, bytes);
  char* const place = bytes_ + index * bytes;
  if (index != size_) std::memmove(place + bytes, place, (size_ - index) * bytes);
  ++size_;
  return place;
}

void Storage::remove_item(std::size_t index, std::size_t bytes) {
  --size_;
  char* const place = bytes_ + index * bytes;
  std::memmove(place, place + bytes, (size_ - index) * bytes);
}

}  // namespace dialogue::client
