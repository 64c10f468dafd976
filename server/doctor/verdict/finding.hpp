// The result of a check: its verdict, its finding, and the recommended change. Values; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/doctor/verdict/fixes.hpp"

namespace dialogue::doctor {

using Ms = std::uint64_t;  ///< milliseconds
inline constexpr Ms kMsPerSecond = 1000;

enum class Verdict : std::uint8_t { ok, warning, fault };
[[nodiscard]] std::string_view name_of(Verdict verdict);

struct Finding {
  std::string check;
  Verdict verdict = Verdict::ok;
  std::string found{};       ///< one line
  std::vector<Fix> fixes{};  ///< of a warning or a fault
  std::vector<std::pair<std::string, std::uint64_t>> figures{};
};

/// "3.2 s", "12 ms".
[[nodiscard]] std::string time_text(Ms time);

}  // namespace dialogue::doctor
