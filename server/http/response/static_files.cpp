// Walks the directory once. All path checks are done here, before any request.
#include "server/http/response/static_files.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <utility>

#include "server/net/http_date.hpp"

namespace dialogue::http {
namespace {

namespace fs = std::filesystem;

std::int64_t modified_unix_s(const fs::path& path) {
  const auto since_epoch = std::chrono::file_clock::to_sys(fs::last_write_time(path)).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
}

}  // namespace

std::variant<StaticFiles, std::string> StaticFiles::read(const std::string& directory, bool is_live) {
  StaticFiles files;
  if (directory.empty()) return files;
  try {
    const fs::path root = fs::canonical(directory);
    if (is_live) {
      static_cast<void>(fs::directory_iterator(root));
      return files;
    }
    std::uint64_t total = 0;
    for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
      if (is_hidden(it->path())) {
        it.disable_recursion_pending();
        continue;
      }
      if (!is_served(*it, root)) continue;
      if ((total += it->file_size()) > kStaticBytesMax)
        return "the static directory " + directory + " holds more than " + std::to_string(kStaticBytesMax >> 20) +
               " MiB; serve it with another server";
      const std::string path = '/' + it->path().lexically_relative(root).generic_string();
      files.add(path, content_of(it->path()));
      files.files_.find(path)->second.last_modified = net::http_date(modified_unix_s(it->path()));
    }
  } catch (const fs::filesystem_error& fault) {
    return "the static directory " + directory + " cannot be read: " + fault.code().message() + " (" + fault.path1().string() +
           ")";
  }
  files.attach_siblings();
  files.alias_indexes();
  return files;
}

// name.br and name.gz are forms of name where that exists; they are not files of their own then.
void StaticFiles::attach_siblings() {
  for (const auto& [ending, form] :
       {std::pair{std::string_view(".br"), &StaticFile::br}, std::pair{std::string_view(".gz"), &StaticFile::gz}}) {
    for (auto it = files_.begin(); it != files_.end();) {
      const std::string_view path = it->first;
      const auto base = path.ends_with(ending) ? files_.find(path.substr(0, path.size() - ending.size())) : files_.end();
      if (base != files_.end()) base->second.*form = it->second.plain;
      it = base != files_.end() ? files_.erase(it) : std::next(it);
    }
  }
}

void StaticFiles::alias_indexes() {
  std::unordered_map<std::string, StaticFile> aliases;
  for (const auto& [path, file] : files_)
    if (path.ends_with(kIndexName) && path[path.size() - kIndexName.size() - 1] == '/')
      aliases.emplace(path.substr(0, path.size() - kIndexName.size()), file);
  files_.insert(aliases.begin(), aliases.end());
}

void StaticFiles::add(std::string path, std::string content) {
  StaticFile file = static_file(path, std::move(content));
  files_.insert_or_assign(std::move(path), std::move(file));
}

const StaticFile* StaticFiles::find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace dialogue::http
