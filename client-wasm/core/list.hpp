// A growing array of plain values, like std::vector, but its growth is one function for all types, which keeps the WebAssembly
// file small. It cannot be copied. Not thread-safe.
#pragma once
#include <cstddef>
#include <type_traits>

namespace dialogue::client {

/// The part of a List that does not depend on its type: memory for items of one size.
class Storage {
 public:
  constexpr Storage() = default;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

 protected:
  ~Storage() = default;
  /// Makes place for `count` items of `bytes` each.
  void reserve_items(std::size_t count, std::size_t bytes);
  /// Makes place for an item before what stands at `index`, which is to be set.
  void* insert_item(std::size_t index, std::size_t bytes);
  void remove_item(std::size_t index, std::size_t bytes);

  char* bytes_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

template <class T>
class List : Storage {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  constexpr List() = default;
  ~List() { ::operator delete(bytes_, capacity_ * sizeof(T)); }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::size_t index) { return begin()[index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const { return begin()[index]; }
  [[nodiscard]] T* begin() { return reinterpret_cast<T*>(bytes_); }
  [[nodiscard]] T* end() { return begin() + size_; }
  [[nodiscard]] const T* begin() const { return reinterpret_cast<const T*>(bytes_); }
  [[nodiscard]] const T* end() const { return begin() + size_; }

  /// Adds `item`; pointers into the list end.
  T& add(const T& item) { return add_unset() = item; }

  /// Adds an item whose value is to be set by the caller; pointers into the list end.
  [[nodiscard]] T& add_unset() { return insert(size_); }

  /// Adds an item before what stands at `index`, to be set by the caller; pointers into the list end.
  [[nodiscard]] T& insert(std::size_t index) { return *static_cast<T*>(insert_item(index, sizeof(T))); }

  /// Takes the item at `index` out; those after it move up.
  void remove(std::size_t index) { remove_item(index, sizeof(T)); }
  void clear() { size_ = 0; }
};

}  // namespace dialogue::client
