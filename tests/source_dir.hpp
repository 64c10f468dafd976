// Where the repository is, for tests that read its files: `std::ifstream file(source_dir() + "/shared/base/errors.hpp");`. What a
// program reads is also named in tests/CMakeLists.txt (dialogue_suite_reads).
#pragma once
#include <string>

/// The root of the checkout that the program was built in, an absolute path without a slash at its end: the first directory above
/// the program that has CMakePresets.json, or DIALOGUE_SOURCE_DIR of the environment for a build outside of the checkout. It is
/// not compiled in, so that equal sources give equal programs in every checkout.
[[nodiscard]] std::string source_dir();
