// Which files a server reads and writes by its settings. Pure but for looks at the file system.
#pragma once
#include "server/app/settings/settings.hpp"

namespace dialogue::app {

/// Throws SetupError if a file that the server writes is also named by another setting, since each use would destroy the other's
/// data; and if --static would serve a file that the server writes or that a setting names.
void check_distinct_files(const Settings& settings);

}  // namespace dialogue::app
