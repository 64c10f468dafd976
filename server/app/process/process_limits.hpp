// Limits that the process sets for itself and what it starts. Called once, before anything is served.
#pragma once

namespace dialogue::app {

/// No core file is left, whatever the limit was: a dump of the memory contains messages and tokens, in a place that is easily
/// overlooked (docs/decisions/211-no-core-dumps.md).
void forbid_core_dumps();

/// Raises the soft limit on open files to the hard one; where that is refused, it stays. Every connection is a descriptor, and
/// shells and service managers start programs with 1,024 of them, for the sake of select(), which nothing here calls.
void raise_descriptor_limit();

}  // namespace dialogue::app
