// Walks the directory once. Everything that a request could be tricked with is settled here, while nobody asks.
#include "server/http/response/static_files.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "server/net/http_date.hpp"

namespace dialogue::http {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kStaticBytesMax = 256ull * 1024 * 1024;  ///< all files together, as they are held in memory
constexpr std::string_view kIndex = "index.html";

constexpr std::array<std::pair<std::string_view, std::string_view>, 31> kTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".htm", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".wasm", "application/wasm"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/markdown; charset=utf-8"},
    {".csv", "text/csv; charset=utf-8"},
    {".xml", "application/xml"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},
    {".webp", "image/webp"},
    {".avif", "image/avif"},
    {".ico", "image/x-icon"},
    {".woff", "font/woff"},
    {".woff2", "font/woff2"},
    {".ttf", "font/ttf"},
    {".otf", "font/otf"},
    {".mp3", "audio/mpeg"},
    {".ogg", "audio/ogg"},
    {".wav", "audio/wav"},
    {".mp4", "video/mp4"},
    {".webm", "video/webm"},
    {".pdf", "application/pdf"},
}};

std::string type_of(std::string_view path) {
  for (const auto& [ending, type] : kTypes)
    if (path.ends_with(ending)) return std::string(type);
  return "application/octet-stream";
}

/// FNV-1a over the content, and its length: it only has to tell versions of one file apart.
std::string etag_of(std::string_view content) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char byte : content) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string tag = "\"";
  for (int shift = 60; shift >= 0; shift -= 4) tag.push_back(kDigits[(hash >> shift) & 0xf]);
  return tag + '-' + std::to_string(content.size()) + '"';
}

std::int64_t modified_unix_s(const fs::path& path) {
  const auto since_epoch = std::chrono::file_clock::to_sys(fs::last_write_time(path)).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
}

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') && name != ".well-known";
}

/// A link counts as the file that it leads to, if that is inside and nothing on its own path is hidden; linked directories are
/// not entered.
bool is_served(const fs::directory_entry& entry, const fs::path& root) {
  if (!entry.is_regular_file()) return false;
  const fs::path inside = fs::canonical(entry.path()).lexically_relative(root);
  return !inside.empty() && std::none_of(inside.begin(), inside.end(), [](const fs::path& part) { return is_hidden(part); });
}

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw fs::filesystem_error("cannot open", path, std::make_error_code(std::errc::permission_denied));
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::variant<StaticFiles, std::string> StaticFiles::read(const std::string& directory) {
  StaticFiles files;
  if (directory.empty()) return files;
  try {
    const fs::path root = fs::canonical(directory);
    std::uint64_t total = 0;
    for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
      if (is_hidden(it->path())) {
        it.disable_recursion_pending();
        continue;
      }
      if (!is_served(*it, root)) continue;
      if ((total += it->file_size()) > kStaticBytesMax)
        return "the static directory " + directory + " holds more than " + std::to_string(kStaticBytesMax >> 20) +
               " MiB; serve it by other means";
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
    if (path.ends_with(kIndex) && path[path.size() - kIndex.size() - 1] == '/')
      aliases.emplace(path.substr(0, path.size() - kIndex.size()), file);
  files_.insert(aliases.begin(), aliases.end());
}

void StaticFiles::add(std::string path, std::string content) {
  StaticFile file{.type = type_of(path), .etag = etag_of(content), .last_modified = {}, .plain = {}, .br = {}, .gz = {}};
  file.plain = std::make_shared<const std::string>(std::move(content));
  files_.insert_or_assign(std::move(path), std::move(file));
}

const StaticFile* StaticFiles::find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace dialogue::http
