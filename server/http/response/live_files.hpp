// Files of a directory that are read for each request, for development: an edit is seen at the next one. The way to a file leads
// over the names that the directory lists, never over a path that a request names, so the rules of StaticFiles hold. It blocks
// while it reads. Immutable; safe from any thread.
#pragma once
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "server/http/response/static_file.hpp"

namespace dialogue::http {

class LiveFiles {
 public:
  explicit LiveFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Reads a file as it is now. `path` is decoded and begins with "/"; "x/" is "x/index.html". Returns nothing if the file does
  /// not exist, may not be served or cannot be read. Ignores precompressed siblings, which may be older than an edit.
  [[nodiscard]] std::optional<StaticFile> read(std::string_view path) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace dialogue::http
