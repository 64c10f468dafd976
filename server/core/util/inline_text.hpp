// A text of a known length that is stored in place, without a heap block. Empty until it is set.
#pragma once
#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <string_view>

namespace dialogue::core {

template <std::size_t Size>
class InlineText {
 public:
  InlineText() = default;
  /// `text` has Size bytes.
  InlineText& operator=(std::string_view text) {
    assert(text.size() == Size);
    std::copy_n(text.begin(), Size, bytes_.begin());
    return *this;
  }
  [[nodiscard]] std::string_view view() const {
    return bytes_[0] == '\0' ? std::string_view() : std::string_view(bytes_.data(), Size);
  }
  operator std::string_view() const { return view(); }

 private:
  std::array<char, Size> bytes_{};
};

}  // namespace dialogue::core
