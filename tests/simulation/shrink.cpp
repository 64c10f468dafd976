// See shrink.hpp. After Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002).
#include "tests/simulation/shrink.hpp"

#include <algorithm>

namespace dialogue::simulation {
namespace {

constexpr std::size_t kRunsMax = 400;

/// What kind of promise was broken: the text without the names of messages and without figures.
std::string kind_of(const std::string& violation) {
  std::string kind;
  int depth = 0;
  for (const char message : violation) {
    depth += message == '(' ? 1 : message == ')' ? -1 : 0;
    const bool is_figure = message >= '0' && message <= '9';
    if (depth == 0 && !is_figure) kind += message;
  }
  return kind;
}

}  // namespace

Shrunk shrink(const Request& failing, const std::string& violation) {
  const std::vector<Step> all = make_schedule(failing.seed, failing.steps);
  std::vector<std::uint32_t> kept;
  for (const Step& step : all) kept.push_back(step.index);
  Shrunk shrunk;
  const std::string kind = kind_of(violation);
  shrunk.violation = violation;
  const auto still_fails = [&](const std::vector<std::uint32_t>& tried) {
    Request request = failing;
    request.keep = tried;
    request.is_verbose = false;
    const Outcome outcome = run(request);
    if (kind_of(outcome.violation) != kind) return false;
    shrunk.violation = outcome.violation;
    return true;
  };
  std::size_t runs = 0;
  for (std::size_t size = std::max<std::size_t>(1, kept.size() / 2); size > 0 && runs < kRunsMax;) {
    bool has_shrunk = false;
    for (std::size_t at = 0; at < kept.size() && runs < kRunsMax; ++runs) {
      std::vector<std::uint32_t> tried = kept;
      const auto from = tried.begin() + static_cast<std::ptrdiff_t>(at);
      tried.erase(from, from + static_cast<std::ptrdiff_t>(std::min(size, kept.size() - at)));
      if (still_fails(tried)) {
        kept = std::move(tried);
        has_shrunk = true;
      } else {
        at += size;
      }
    }
    if (!has_shrunk || size > kept.size()) size /= 2;
  }
  for (const Step& step : all)
    if (std::find(kept.begin(), kept.end(), step.index) != kept.end()) shrunk.steps.push_back(step);
  return shrunk;
}

}  // namespace dialogue::simulation
