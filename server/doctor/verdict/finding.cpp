// See finding.hpp.
#include "server/doctor/verdict/finding.hpp"

namespace dialogue::doctor {
namespace {

constexpr Ms kMsPerTenth = 100;

}  // namespace

std::string_view name_of(Verdict verdict) {
  return verdict == Verdict::ok ? "ok" : verdict == Verdict::warning ? "warning" : "fault";
}

std::string time_text(Ms time) {
  if (time < kMsPerSecond) return std::to_string(time) + " ms";
  const Ms tenths = (time + kMsPerTenth / 2) / kMsPerTenth;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace dialogue::doctor
