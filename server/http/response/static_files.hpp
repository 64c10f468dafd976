// The files that are served: a table from URL path to bytes, built once at start. A request never touches the file system, so no
// path, link or encoding trick can leave the directory (docs/decisions/044-static-files.md). Immutable after read(); safe from
// any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "server/http/response/static_file.hpp"

namespace dialogue::http {

class StaticFiles {
 public:
  /// All regular files below `directory` (empty: none), without hidden ones and without links that lead to one or outside.
  /// "x/index.html" is also "x/". Returns what is wrong, in words, when it cannot be read or holds more than kStaticBytesMax.
  /// `is_live`: LiveFiles has them, so it is only seen whether the directory can be read.
  [[nodiscard]] static std::variant<StaticFiles, std::string> read(const std::string& directory, bool is_live = false);

  /// Adds one file that is not on disk; its type follows from the path's ending.
  void add(std::string path, std::string content);

  /// Makes of each name.br and name.gz a form of the file `name`, where there is that one. read() has done it for its own files.
  void attach_siblings();

  /// Makes "x/" another name of each "x/index.html". read() has done it for its own files.
  void alias_indexes();

  /// `path` is decoded and begins with "/"; null when there is no such file.
  [[nodiscard]] const StaticFile* find(std::string_view path) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::unordered_map<std::string, StaticFile, Hash, std::equal_to<>> files_;
};

}  // namespace dialogue::http
