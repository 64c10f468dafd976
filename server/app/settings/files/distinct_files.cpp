// See distinct_files.hpp.
#include "server/app/settings/files/distinct_files.hpp"

#include <algorithm>
#include <array>
#include <dialogue/setup_error.hpp>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "server/http/response/static_file.hpp"
#include "server/net/unix_socket_file.hpp"
#include "server/store/factory/open_store.hpp"
#include "server/store/linked_path.hpp"

namespace dialogue::app {
namespace {

struct NamedFile {
  std::string flag, path;
  std::string named{};  ///< what the flag names, where this is a file beside it
};

using NamedFiles = std::vector<NamedFile>;

void add_with(NamedFiles& files, const std::string& flag, const std::string& path, std::initializer_list<const char*> endings) {
  files.push_back({flag, path, path});
  for (const char* ending : endings) files.push_back({flag, path + ending, path});
}

NamedFiles written_files(const Settings& settings) {
  NamedFiles files;
  if (const auto place = store::parse_store_address(settings.program.store_url()); !place.file.empty()) {
    files.push_back({"--store", place.file, place.file});
    for (const std::string& each : place.beside) files.push_back({"--store", each, place.file});
  }
  if (!settings.config.audit.empty()) {
    add_with(files, "--audit", settings.config.audit, {"-wal", "-shm", "-journal"});
    const bool has_key = !settings.config.audit_key.empty();
    add_with(files, has_key ? "--audit-key" : "--audit", has_key ? settings.config.audit_key : settings.config.audit + "-key",
             {".pub"});
  }
  if (!settings.config.record.empty()) add_with(files, "--record", settings.config.record, {".new"});
  return files;
}

/// Those of the rows whose value is a FILE, but for the written ones.
NamedFiles read_files(const Settings& settings) {
  static constexpr std::array<std::string_view, 3> kWritten = {"audit", "audit-key", "record"};
  const std::string& admin = settings.config.admin_listen;
  NamedFiles files = {{"--config", settings.program.config_file},
                      {"--admin-listen", admin.starts_with(net::kUnixScheme) ? admin.substr(net::kUnixScheme.size()) : ""}};
  const auto add = [&files](const auto& row, const auto& part) {
    if (row.value_name != "FILE" || std::find(kWritten.begin(), kWritten.end(), row.name) != kWritten.end()) return;
    for (const std::string& path : row.access.read(part)) files.push_back({flag_name(row.name), path});
  };
  each_setting(add, settings);
  std::erase_if(files, [](const NamedFile& each) { return each.path.empty(); });
  for (NamedFile& each : files) each.named = each.path;
  return files;
}

namespace fs = std::filesystem;

/// Resolves the links of a path, also if the last one's target does not exist yet. Returns an empty path if that fails.
fs::path full_path(const std::string& path) {
  std::error_code fault;
  fs::path full = fs::weakly_canonical(fs::absolute(store::linked_path(path), fault), fault);
  return fault ? fs::path() : full;
}

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code fault;
  if (fs::equivalent(a, b, fault)) return true;
  const fs::path path_a = full_path(a), path_b = full_path(b);
  return !path_a.empty() && path_a == path_b;
}

[[noreturn]] void refuse_served(const std::string& directory, const NamedFile& file) {
  throw SetupError("--static " + directory, "everybody could read " + file.path + " of " + file.flag,
                   "Keep that file elsewhere, or serve a directory that holds the public files only.");
}

/// By its path, also where it is not there yet.
bool is_below(const fs::path& root, const NamedFile& file) {
  const fs::path inside = full_path(file.path).lexically_relative(root);
  return !inside.empty() && *inside.begin() != ".." &&
         std::none_of(inside.begin(), inside.end(), [](const fs::path& part) { return http::is_hidden(part); });
}

void check_not_served(const std::string& directory, const NamedFiles& files) {
  std::error_code fault;
  const fs::path root = fs::canonical(directory, fault);
  if (fault) return;  // the start says why
  for (const NamedFile& each : files)
    if (is_below(root, each)) refuse_served(directory, each);
  for (auto it = fs::recursive_directory_iterator(root, fs::directory_options::skip_permission_denied, fault);
       !fault && it != fs::end(it); it.increment(fault)) {
    if (http::is_hidden(it->path())) {
      it.disable_recursion_pending();
      continue;
    }
    std::error_code ignored;
    if (!it->is_regular_file(ignored) || it->hard_link_count(ignored) < 2) continue;
    for (const NamedFile& each : files)
      if (fs::equivalent(it->path(), each.path, ignored)) refuse_served(directory, each);
  }
}

void refuse_same(const NamedFile& written, const NamedFile& other) {
  if (!is_same_file(written.path, other.path)) return;
  const std::string whose = other.path == other.named ? "this is the file of " : other.path + " is written beside it by ";
  throw SetupError(written.flag + " " + written.named, whose + other.flag + ", and the two would overwrite each other",
                   "Name another file.");
}

}  // namespace

void check_distinct_files(const Settings& settings) {
  const NamedFiles written = written_files(settings), read = read_files(settings);
  for (std::size_t i = 0; i < written.size(); ++i) {
    for (std::size_t before = 0; before < i; ++before) refuse_same(written[i], written[before]);
    for (const NamedFile& each : read) refuse_same(written[i], each);
  }
  if (settings.config.static_directory.empty()) return;
  NamedFiles all = written;
  all.insert(all.end(), read.begin(), read.end());
  std::erase_if(all, [&](const NamedFile& each) { return each.path == settings.program.app; });  // every client learns it
  check_not_served(settings.config.static_directory, all);
}

}  // namespace dialogue::app
