// Where the repository is, for tests that read its files: `std::ifstream file(source_dir() + "/shared/base/errors.hpp");`.
// A function with one definition and no macro, so that only one file of a build depends on the place of the checkout and the
// compiler cache serves every checkout.
#pragma once
#include <string>

/// The root of the checkout that was compiled, an absolute path without a slash at its end.
[[nodiscard]] std::string source_dir();
