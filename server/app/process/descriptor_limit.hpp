// Every connection is a file descriptor, and shells and service managers start programs with a soft limit of 1,024 of them, far
// below the hard one, for the sake of select(), which nothing here calls. Called once, before anything is served.
#pragma once

namespace dialogue::app {

/// Raises this process's soft limit on open files to its hard limit. Where that is refused, it stays.
void raise_descriptor_limit();

}  // namespace dialogue::app
