// Repeats an operation whenever a file has changed: the base of `dialogue codegen --watch`. Checks the file ten times a second,
// so that it also works on file systems without notifications: network drives, containers, linked files. Used by one thread,
// which has no other task.
#pragma once
#include <functional>
#include <string>

namespace dialogue::app {

/// Calls `changed` once, and again after each change of the file `path`: its content, or another file in its place. A change
/// counts once the file has stayed as it is for a tenth of a second. A file that is missing is waited for. Returns at SIGINT or
/// SIGTERM, which do not end the process from the call on, and when `changed` returns false. What `changed` throws is thrown.
void watch_file(const std::string& path, const std::function<bool()>& changed);

}  // namespace dialogue::app
