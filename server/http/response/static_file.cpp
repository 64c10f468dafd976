// See static_file.hpp.
#include "server/http/response/static_file.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

namespace dialogue::http {
namespace {

namespace fs = std::filesystem;

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

/// FNV-1a over the content, and its length: it only has to distinguish versions of one file.
std::string etag_of(std::string_view content) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char byte : content) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string tag = "\"";
  for (int shift = 60; shift >= 0; shift -= 4) tag.push_back(kDigits[(hash >> shift) & 0xf]);
  return tag + '-' + std::to_string(content.size()) + '"';
}

}  // namespace

StaticFile static_file(std::string_view path, std::string content) {
  StaticFile file{.type = type_of(path), .etag = etag_of(content), .last_modified = {}, .plain = {}, .br = {}, .gz = {}};
  file.plain = std::make_shared<const std::string>(std::move(content));
  return file;
}

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') && name != ".well-known";
}

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

}  // namespace dialogue::http
