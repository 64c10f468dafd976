// See live_files.hpp.
#include "server/http/response/live_files.hpp"

#include <string>

namespace dialogue::http {
namespace {

namespace fs = std::filesystem;

/// What `directory` lists under this name, unless it is hidden.
std::optional<fs::directory_entry> entry_of(const fs::path& directory, std::string_view name) {
  for (const fs::directory_entry& entry : fs::directory_iterator(directory))
    if (entry.path().filename() == fs::path(name) && !is_hidden(entry.path())) return entry;
  return std::nullopt;
}

std::optional<fs::path> file_below(const fs::path& root, std::string_view path) {
  fs::path directory = root;
  for (path.remove_prefix(1);;) {
    const std::size_t end = path.find('/');
    const auto entry = entry_of(directory, path.substr(0, end));
    if (!entry) return std::nullopt;
    if (end == std::string_view::npos)
      return is_served(*entry, root) && entry->file_size() <= kStaticBytesMax ? std::optional(entry->path()) : std::nullopt;
    if (entry->is_symlink() || !entry->is_directory()) return std::nullopt;
    directory = entry->path();
    path.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<StaticFile> LiveFiles::read(std::string_view path) const {
  if (path.empty() || path.front() != '/') return std::nullopt;
  const std::string name = std::string(path) + std::string(path.ends_with('/') ? kIndexName : std::string_view());
  try {
    const auto file = file_below(fs::canonical(directory_), name);
    return file ? std::optional(static_file(name, content_of(*file))) : std::nullopt;
  } catch (const fs::filesystem_error&) { return std::nullopt; }  // it has just gone, or may not be read
}

}  // namespace dialogue::http
