// A growing array of plain values. It does what std::vector would, but its growth is one function whatever the type, which keeps
// the WebAssembly file small. Copying is left out, as nobody needs it. Not thread-safe.
#pragma once
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace dialogue::client {

/// Moves `used_bytes` from `old` (allocated with `old_bytes`, or null) to a new allocation of `new_bytes`, and frees the old one.
[[nodiscard]] void* grow_storage(void* old, std::size_t old_bytes, std::size_t used_bytes, std::size_t new_bytes);

template <class T>
class List {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  constexpr List() = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() { ::operator delete(items_, capacity_ * sizeof(T)); }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::size_t index) { return items_[index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const { return items_[index]; }
  [[nodiscard]] T* begin() { return items_; }
  [[nodiscard]] T* end() { return items_ + size_; }
  [[nodiscard]] const T* begin() const { return items_; }
  [[nodiscard]] const T* end() const { return items_ + size_; }

  /// Adds `item`; pointers into the list end.
  T& add(const T& item) { return add_unset() = item; }

  /// Adds an item whose value is to be set by the caller; pointers into the list end.
  [[nodiscard]] T& add_unset() {
    if (size_ == capacity_) reserve(capacity_ == 0 ? kCapacityMin : capacity_ * 2);
    return items_[size_++];
  }

  /// Adds `item` before what stands at `index`; pointers into the list end.
  void insert(std::size_t index, const T& item) {
    add(item);
    std::memmove(items_ + index + 1, items_ + index, (size_ - 1 - index) * sizeof(T));
    items_[index] = item;
  }

  /// Makes place for `capacity` items; pointers into the list end.
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    items_ = static_cast<T*>(grow_storage(items_, capacity_ * sizeof(T), size_ * sizeof(T), capacity * sizeof(T)));
    capacity_ = capacity;
  }

  /// Takes the item at `index` out; those after it move up.
  void remove(std::size_t index) {
    --size_;
    std::memmove(items_ + index, items_ + index + 1, (size_ - index) * sizeof(T));
  }
  void clear() { size_ = 0; }

 private:
  static constexpr std::size_t kCapacityMin = 8;
  T* items_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace dialogue::client
