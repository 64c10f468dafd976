// See source_dir.hpp.
#include "tests/source_dir.hpp"

std::string source_dir() { return DIALOGUE_SOURCE_DIR; }
