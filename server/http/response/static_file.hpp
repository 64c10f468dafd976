// One file as it is served, and which files of a directory are. Used by the table that is built at start and by the files that
// are read for each request. No state.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "server/core/messages/actions.hpp"

namespace dialogue::http {

inline constexpr std::uint64_t kStaticBytesMax = 256ull * 1024 * 1024;  ///< all files together, as they are held in memory
inline constexpr std::string_view kIndexName = "index.html";

struct StaticFile {
  std::string type;                 ///< Content-Type
  std::string etag;                 ///< of the plain bytes, with its quotes
  std::string last_modified;        ///< as HTTP writes dates; empty: unknown
  core::SharedBytes plain, br, gz;  ///< br, gz: precompressed siblings (name.br, name.gz), null when there are none
};

/// A file with this content; its type follows from the path's ending.
[[nodiscard]] StaticFile static_file(std::string_view path, std::string content);

/// Files and directories that are not served: names that begin with a dot, except ".well-known".
[[nodiscard]] bool is_hidden(const std::filesystem::path& path);

/// Whether a regular file is served from `root`, which is canonical. A link counts as the file that it leads to, if that is
/// inside and nothing on its own path is hidden; linked directories are not entered. Throws filesystem_error.
[[nodiscard]] bool is_served(const std::filesystem::directory_entry& entry, const std::filesystem::path& root);

/// The whole file. Throws filesystem_error where it cannot be opened.
[[nodiscard]] std::string content_of(const std::filesystem::path& path);

}  // namespace dialogue::http
