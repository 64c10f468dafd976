// A dump of the process's memory contains messages and tokens, in a place that is easily overlooked. It is therefore disabled
// by default (docs/decisions/211-no-core-dumps.md). Called once, before anything is served.
#pragma once

namespace dialogue::app {

/// The process and what it starts leave no core file, whatever their limit was.
void forbid_core_dumps();

}  // namespace dialogue::app
