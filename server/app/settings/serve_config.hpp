// From settings to what create_dialogue is given. `serve` runs it, `check` only looks at it, a reload takes parts of it: so the
// three cannot differ in what they refuse. Functions; used by one thread at a time.
#pragma once
#include <dialogue/config.hpp>
#include <functional>

#include "server/app/settings/settings.hpp"
#include "server/app/settings/settings_sources.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::app {

/// Whether other machines can reach the address that it listens on.
[[nodiscard]] bool is_public(const Config& config);

/// Reads keys and secrets. Without a store and without a logger. Throws SetupError that names the place of what is wrong.
[[nodiscard]] Config serve_config(const Settings& settings, const Environment& environment, Definitions definitions);

/// Throws SetupError for everything that `serve` would refuse with this configuration, except an address or a store that another
/// server uses, and files that two settings share (check_distinct_files()). Makes and changes nothing on the disk. A start begins
/// with it, so that one that is refused leaves nothing behind.
void check_serve_config(const Settings& settings, Config config);

}  // namespace dialogue::app
