// The binary messages that delivered texts become. Members of a room share a text, so it is looked through once for all of them.
// Remembers the texts of the moment; one for each loop, used by its thread.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "server/core/messages/actions.hpp"

namespace dialogue::transport {

class BinaryTexts {
 public:
  /// The binary message for `text`; null if the text is better sent unchanged.
  [[nodiscard]] core::SharedBytes binary_of(const core::SharedBytes& text);

 private:
  struct Known {
    std::weak_ptr<const std::string> text;  ///< another one may get the same address later
    core::SharedBytes binary;
  };
  static constexpr std::size_t kKnownMax = 16;

  std::array<Known, kKnownMax> known_;
  std::size_t next_ = 0;
};

}  // namespace dialogue::transport
