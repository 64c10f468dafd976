// Where a file is that a symbolic link names.
#pragma once
#include <string>

namespace dialogue::store {

/// The path that is opened or made where `path` is: that of the link's end, which need not exist, or `path` itself. A circle of
/// links is left as it is. For files that are looked at before they are made; races with who changes the links meanwhile.
[[nodiscard]] std::string linked_path(const std::string& path);

/// The directory of that path; "." where it names none.
[[nodiscard]] std::string linked_directory(const std::string& path);

/// Why a file of this name could not be made, as errno; 0: it could. Leaves no file, and one that is there as it is.
[[nodiscard]] int fault_of_making(const std::string& path);

}  // namespace dialogue::store
