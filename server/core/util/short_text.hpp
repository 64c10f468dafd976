// A text of a bounded number of bytes that is stored in place, without a heap block; longer texts are cut.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace dialogue::core {

template <std::size_t Max>
class ShortText {
 public:
  ShortText() = default;
  ShortText& operator=(std::string_view text) {
    bytes_.fill('\0');
    std::copy_n(text.begin(), std::min(text.size(), Max), bytes_.begin());
    return *this;
  }
  [[nodiscard]] std::string_view view() const {
    return {bytes_.data(), static_cast<std::size_t>(std::find(bytes_.begin(), bytes_.end(), '\0') - bytes_.begin())};
  }

 private:
  std::array<char, Max> bytes_{};
};

}  // namespace dialogue::core
