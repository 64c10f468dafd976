// One sentence on the state of the server, with its reason: the first of a list of conditions that holds. Pure.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/observe/sample.hpp"

namespace dialogue::observe {

struct Verdict {
  std::string_view level;  ///< ok, warning or critical
  std::string sentence;
};

/// `history`: oldest first; `now` comes after all of them.
[[nodiscard]] Verdict verdict_on(std::span<const Sample> history, const Sample& now);

}  // namespace dialogue::observe
