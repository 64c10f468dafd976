// How long every wait of these tests lasts at most. It ends what hangs and measures nothing, so it is far longer than the slowest
// machine takes, with a sanitizer too. tests/patience.mjs is the same for Node.
#pragma once
#include <chrono>

namespace dialogue::testing {

inline constexpr int kPatienceMs = 60'000;
inline constexpr std::chrono::milliseconds kPatience{kPatienceMs};

}  // namespace dialogue::testing
