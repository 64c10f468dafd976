// Whether a file has changed: its content, or another file in its place. Checks on request, so that it also works on file
// systems without notifications: network drives, containers, linked files. A plain value over the file system; used by one
// thread.
#pragma once
#include <array>
#include <cstdint>
#include <string>

namespace dialogue::app {

class FileChanges {
 public:
  /// From what the file is now; one that is missing is waited for.
  explicit FileChanges(std::string path);

  /// True once for each change, when two checks in a row saw the same content: the file is not being written at this moment.
  [[nodiscard]] bool look();

 private:
  /// What differs once a file has changed; all zero where there is none.
  using Stamp = std::array<std::int64_t, 6>;
  [[nodiscard]] Stamp stamp() const;

  std::string path_;
  Stamp reported_, before_;
};

}  // namespace dialogue::app
