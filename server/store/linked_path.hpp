// Where a file is that a symbolic link names.
#pragma once
#include <string>

namespace dialogue::store {

/// Returns the path that opening or creating `path` would use: the end of a link, which need not exist, or `path` itself. A
/// circle of links is returned unchanged. For files that are examined before they are created; a race if the links change
/// meanwhile.
[[nodiscard]] std::string linked_path(const std::string& path);

/// Returns the directory of linked_path(); "." if that names none.
[[nodiscard]] std::string linked_directory(const std::string& path);

/// Returns, as errno, why a file with this path cannot be created; 0: it can. Leaves no file behind, and existing ones unchanged.
[[nodiscard]] int fault_of_making(const std::string& path);

}  // namespace dialogue::store
