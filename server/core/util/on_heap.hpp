// A value that lives on the heap, for a member that would make its neighbours in a variant large. Moved-from it is empty, and may
// only be destroyed or assigned to. Not copyable.
#pragma once
#include <concepts>
#include <memory>
#include <utility>

namespace dialogue::core {

template <typename T>
class OnHeap {
 public:
  template <std::convertible_to<T> Value>
  OnHeap(Value&& value) : value_(std::make_unique<T>(std::forward<Value>(value))) {}  // as a T is given where it is wanted

  [[nodiscard]] T& operator*() { return *value_; }
  [[nodiscard]] const T& operator*() const { return *value_; }
  [[nodiscard]] T* operator->() { return value_.get(); }
  [[nodiscard]] const T* operator->() const { return value_.get(); }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace dialogue::core
