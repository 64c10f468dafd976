// Which files a server reads and writes by its settings. Pure but for looks at the file system.
#pragma once
#include "server/app/settings/settings.hpp"

namespace dialogue::app {

/// Throws SetupError where a file that the server writes is also one of another setting, since each would destroy the other, and
/// where --static would serve one of the files that the settings name or the server writes.
void check_distinct_files(const Settings& settings);

}  // namespace dialogue::app
