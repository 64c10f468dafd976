// See audit_probe.hpp.
#include "server/audit/audit_probe.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "server/audit/audit_file.hpp"
#include "server/store/linked_path.hpp"

namespace dialogue::audit {
namespace {

using store::SqliteDatabase;
using store::SqliteError;
using store::SqliteMode;

constexpr const char* kWhereToWrite = " Name a file in a directory that this user may write to.";

/// Whether the file exists; false if it does not, but could be created.
bool check_file_place(const std::string& path) {
  const std::string where = store::linked_directory(path);
  struct stat found {};
  if (::stat(where.c_str(), &found) != 0 || !S_ISDIR(found.st_mode))
    throw AuditError(path + ": there is no directory " + where + ". Create it, or choose another path.");
  if (::stat(path.c_str(), &found) == 0) {
    if (S_ISREG(found.st_mode)) return true;
    throw AuditError(path + ": this is not a file." + kWhereToWrite);
  }
  if (errno == ENOENT && ::access(where.c_str(), W_OK | X_OK) == 0) return false;
  throw AuditError(path + ": no file can be created there: " + std::strerror(errno) + "." + kWhereToWrite);
}

std::optional<SigningKey> key_at(const std::string& path) {
  try {
    return check_file_place(path) ? SigningKey::read(path) : std::nullopt;
  } catch (const AuditError&) { throw; } catch (const std::runtime_error& fault) {
    throw AuditError(fault.what());
  }
}

void check_writable(const std::string& path) {
  for (const std::string& each : {path, store::linked_directory(path)})
    if (::access(each.c_str(), W_OK) != 0)
      throw AuditError(path + ": the audit cannot be written: " + std::strerror(errno) +
                       ". Give this user the right to write the file and its directory.");
}

bool has_begun(const std::string& path) {
  try {
    return SqliteDatabase(path, SqliteMode::look, "").number("SELECT count(*) FROM sqlite_schema") > 0;
  } catch (const SqliteError& fault) { throw AuditError(path + ": " + fault.what() + ". Check the path."); }
}

}  // namespace

void check_path(const std::string& path) { static_cast<void>(check_file_place(path)); }

void check_key_place(const std::string& path) { static_cast<void>(key_at(path)); }

void check_audit_place(const std::string& path, const std::string& key_path) {
  const bool is_there = check_file_place(path);
  check_no_lone_log(path);
  if (!is_there) return;
  check_writable(path);
  if (!has_begun(path)) return;
  const std::string begun_with = AuditFile(path, "", AuditFile::Mode::look).public_key();
  const std::optional<SigningKey> key = key_at(key_path);
  if (!key)
    throw AuditError(path + ": the key that it was created with is not at " + key_path + ". Put it back, or start a new file.");
  if (key->public_key() != begun_with)
    throw AuditError(path + ": it was signed with another key than " + key_path + ". Use that key, or start a new file.");
}

}  // namespace dialogue::audit
