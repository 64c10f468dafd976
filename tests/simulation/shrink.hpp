// Makes a failing run smaller: leaves out steps, first many at once and then one at a time, as long as it still fails.
#pragma once
#include <string>
#include <vector>

#include "tests/simulation/world/world.hpp"

namespace dialogue::simulation {

struct Shrunk {
  std::vector<Step> steps;
  std::string violation;
};

/// Takes a bounded number of runs. `failing` fails with `violation`; it is kept to that kind of failure.
[[nodiscard]] Shrunk shrink(const Request& failing, const std::string& violation);

}  // namespace dialogue::simulation
