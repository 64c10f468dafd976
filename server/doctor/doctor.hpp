// Tests a deployed server from outside: all probes run concurrently, and their findings are reported in a fixed order. One
// thread.
//
//   const std::vector<Finding> findings = examine({.url = parse_doctor_url("https://chat.example.com"), .seconds = 75s},
//   nullptr);
#pragma once
#include <iosfwd>
#include <vector>

#include "server/doctor/verdict/finding.hpp"
#include "server/doctor/wire/terms.hpp"

namespace dialogue::doctor {

/// Takes terms.seconds and a few more. `progress`: a terminal on which one line shows how far it is; null: none. Throws
/// SetupError where the file of authorities cannot be read.
[[nodiscard]] std::vector<Finding> examine(Terms terms, std::ostream* progress);

}  // namespace dialogue::doctor
