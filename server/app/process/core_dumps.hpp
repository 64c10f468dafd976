// A dump of the process's memory holds what people said and the tokens they showed, and lies where nobody looks after it. So
// there is none unless it is asked for (docs/decisions/211-no-core-dumps.md). Called once, before anything is served.
#pragma once

namespace dialogue::app {

/// The process and what it starts leave no core file, whatever their limit was.
void forbid_core_dumps();

}  // namespace dialogue::app
